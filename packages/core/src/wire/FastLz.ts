/**
 * FastLZ, a byte-aligned Lempel-Ziv format, as Godot puts it into datagrams: one block without header or length, of
 * level 1 when written, of either level when read.
 *
 * @since 0.1.0
 */
import type { Compressor } from "./Hooks.ts"

/** Distances of level 1 reach from 1 to this. */
const MAXIMUM_DISTANCE = 8192
const MINIMUM_LENGTH = 3
const MAXIMUM_LENGTH = 264
/** Lengths from here on have a byte of their own. */
const LONG_LENGTH = 9
const MAXIMUM_LITERALS = 32
/** What the biased distance of level 2 looks like when two more bytes follow. */
const FAR = 8191
/** A block ends with literals, at least so many. */
const TAIL = 2

const HASH_BITS = 12
/** Positions are counted on from one datagram to the next, up to here. */
const LAST_POSITION = 0x4000_0000

/**
 * The bytes of a block; 0 when it is malformed, empty, or has more than fits into `output`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decompress = (input: Uint8Array, output: Uint8Array): number => {
  const length = input.length
  const limit = output.length
  if (length === 0) return 0
  const level = (input[0]! >>> 5) + 1
  if (level > 2) return 0
  let written = 0
  // the level stands where the first instruction, always a run of literals, would have its kind
  let instruction = input[0]! & 31
  for (let read = 1;;) {
    if (instruction < MAXIMUM_LITERALS) {
      const end = read + instruction + 1
      if (end > length || written + instruction + 1 > limit) return 0
      while (read < end) output[written++] = input[read++]!
    } else {
      let count = (instruction >>> 5) + 2
      let distance = (instruction & 31) << 8
      if (count === LONG_LENGTH) {
        for (let more = 255; more === 255;) {
          if (length - read < 2) return 0
          more = input[read++]!
          count += more
          if (level === 1) break
        }
      }
      if (read >= length) return 0
      distance += input[read++]!
      if (level === 2 && distance === FAR) {
        // asks for one byte more than it reads, as everybody's decoder does
        if (length - read < 3) return 0
        distance += (input[read]! << 8) | input[read + 1]!
        read += 2
      }
      const from = written - distance - 1
      if (from < 0 || written + count > limit) return 0
      const end = written + count
      // one by one: the source may overlap with what is being written
      for (let at = from; written < end;) output[written++] = output[at++]!
    }
    // a single byte at the end of a block of level 1 is ignored
    if (read + (level === 1 ? 2 : 1) > length) return written
    instruction = input[read++]!
  }
}

/**
 * A compressor with memory of its own, 16 KiB, which it uses again for every datagram.
 *
 * It does not extend short units to 16 bytes as Godot does. A receiver cannot tell the difference, except that a checksum
 * still fits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): Compressor => {
  /** By a hash of three bytes, where they were seen last. Positions of earlier datagrams are below `base`. */
  const table = new Int32Array(1 << HASH_BITS)
  let base = 1

  const compress = (input: Uint8Array, output: Uint8Array): number => {
    const length = input.length
    const limit = output.length
    if (base > LAST_POSITION) {
      table.fill(0)
      base = 1
    }
    const origin = base
    base += length
    const end = length - TAIL
    let written = 0
    /** The first byte that is not written yet. */
    let anchor = 0
    for (let at = 0; anchor < length;) {
      let distance = 0
      let count = 0
      while (at + MINIMUM_LENGTH <= end) {
        const bytes = input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16)
        const hash = Math.imul(bytes, 0x9e37_79b1) >>> (32 - HASH_BITS)
        const candidate = table[hash]! - origin
        table[hash] = origin + at
        distance = at - candidate
        if (
          candidate >= 0 && distance <= MAXIMUM_DISTANCE && input[candidate] === input[at] &&
          input[candidate + 1] === input[at + 1] && input[candidate + 2] === input[at + 2]
        ) {
          const longest = Math.min(MAXIMUM_LENGTH, end - at)
          count = MINIMUM_LENGTH
          while (count < longest && input[candidate + count] === input[at + count]) count++
          break
        }
        at++
      }
      if (count === 0) at = length
      while (anchor < at) {
        const run = Math.min(at - anchor, MAXIMUM_LITERALS)
        if (written + run + 1 > limit) return 0
        output[written++] = run - 1
        for (const stop = anchor + run; anchor < stop;) output[written++] = input[anchor++]!
      }
      if (count > 0) {
        if (written + 3 > limit) return 0
        const high = (distance - 1) >>> 8
        if (count < LONG_LENGTH) output[written++] = ((count - 2) << 5) | high
        else {
          output[written++] = 0xe0 | high
          output[written++] = count - LONG_LENGTH
        }
        output[written++] = distance - 1
        at += count
        anchor = at
      }
    }
    return written
  }

  return { compress, decompress }
}
