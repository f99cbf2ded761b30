/**
 * How much memory `node:zlib` may take for its output. Its default, 16 KiB for every call, costs more than the packing.
 */

/** For compressing: most datagrams fit, and Node takes such a piece from its pool. */
export const ROOM = 2048

const MINIMUM_CHUNK = 64

/**
 * For decompressing into `limit` bytes: one byte more in one piece, so that a bomb is noticed at that byte and nothing
 * behind it is ever produced.
 */
export const roomFor = (limit: number): { readonly chunkSize: number; readonly maxOutputLength: number } => ({
  chunkSize: Math.max(limit + 1, MINIMUM_CHUNK),
  maxOutputLength: Math.max(limit, 1)
})
