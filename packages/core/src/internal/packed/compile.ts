/**
 * From a schema to its layout.
 */
import * as SchemaAST from "effect/SchemaAST"
import * as Layout from "./Layout.ts"
import { type Member, struct, union } from "./Struct.ts"

/** The annotation of numbers that are packed as a 32-bit float. */
export const FLOAT32 = "~effect-enet/core/float32"

type Check = SchemaAST.Check<unknown>

const idOf = (annotations: { readonly [key: string]: unknown } | undefined): unknown => {
  const representation = annotations?.["representation"]
  return Layout.isObject(representation) ? representation["id"] : undefined
}

const payloadOf = (check: Check): Record<string, unknown> => {
  const representation: unknown = check.annotations?.["representation"]
  const payload = Layout.isObject(representation) ? representation["payload"] : undefined
  return Layout.isObject(payload) ? payload : {}
}

const numeric = (value: unknown, fallback: number): number => typeof value === "number" ? value : fallback

/** The ranges of the built-in checks become the layout's own; all other checks are left to be run. */
const integerOf = (ast: SchemaAST.AST, checks: ReadonlyArray<Check>): Layout.Layout => {
  let minimum = Number.MIN_SAFE_INTEGER
  let maximum = Number.MAX_SAFE_INTEGER
  const others = checks.filter((check) => {
    const payload = payloadOf(check)
    switch (idOf(check.annotations)) {
      case "effect/schema/isInt":
        return false
      case "effect/schema/isBetween":
        if (payload["exclusiveMinimum"] === true || payload["exclusiveMaximum"] === true) return true
        break
      case "effect/schema/isGreaterThanOrEqualTo":
      case "effect/schema/isLessThanOrEqualTo":
        break
      default:
        return true
    }
    minimum = Math.max(minimum, numeric(payload["minimum"], minimum))
    maximum = Math.min(maximum, numeric(payload["maximum"], maximum))
    return false
  })
  const layout = Layout.integer(minimum, maximum)
  return others.length === 0 ? layout : Layout.checked(layout, ast, others)
}

const numberOf = (ast: SchemaAST.AST, checks: ReadonlyArray<Check>): Layout.Layout => {
  if (checks.some((check) => idOf(check.annotations) === "effect/schema/isInt")) return integerOf(ast, checks)
  const others = checks.filter((check) => idOf(check.annotations) !== "effect/schema/isFinite")
  const number = ast.annotations?.[FLOAT32] === true ? Layout.float32 : Layout.number
  const layout = others.length === checks.length ? number : Layout.finite(number)
  return others.length === 0 ? layout : Layout.checked(layout, ast, others)
}

const all = <A, B>(values: ReadonlyArray<A>, f: (value: A) => B | undefined): Array<B> | undefined => {
  const results: Array<B> = []
  for (const value of values) {
    const result = f(value)
    if (result === undefined) return undefined
    results.push(result)
  }
  return results
}

const structOf = (ast: SchemaAST.Objects): Layout.Layout | undefined => {
  const [index] = ast.indexSignatures
  if (index !== undefined) {
    const isPlain = ast.indexSignatures.length === 1 && ast.propertySignatures.length === 0 &&
      SchemaAST.isString(index.parameter) && index.parameter.checks === undefined
    const item = isPlain ? compile(index.type) : undefined
    return item && Layout.record(item)
  }
  const fields = all(ast.propertySignatures, ({ name, type }) => {
    const layout = compile(type)
    return layout === undefined || typeof name !== "string" || name === "__proto__"
      ? undefined
      : { name, layout, isOptional: SchemaAST.isOptional(type) }
  })
  return fields && struct(fields)
}

const listOf = (ast: SchemaAST.Arrays): Layout.Layout | undefined => {
  if (ast.elements.some((element) => SchemaAST.isOptional(element))) return undefined
  const items = all(ast.elements, compile)
  if (items === undefined) return undefined
  if (ast.rest.length === 0) return Layout.tuple(items)
  const [rest] = ast.rest
  const item = ast.rest.length === 1 && rest !== undefined && items.length === 0 ? compile(rest) : undefined
  // values that take no bytes could be counted without end
  return item === undefined || item.minimum === 0 ? undefined : Layout.list(item)
}

/** The values of a node that stands for known values. */
const valuesOf = (ast: SchemaAST.AST): ReadonlyArray<unknown> | undefined => {
  if (ast.checks !== undefined) return undefined
  switch (ast._tag) {
    case "Literal":
      return [ast.literal]
    case "Null":
      return [null]
    case "Undefined":
    case "Void":
      return [undefined]
    case "Enum":
      return ast.enums.map(([, value]) => value)
    default:
      return undefined
  }
}

/** The values that one property may have in a member, by which it can be told from the others. */
const tagOf = (ast: SchemaAST.AST, name: PropertyKey): unknown => {
  if (!SchemaAST.isObjects(ast)) return undefined
  const property = ast.propertySignatures.find((property) => property.name === name)
  return property !== undefined && SchemaAST.isLiteral(property.type) ? property.type.literal : undefined
}

const kindOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
    ? "array"
    : value instanceof Uint8Array
    ? "bytes"
    : typeof value

const kinds: { readonly [Tag in SchemaAST.AST["_tag"]]?: string } = {
  Null: "null",
  Undefined: "undefined",
  Void: "undefined",
  String: "string",
  Number: "number",
  Boolean: "boolean",
  Arrays: "array",
  Objects: "object",
  Declaration: "bytes"
}

const areDistinct = (members: ReadonlyArray<Member>): boolean =>
  new Set(members.map(({ key }) => key)).size === members.length

const unionOf = (ast: SchemaAST.Union): Layout.Layout | undefined => {
  const values = all(ast.types, valuesOf)
  if (values !== undefined) return Layout.constants(values.flat())
  const layouts = all(ast.types, compile)
  if (layouts === undefined) return undefined
  const members = (key: (type: SchemaAST.AST) => unknown): Array<Member> | undefined => {
    const members = all(
      ast.types.map((type, index) => ({ key: key(type), layout: layouts[index] })),
      (member) =>
        member.key === undefined || member.layout === undefined
          ? undefined
          : { key: member.key, layout: member.layout }
    )
    return members !== undefined && areDistinct(members) ? members : undefined
  }
  const [first] = ast.types
  const names = first !== undefined && SchemaAST.isObjects(first) ? first.propertySignatures : []
  for (const { name } of names) {
    const tagged = members((type) => tagOf(type, name))
    if (tagged !== undefined) {
      return union(tagged, (value) => Layout.isObject(value) && typeof name === "string" ? value[name] : undefined)
    }
  }
  const byKind = members((type) => SchemaAST.isLiteral(type) ? typeof type.literal : kinds[type._tag])
  return byKind && union(byKind, kindOf)
}

const layoutOf = (ast: SchemaAST.AST): Layout.Layout | undefined => {
  switch (ast._tag) {
    case "Boolean":
      return Layout.boolean
    case "String":
      return Layout.string
    case "Number":
      return numberOf(ast, [])
    case "Declaration":
      return idOf(ast.annotations) === "effect/schema/Uint8Array" ? Layout.bytes : undefined
    case "Objects":
      return structOf(ast)
    case "Arrays":
      return listOf(ast)
    case "Union":
      return unionOf(ast)
    default: {
      const values = valuesOf(ast)
      return values && Layout.constants(values)
    }
  }
}

/**
 * The layout of a schema without transformations; `undefined` when there is something in it that has no layout here.
 */
export const compile = (ast: SchemaAST.AST): Layout.Layout | undefined => {
  if (ast.encoding !== undefined) return undefined
  const { checks } = ast
  if (checks !== undefined && SchemaAST.isNumber(ast)) return numberOf(ast, checks)
  const layout = layoutOf(ast)
  return layout === undefined || checks === undefined ? layout : Layout.checked(layout, ast, checks)
}
