/**
 * Big-endian fields and length-prefixed vectors (RFC 5246 section 4), read and written.
 *
 * @since 0.1.0
 */

const nothing = new Uint8Array(0)

/**
 * Reads fields one after another. Reading past the end gives zeros and empty arrays and sets `failed`, so that a decoder
 * asks once, at the end, whether what it read was there.
 *
 * @since 0.1.0
 * @category decoding
 */
export class Reader {
  failed = false
  private offset = 0
  private readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get left(): number {
    return this.bytes.length - this.offset
  }

  /** Everything was there, and nothing is left over. */
  get complete(): boolean {
    return !this.failed && this.left === 0
  }

  uint(size: number): number {
    const field = this.take(size)
    let value = 0
    for (const byte of field) value = value * 256 + byte
    return value
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    if (length > this.left) {
      this.failed = true
      this.offset = this.bytes.length
      return nothing
    }
    const part = view(this.bytes, this.offset, length)
    this.offset += length
    return part
  }

  /** `opaque field<minimum..maximum>` with a length of `size` bytes. */
  vector(size: number, minimum: number, maximum: number): Uint8Array {
    const length = this.uint(size)
    if (length < minimum || length > maximum) this.failed = true
    return this.take(length)
  }

  /** A vector of 16-bit numbers, as cipher suites and named groups are. */
  uint16s(size: number, minimum: number, maximum: number): ReadonlyArray<number> {
    const body = new Reader(this.vector(size, minimum, maximum))
    const values: Array<number> = []
    while (body.left > 0 && !body.failed) values.push(body.uint(2))
    if (body.failed) this.failed = true
    return values
  }
}

/**
 * A view of a part of `bytes`, always a plain `Uint8Array`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const view = (bytes: Uint8Array, offset: number, length: number): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length)

/**
 * @since 0.1.0
 * @category encoding
 */
export const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const all = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  return all
}

/**
 * Writes an integer of up to 48 bits.
 *
 * @since 0.1.0
 * @category encoding
 */
export const writeUint = (bytes: Uint8Array, offset: number, size: number, value: number): void => {
  let left = value
  for (let at = offset + size - 1; at >= offset; at--) {
    bytes[at] = left % 256
    left = Math.floor(left / 256)
  }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const uint = (size: number, value: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  writeUint(bytes, 0, size, value)
  return bytes
}

/**
 * The parts one after another, behind a length of `size` bytes.
 *
 * @since 0.1.0
 * @category encoding
 */
export const vector = (size: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = concat(...parts)
  return concat(uint(size, body.length), body)
}

/**
 * A vector of 16-bit numbers.
 *
 * @since 0.1.0
 * @category encoding
 */
export const uint16s = (size: number, values: ReadonlyArray<number>): Uint8Array => {
  const body = new Uint8Array(2 * values.length)
  values.forEach((value, index) => writeUint(body, 2 * index, 2, value))
  return vector(size, body)
}

/**
 * Whether two arrays hold the same bytes. Takes as long as the first difference is far: not for secrets.
 *
 * @since 0.1.0
 * @category comparing
 */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/**
 * @since 0.1.0
 * @category conversions
 */
export const fromText = (text: string): Uint8Array => new TextEncoder().encode(text)
