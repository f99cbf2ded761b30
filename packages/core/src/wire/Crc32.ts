/**
 * CRC-32/ISO-HDLC, the checksum that ENet ships (`enet_crc32`).
 *
 * @since 0.1.0
 */
const REFLECTED_POLYNOMIAL = 0xedb88320

/** Eight tables of 256: what a byte does to the register, with so many bytes behind it. */
const tables = new Int32Array(8 * 256)
for (let byte = 0; byte < 256; byte++) {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ REFLECTED_POLYNOMIAL : value >>> 1
  tables[byte] = value
}
for (let index = 256; index < tables.length; index++) {
  const before = tables[index - 256]!
  tables[index] = (before >>> 8) ^ tables[before & 0xff]!
}

/**
 * The checksum of `bytes` as an unsigned 32-bit integer.
 *
 * @since 0.1.0
 * @category checksums
 */
export const crc32 = (bytes: Uint8Array): number => {
  const table = tables
  const blocks = bytes.length - 7
  let register = -1
  let at = 0
  for (; at < blocks; at += 8) {
    register ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    register = table[7 * 256 + (register & 0xff)]! ^ table[6 * 256 + ((register >>> 8) & 0xff)]! ^
      table[5 * 256 + ((register >>> 16) & 0xff)]! ^ table[4 * 256 + (register >>> 24)]! ^
      table[3 * 256 + bytes[at + 4]!]! ^ table[2 * 256 + bytes[at + 5]!]! ^ table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!
  }
  for (; at < bytes.length; at++) register = (register >>> 8) ^ table[(register ^ bytes[at]!) & 0xff]!
  return ~register >>> 0
}
