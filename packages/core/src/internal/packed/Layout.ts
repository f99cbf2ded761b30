/**
 * How the values of a schema are packed: in the order of the schema, without names or tags, since both sides have it.
 */
import type * as SchemaAST from "effect/SchemaAST"
import type { Reader } from "./Reader.ts"
import type { Writer } from "./Writer.ts"

export interface Layout {
  /** The layout in words: two sides that have the same understand each other's bytes. */
  readonly text: string
  /** Bytes that a value takes at least, so that a count can be told from nonsense before there is memory for it. */
  readonly minimum: number
  /** Writes a value, or tells the writer why it is none of this schema. */
  readonly write: (writer: Writer, value: unknown) => void
  /** Reads a value, or tells the reader why there is none. */
  readonly read: (reader: Reader) => unknown
}

export const boolean: Layout = {
  text: "boolean",
  minimum: 1,
  write: (writer, value) => {
    if (typeof value !== "boolean") return writer.fail("a boolean", value)
    writer.byte(value ? 1 : 0)
  },
  read: (reader) => {
    const byte = reader.byte()
    if (byte > 1) reader.fail("a boolean is neither 0 nor 1")
    return byte === 1
  }
}

export const string: Layout = {
  text: "string",
  minimum: 1,
  write: (writer, value) => typeof value === "string" ? writer.string(value) : writer.fail("a string", value),
  read: (reader) => reader.string()
}

export const bytes: Layout = {
  text: "bytes",
  minimum: 1,
  write: (writer, value) => value instanceof Uint8Array ? writer.raw(value) : writer.fail("a Uint8Array", value),
  read: (reader) => reader.raw()
}

export const float32: Layout = {
  text: "float32",
  minimum: 4,
  write: (writer, value) => {
    if (typeof value !== "number" || Number.isFinite(value) !== Number.isFinite(Math.fround(value))) {
      return writer.fail("a number in the range of 32-bit floats", value)
    }
    writer.float32(value)
  },
  read: (reader) => reader.float32()
}

/** Above this, an integer is no shorter than a double. */
const SHORT_INTEGER = 2 ** 48

const FINITE = "a finite number"

const NumberKind = { integer: 0, float32: 1, float64: 2 } as const

/** The shortest of three forms, told by a byte: an integer, a float, a double. */
export const number: Layout = {
  text: "number",
  minimum: 2,
  write: (writer, value) => {
    if (typeof value !== "number") return writer.fail("a number", value)
    if (Number.isInteger(value) && Math.abs(value) < SHORT_INTEGER && !Object.is(value, -0)) {
      writer.byte(NumberKind.integer)
      return writer.signed(value)
    }
    if (Math.fround(value) === value) {
      writer.byte(NumberKind.float32)
      return writer.float32(value)
    }
    writer.byte(NumberKind.float64)
    writer.float64(value)
  },
  read: (reader) => {
    switch (reader.byte()) {
      case NumberKind.integer:
        return reader.signed()
      case NumberKind.float32:
        return reader.float32()
      case NumberKind.float64:
        return reader.float64()
      default:
        return reader.fail("a number has an unknown form")
    }
  }
}

/** Numbers that are neither infinite nor NaN. */
export const finite = ({ minimum, read, text, write }: Layout): Layout => ({
  text,
  minimum,
  write: (writer, value) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return writer.fail(FINITE, value)
    write(writer, value)
  },
  read: (reader) => {
    const value = read(reader)
    if (!Number.isFinite(value)) reader.fail(`expected ${FINITE}`)
    return value
  }
})

/** Integers from `minimum` to `maximum`; the sign is only written where there can be one. */
export const integer = (minimum: number, maximum: number): Layout => {
  const expected = minimum === Number.MIN_SAFE_INTEGER && maximum === Number.MAX_SAFE_INTEGER
    ? "an integer"
    : `an integer from ${minimum} to ${maximum}`
  const isUnsigned = minimum >= 0
  return {
    text: isUnsigned ? "unsigned" : "signed",
    minimum: 1,
    write: (writer, value) => {
      if (typeof value !== "number" || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
        return writer.fail(expected, value)
      }
      if (isUnsigned) writer.unsigned(value)
      else writer.signed(value)
    },
    read: (reader) => {
      const value = isUnsigned ? reader.unsigned() : reader.signed()
      if (value < minimum || value > maximum) reader.fail(`${value} is not ${expected}`)
      return value
    }
  }
}

/** One of several known values: its number in the list; nothing at all when there is only one. */
export const constants = (values: ReadonlyArray<unknown>): Layout => {
  const numbers = new Map(values.map((value, index) => [value, index]))
  const isOne = values.length === 1
  const text = values.map((value) => typeof value === "bigint" ? `${value}n` : JSON.stringify(value) ?? "undefined")
    .join("|")
  return {
    text,
    minimum: isOne ? 0 : 1,
    write: (writer, value) => {
      const index = numbers.get(value)
      if (index === undefined) writer.fail(text, value)
      else if (!isOne) writer.unsigned(index)
    },
    read: (reader) => {
      const index = isOne ? 0 : reader.unsigned()
      if (index >= values.length) reader.fail(`there is no member ${index} of ${text}`)
      return values[index]
    }
  }
}

/** A list of any length: how many, then the values. */
export const list = (item: Layout): Layout => ({
  text: `${item.text}[]`,
  minimum: 1,
  write: (writer, value) => {
    if (!Array.isArray(value)) return writer.fail("an array", value)
    writer.unsigned(value.length)
    for (let i = 0; i < value.length && writer.failure === undefined; i++) item.write(writer, value[i])
  },
  read: (reader) => {
    const count = reader.unsigned()
    const values: Array<unknown> = []
    if (count * item.minimum > reader.remaining) reader.fail("too short")
    else for (let i = 0; i < count && reader.failure === undefined; i++) values.push(item.read(reader))
    return values
  }
})

/** So many values, one after the other. */
export const tuple = (items: ReadonlyArray<Layout>): Layout => ({
  text: `[${items.map(({ text }) => text).join(",")}]`,
  minimum: items.reduce((sum, { minimum }) => sum + minimum, 0),
  write: (writer, value) => {
    if (!Array.isArray(value) || value.length !== items.length) {
      return writer.fail(`an array of ${items.length}`, value)
    }
    items.forEach((item, index) => item.write(writer, value[index]))
  },
  read: (reader) => items.map((item) => item.read(reader))
})

/** Any number of keys with their values. */
export const record = (item: Layout): Layout => ({
  text: `{*:${item.text}}`,
  minimum: 1,
  write: (writer, value) => {
    if (!isObject(value)) return writer.fail("an object", value)
    const entries = Object.entries(value)
    writer.unsigned(entries.length)
    for (const [key, member] of entries) {
      writer.string(key)
      item.write(writer, member)
      if (writer.failure !== undefined) return
    }
  },
  read: (reader) => {
    const count = reader.unsigned()
    const value: Record<string, unknown> = {}
    if (count * (1 + item.minimum) > reader.remaining) reader.fail("too short")
    for (let i = 0; i < count && reader.failure === undefined; i++) {
      const key = reader.string()
      if (key === "__proto__") reader.fail("a key is __proto__")
      value[key] = item.read(reader)
    }
    return value
  }
})

/** A layout whose values have to pass checks of the schema as well. */
export const checked = (
  layout: Layout,
  ast: SchemaAST.AST,
  checks: ReadonlyArray<SchemaAST.Check<unknown>>
): Layout => {
  const fails = (value: unknown, list: ReadonlyArray<SchemaAST.Check<unknown>>): string | undefined => {
    for (const check of list) {
      if (check._tag === "FilterGroup") {
        const failure = fails(value, check.checks)
        if (failure !== undefined) return failure
      } else if (check.run(value, ast, {}) !== undefined) return check.annotations?.expected ?? "another value"
    }
    return undefined
  }
  return {
    text: layout.text,
    minimum: layout.minimum,
    write: (writer, value) => {
      layout.write(writer, value)
      if (writer.failure !== undefined) return
      const failure = fails(value, checks)
      if (failure !== undefined) writer.fail(failure, value)
    },
    read: (reader) => {
      const value = layout.read(reader)
      if (reader.failure !== undefined) return value
      const failure = fails(value, checks)
      if (failure !== undefined) reader.fail(`expected ${failure}`)
      return value
    }
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
