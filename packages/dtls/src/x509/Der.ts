/**
 * Reads DER (X.690), as much of it as certificates need. Whatever is not exactly as it must be fails.
 *
 * @since 0.1.0
 */
import { view } from "../wire/Bytes.ts"

/**
 * The tags that occur in certificates.
 *
 * @since 0.1.0
 * @category constants
 */
export const Tag = {
  Boolean: 0x01,
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  ObjectIdentifier: 0x06,
  Utf8String: 0x0c,
  Sequence: 0x30,
  Set: 0x31,
  PrintableString: 0x13,
  TeletexString: 0x14,
  Ia5String: 0x16,
  UtcTime: 0x17,
  GeneralizedTime: 0x18
} as const

/**
 * @since 0.1.0
 * @category models
 */
export interface Element {
  readonly tag: number
  readonly body: Uint8Array
  /** With tag and length. */
  readonly whole: Uint8Array
}

/** Bytes of an object identifier; those in use have fewer than 20. */
const MAXIMUM_OID = 64

const nothing = new Uint8Array(0)
const none: Element = { tag: 0, body: nothing, whole: nothing }

/**
 * Reads elements one after another. A wrong one sets `failed` for the reader and for all that were made from it or that
 * it was made from.
 *
 * @since 0.1.0
 * @category decoding
 */
export class DerReader {
  private readonly bytes: Uint8Array
  private readonly status: { failed: boolean }
  private offset = 0

  constructor(bytes: Uint8Array, status: { failed: boolean } = { failed: false }) {
    this.bytes = bytes
    this.status = status
  }

  get failed(): boolean {
    return this.status.failed
  }

  get isAtEnd(): boolean {
    return this.status.failed || this.offset === this.bytes.length
  }

  /** The tag of the next element. */
  get tag(): number | undefined {
    return this.isAtEnd ? undefined : this.bytes[this.offset]
  }

  fail(): void {
    this.status.failed = true
  }

  /** The next element, which must have the tag if one is given. */
  next(tag?: number): Element {
    const { bytes, offset } = this
    const found = bytes[offset]
    const first = bytes[offset + 1]
    if (this.failed || found === undefined || first === undefined || (tag !== undefined && found !== tag)) {
      this.fail()
      return none
    }
    // tags of more than one byte do not occur in what is read here
    if ((found & 0x1f) === 0x1f) {
      this.fail()
      return none
    }
    let length = first
    let start = offset + 2
    if (first >= 0x80) {
      // up to 16 MiB; X.690 section 10.1: definite, and with as few bytes as possible
      const size = first & 0x7f
      length = 0
      for (let i = 0; i < size && i < 3; i++) length = length * 256 + (bytes[start + i] ?? 0)
      start += size
      if (size === 0 || size > 3 || length < 0x80 || length < 256 ** (size - 1)) this.fail()
    }
    if (this.failed || start + length > bytes.length) {
      this.fail()
      return none
    }
    this.offset = start + length
    return {
      tag: found,
      body: view(bytes, start, length),
      whole: view(bytes, offset, start + length - offset)
    }
  }

  /** A reader of what is inside of the next element. */
  enter(tag: number = Tag.Sequence): DerReader {
    return this.inside(this.next(tag))
  }

  inside(element: Element): DerReader {
    return new DerReader(element.body, this.status)
  }

  /** The next element if it has the tag. */
  optional(tag: number): Element | undefined {
    return this.tag === tag ? this.next(tag) : undefined
  }

  boolean(): boolean {
    const { body } = this.next(Tag.Boolean)
    if (body.length !== 1 || (body[0] !== 0 && body[0] !== 0xff)) this.fail()
    return body[0] === 0xff
  }

  /** A non-negative integer below 2^31. */
  smallInteger(): number {
    const { body } = this.next(Tag.Integer)
    const isSmall = body.length > 0 && body.length <= 4 && (body[0] ?? 0) < 0x80
    // X.690 section 8.3.2
    const isMinimal = body.length < 2 || body[0] !== 0 || (body[1] ?? 0) >= 0x80
    if (!isSmall || !isMinimal) this.fail()
    let value = 0
    for (const byte of body) value = value * 256 + byte
    return value
  }

  objectIdentifier(): string {
    return this.oidOf(this.next(Tag.ObjectIdentifier).body)
  }

  private oidOf(body: Uint8Array): string {
    if (body.length > MAXIMUM_OID) this.fail()
    const numbers: Array<number> = []
    let value = 0
    let isOpen = false
    for (const byte of body) {
      if ((!isOpen && byte === 0x80) || value > 2 ** 40) this.fail()
      value = value * 128 + (byte & 0x7f)
      isOpen = byte >= 0x80
      if (isOpen) continue
      if (numbers.length === 0) {
        const root = Math.min(Math.floor(value / 40), 2)
        numbers.push(root, value - 40 * root)
      } else numbers.push(value)
      value = 0
    }
    if (isOpen || numbers.length === 0) this.fail()
    return numbers.join(".")
  }

  /** The bits of a BIT STRING, the first one first. */
  bits(): ReadonlyArray<boolean> {
    const { body } = this.next(Tag.BitString)
    const unused = body[0] ?? 8
    if (unused > 7 || (body.length === 1 && unused > 0)) this.fail()
    const bits: Array<boolean> = []
    for (const byte of body.subarray(1)) {
      for (let bit = 7; bit >= 0; bit--) bits.push(((byte >>> bit) & 1) === 1)
    }
    return bits.slice(0, bits.length - unused)
  }

  /** A UTCTime or GeneralizedTime in the forms of RFC 5280 section 4.1.2.5, as Unix time in milliseconds. */
  time(): number {
    const { body, tag } = this.next()
    const text = String.fromCharCode(...body)
    const match = tag === Tag.UtcTime
      ? /^(?<year>\d\d)(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)Z$/.exec(text)
      : tag === Tag.GeneralizedTime
      ? /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)Z$/.exec(text)
      : null
    if (match === null) {
      this.fail()
      return Number.NaN
    }
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
    const fullYear = tag === Tag.GeneralizedTime ? year : year < 50 ? 2000 + year : 1900 + year
    const date = new Date(0)
    date.setUTCFullYear(fullYear, month - 1, day)
    date.setUTCHours(hour, minute, second)
    const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 &&
      second < 60
    if (!isReal) this.fail()
    return date.getTime()
  }
}
