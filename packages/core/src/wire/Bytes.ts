/**
 * Big-endian integers in byte arrays. Callers check lengths first: nothing here can fail.
 *
 * @since 0.1.0
 */

export const readUint16 = (bytes: Uint8Array, offset: number): number => (bytes[offset]! << 8) | bytes[offset + 1]!

export const readUint32 = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0

export const writeUint16 = (bytes: Uint8Array, offset: number, value: number): void => {
  bytes[offset] = value >>> 8
  bytes[offset + 1] = value
}

export const writeUint32 = (bytes: Uint8Array, offset: number, value: number): void => {
  bytes[offset] = value >>> 24
  bytes[offset + 1] = value >>> 16
  bytes[offset + 2] = value >>> 8
  bytes[offset + 3] = value
}

/**
 * A view of a part of `bytes`: cheaper than `subarray`, and always a plain `Uint8Array`. Engines take as long to ask for
 * the buffer as to make the view, so who makes many of one array asks once.
 */
export const view = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  buffer: ArrayBufferLike = bytes.buffer
): Uint8Array => new Uint8Array(buffer, bytes.byteOffset + offset, length)
