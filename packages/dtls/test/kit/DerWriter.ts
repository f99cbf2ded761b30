/**
 * Writes DER, for certificates that tests make.
 */
const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(parts))

const lengthOf = (length: number): Uint8Array => {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: Array<number> = []
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}

export const element = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const body = concat(...parts)
  return concat(Uint8Array.of(tag), lengthOf(body.length), body)
}

export const sequence = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => element(0x30, ...parts)

export const set = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => element(0x31, ...parts)

export const integer = (value: number): Uint8Array => {
  const bytes: Array<number> = []
  for (let left = value; left > 0 || bytes.length === 0; left = Math.floor(left / 256)) bytes.unshift(left % 256)
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0)
  return element(0x02, Uint8Array.from(bytes))
}

export const boolean = (value: boolean): Uint8Array => element(0x01, Uint8Array.of(value ? 0xff : 0))

export const octets = (bytes: Uint8Array): Uint8Array => element(0x04, bytes)

export const bitString = (bytes: Uint8Array): Uint8Array => element(0x03, Uint8Array.of(0), bytes)

/** A BIT STRING with these bits set, without zeros at its end. */
export const bits = (...set: ReadonlyArray<number>): Uint8Array => {
  const highest = Math.max(-1, ...set)
  const bytes = new Uint8Array(Math.ceil((highest + 1) / 8))
  for (const bit of set) bytes[bit >>> 3]! |= 0x80 >>> (bit & 7)
  return element(0x03, Uint8Array.of(highest < 0 ? 0 : 7 - (highest & 7)), bytes)
}

export const oid = (text: string): Uint8Array => {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number)
  const bytes = [40 * first + second, ...rest].flatMap((value) => {
    const groups = [value & 0x7f]
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift(0x80 | (left & 0x7f))
    }
    return groups
  })
  return element(0x06, Uint8Array.from(bytes))
}

export const text = (tag: number, value: string): Uint8Array => element(tag, new TextEncoder().encode(value))

const pad = (value: number, size: number): string => String(value).padStart(size, "0")

/** UTCTime from 1950 to 2049, otherwise GeneralizedTime. */
export const time = (date: Date): Uint8Array => {
  const year = date.getUTCFullYear()
  const rest = [
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds()
  ]
    .map((value) => pad(value, 2)).join("")
  return year >= 1950 && year < 2050
    ? text(0x17, `${pad(year % 100, 2)}${rest}Z`)
    : text(0x18, `${pad(year, 4)}${rest}Z`)
}
