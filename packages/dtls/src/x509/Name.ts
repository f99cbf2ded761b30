/**
 * Names in certificates: distinguished names, and the forms of alternative names (RFC 5280 sections 4.1.2.4, 4.2.1.6).
 *
 * @since 0.1.0
 */
import { type DerReader, Tag } from "./Der.ts"

/**
 * An attribute of a distinguished name. `text` is the value for comparing, without case and surplus blanks; `undefined`
 * when it is of a string type that is not read here.
 *
 * @since 0.1.0
 * @category models
 */
export interface Attribute {
  readonly type: string
  readonly text: string | undefined
}

/**
 * Relative distinguished names, each with its attributes.
 *
 * @since 0.1.0
 * @category models
 */
export type DistinguishedName = ReadonlyArray<ReadonlyArray<Attribute>>

/**
 * @since 0.1.0
 * @category models
 */
export type GeneralName =
  | { readonly _tag: "Dns"; readonly name: string }
  | { readonly _tag: "Ip"; readonly bytes: Uint8Array }
  | { readonly _tag: "Directory"; readonly name: DistinguishedName }
  /** A form that is not read here. `kind` is its number. */
  | { readonly _tag: "Other"; readonly kind: number }

/**
 * Object identifiers of attributes.
 *
 * @since 0.1.0
 * @category constants
 */
export const AttributeType = { CommonName: "2.5.4.3", EmailAddress: "1.2.840.113549.1.9.1" } as const

/** `rfc822Name` among the forms of names. */
export const RFC822_NAME = 1

const textTags: ReadonlyArray<number> = [Tag.Utf8String, Tag.PrintableString, Tag.Ia5String]

const textOf = (tag: number, body: Uint8Array): string | undefined => {
  if (!textTags.includes(tag)) return undefined
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body)
    return text.normalize("NFKC").toLowerCase().trim().replaceAll(/\s+/g, " ")
  } catch {
    return undefined
  }
}

/**
 * The inside of a `Name`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const readDistinguishedName = (reader: DerReader): DistinguishedName => {
  const names: Array<ReadonlyArray<Attribute>> = []
  while (!reader.isAtEnd) {
    const set = reader.enter(Tag.Set)
    const attributes: Array<Attribute> = []
    do {
      const pair = set.enter()
      const type = pair.objectIdentifier()
      const { body, tag } = pair.next()
      if (!pair.isAtEnd) reader.fail()
      attributes.push({ type, text: textOf(tag, body) })
    } while (!set.isAtEnd)
    names.push(attributes)
  }
  return names
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const readGeneralName = (reader: DerReader): GeneralName => {
  const element = reader.next()
  const { body, tag } = element
  switch (tag) {
    case 0x82: {
      const name = String.fromCharCode(...body)
      return { _tag: "Dns", name: name.toLowerCase() }
    }
    case 0x87:
      return { _tag: "Ip", bytes: body }
    case 0xa4:
      return { _tag: "Directory", name: readDistinguishedName(reader.inside(element).enter()) }
    default:
      if (tag < 0x80 || (tag & 0x5f) > 8) reader.fail()
      return { _tag: "Other", kind: tag & 0x1f }
  }
}

/**
 * The values of all attributes of a type.
 *
 * @since 0.1.0
 * @category getters
 */
export const attributesOf = (name: DistinguishedName, type: string): ReadonlyArray<Attribute> =>
  name.flatMap((attributes) => attributes.filter((attribute) => attribute.type === type))
