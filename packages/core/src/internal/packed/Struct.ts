/**
 * Packed objects, and unions that can be told apart by looking at the value once.
 */
import { isObject, type Layout } from "./Layout.ts"
import type { Reader } from "./Reader.ts"

export interface Field {
  readonly name: string
  readonly layout: Layout
  readonly isOptional: boolean
}

const NOTHING_OPTIONAL: ReadonlyArray<number> = []

/** One bit for each optional field says whether it is there; then the fields that are. */
export const struct = (fields: ReadonlyArray<Field>): Layout => {
  const bits = new Map(fields.filter(({ isOptional }) => isOptional).map(({ name }, index) => [name, index]))
  const maskBytes = Math.ceil(bits.size / 8)
  const isThere = (mask: ReadonlyArray<number>, bit: number) => ((mask[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0
  const readMask = (reader: Reader): ReadonlyArray<number> => {
    const mask: Array<number> = []
    for (let i = 0; i < maskBytes; i++) mask.push(reader.byte())
    return mask
  }
  return {
    text: `{${
      fields.map(({ isOptional, layout, name }) => `${name}${isOptional ? "?" : ""}:${layout.text}`).join(",")
    }}`,
    minimum: fields.reduce((sum, { isOptional, layout }) => sum + (isOptional ? 0 : layout.minimum), maskBytes),
    write: (writer, value) => {
      if (!isObject(value)) return writer.fail("an object", value)
      if (maskBytes > 0) {
        const mask = Array.from({ length: maskBytes }, () => 0)
        for (const [name, bit] of bits) if (name in value) mask[bit >>> 3]! |= 1 << (bit & 7)
        for (const byte of mask) writer.byte(byte)
      }
      for (const { isOptional, layout, name } of fields) {
        if (isOptional && !(name in value)) continue
        layout.write(writer, value[name])
        if (writer.failure !== undefined) {
          writer.failure = `${name}: ${writer.failure}`
          return
        }
      }
    },
    read: (reader) => {
      const mask = maskBytes === 0 ? NOTHING_OPTIONAL : readMask(reader)
      const value: Record<string, unknown> = {}
      for (const { isOptional, layout, name } of fields) {
        if (isOptional && !isThere(mask, bits.get(name) ?? 0)) continue
        const member = layout.read(reader)
        if (reader.failure !== undefined) {
          reader.failure = `${name}: ${reader.failure}`
          break
        }
        value[name] = member
      }
      return value
    }
  }
}

export interface Member {
  readonly layout: Layout
  /** What tells a value of this member from those of the others. */
  readonly key: unknown
}

/** The number of the member, then its value. `keyOf` says what a value is told by. */
export const union = (members: ReadonlyArray<Member>, keyOf: (value: unknown) => unknown): Layout => {
  const numbers = new Map(members.map(({ key }, index) => [key, index]))
  const text = members.map(({ layout }) => layout.text).join("|")
  return {
    text: `(${text})`,
    minimum: 1 + Math.min(...members.map(({ layout }) => layout.minimum)),
    write: (writer, value) => {
      const index = numbers.get(keyOf(value))
      const member = index === undefined ? undefined : members[index]
      if (index === undefined || member === undefined) return writer.fail(text, value)
      writer.unsigned(index)
      member.layout.write(writer, value)
    },
    read: (reader) => {
      const index = reader.unsigned()
      const member = members[index]
      return member === undefined ? reader.fail(`a union has no member ${index}`) : member.layout.read(reader)
    }
  }
}
