/**
 * CRC-32/ISO-HDLC, the checksum that ENet ships (`enet_crc32`).
 *
 * @since 0.1.0
 */
const REFLECTED_POLYNOMIAL = 0xedb88320

const table: ReadonlyArray<number> = Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? (value >>> 1) ^ REFLECTED_POLYNOMIAL : value >>> 1
  return value >>> 0
})

/**
 * The checksum of `bytes` as an unsigned 32-bit integer.
 *
 * @since 0.1.0
 * @category checksums
 */
export const crc32 = (bytes: Uint8Array): number => {
  let register = 0xffffffff
  for (let i = 0; i < bytes.length; i++) register = (register >>> 8) ^ table[(register ^ bytes[i]!) & 0xff]!
  return (register ^ 0xffffffff) >>> 0
}
