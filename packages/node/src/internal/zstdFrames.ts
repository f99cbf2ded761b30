/**
 * The outside of Zstandard frames (RFC 8878): how long they are, without decoding them. Node's decoder stops behind the
 * first frame and does not say where that is; one that is given a whole body has to take all of it.
 */
const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
/** The low four bits of a skippable frame's magic number are free. */
const SKIPPABLE_MASK = 0xfffffff0

const SINGLE_SEGMENT = 0x20
const CHECKSUM = 0x04
const DICTIONARY_SIZES = [0, 1, 2, 4] as const
const CONTENT_SIZES = [0, 2, 4, 8] as const

/** A sender makes one. Each costs the decoder a context, so a body full of empty ones would be an attack. */
const MAXIMUM_FRAMES = 4

const LAST_BLOCK = 1
/** A block of one byte that repeats. */
const RUN_BLOCK = 1

const readUint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0

const isSkippable = (magic: number): boolean => ((magic & SKIPPABLE_MASK) >>> 0) === SKIPPABLE_MAGIC

/** Bytes of the frame header, magic number included. */
const headerLength = (descriptor: number): number => {
  const single = (descriptor & SINGLE_SEGMENT) !== 0
  const contentSize = CONTENT_SIZES[(descriptor >>> 6) & 3] ?? 0
  return 5 + (single ? 0 : 1) + (DICTIONARY_SIZES[descriptor & 3] ?? 0) +
    (single && contentSize === 0 ? 1 : contentSize)
}

const frameEnd = (bytes: Uint8Array, start: number): number => {
  const descriptor = bytes[start + 4] ?? 0
  let at = start + headerLength(descriptor)
  for (let isLast = false; !isLast;) {
    if (at + 3 > bytes.length) return -1
    const header = readUint32(bytes, at) & 0xffffff
    isLast = (header & LAST_BLOCK) !== 0
    at += 3 + (((header >>> 1) & 3) === RUN_BLOCK ? 1 : header >>> 3)
  }
  if ((descriptor & CHECKSUM) !== 0) at += 4
  return at <= bytes.length ? at : -1
}

/** A frame with contents, from its first byte to the one behind its last. */
export interface Frame {
  readonly start: number
  readonly end: number
}

/** The frames of a body, those to be skipped left out; `undefined` when it has anything else in it, or too many of them. */
export const framesOf = (bytes: Uint8Array): ReadonlyArray<Frame> | undefined => {
  const frames: Array<Frame> = []
  for (let start = 0; start < bytes.length;) {
    const magic = readUint32(bytes, start)
    let end = -1
    if (isSkippable(magic)) end = start + 8 + readUint32(bytes, start + 4)
    else if (magic === MAGIC) {
      end = frameEnd(bytes, start)
      frames.push({ start, end })
    }
    if (end < 0 || end > bytes.length || frames.length > MAXIMUM_FRAMES) return undefined
    start = end
  }
  return frames
}
