/**
 * The range coder that ENet ships (`enet_host_compress_with_range_coder`): an adaptive model of the last two bytes, and
 * a 32-bit range coder without carry. Each datagram is coded on its own, bit for bit as the C library does it.
 *
 * @since 0.1.0
 */
import type { Compressor } from "./Hooks.ts"

// A record is a symbol in its context, and the context of the byte that follows this symbol. All records lie in one
// array of integers; the name of a record is its index there. 0 is the context of no bytes, the base, and means "none"
// where a link is meant. The first field packs three numbers, because the walk through a tree reads them together:
// the symbol, its frequency (8 bits), and the cumulative frequency of it and of everything in its lower subtree.
const LOWER = 1
const UPPER = 2
/** The tree of the symbols that were seen in this context. */
const TOP = 3
/** The frequency of the escape to the shorter context, and in the high half the sum of all frequencies. */
const TOTALS = 4
/** The same symbol in the next shorter context. */
const SUFFIX = 5
const SIZE = 6

const RECORDS = 4096
/** The context of the next byte. It stands behind the records, so that it is stored to like a suffix. */
const CONTEXT = RECORDS * SIZE
/** From here on the model starts again: the next byte may take three records. */
const FULL = (RECORDS - 2) * SIZE

const ORDER = 2
const BUMP = 2
const BASE_BUMP = 3
/** What a new symbol adds to both halves of `TOTALS`, besides its own frequency. */
const ESCAPE_BUMP = 0x5_0005
/** In the base context every byte has this frequency from the start. */
const BASE_FLOOR = 1
/** The escape of the base context is the end mark. */
const BASE_TOTALS = 1 | ((1 + 256 * BASE_FLOOR) << 16)
const MAXIMUM_WIDTH = 251
const BASE_MAXIMUM_WIDTH = 250
const MAXIMUM_SUM = 65_280

/**
 * A coder with memory of its own, 128 KiB, which it uses again for every datagram. No call depends on an earlier one.
 *
 * The walks through the trees are written out where they are needed, and all registers are local variables: functions
 * for them would cost a third of the speed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): Compressor => {
  const records = new Int32Array(CONTEXT + 1)
  /** Of `halve`: records, and the sums of the frequencies before them. */
  const stack = new Int32Array(2 * RECORDS)
  /** Records below this index may hold something. */
  let dirty = 0

  /** Empties the model; gives the place of the next record. */
  const restart = (used: number): number => {
    records.fill(0, 0, used)
    records[TOTALS] = BASE_TOTALS
    records[CONTEXT] = 0
    return SIZE
  }

  /** Halves the frequencies of a context. No recursion: a damaged datagram can make a tree of thousands of levels. */
  const halve = (context: number): void => {
    let depth = 0
    let sum = 0
    for (let record = records[context + TOP]!; record !== 0 || depth > 0;) {
      if (record !== 0) {
        stack[depth++] = record
        stack[depth++] = sum
        record = records[record + LOWER]!
      } else {
        const before = stack[--depth]!
        record = stack[--depth]!
        const node = records[record]!
        const frequency = (node >>> 8) & 0xff
        const half = frequency - (frequency >>> 1)
        sum += half
        records[record] = (node & 0xff) | (half << 8) | ((sum - before) << 16)
        record = records[record + UPPER]!
      }
    }
    const escape = records[context + TOTALS]! & 0xffff
    const half = escape - (escape >>> 1)
    records[context + TOTALS] = half | ((sum + half + (context === 0 ? 256 * BASE_FLOOR : 0)) << 16)
  }

  const compress = (input: Uint8Array, output: Uint8Array): number => {
    const pool = records
    const limit = output.length
    let used = restart(dirty)
    dirty = CONTEXT
    let order = 0
    let low = 0
    let range = -1
    let written = 0
    for (let i = 0; i < input.length; i++) {
      const symbol = input[i]!
      let slot = CONTEXT
      // from the longest context to one that knows the symbol; the base knows every symbol
      for (let context = pool[CONTEXT]!;; context = pool[context + SUFFIX]!) {
        let bump = BUMP
        let maximumWidth = MAXIMUM_WIDTH
        let below = 0
        let width = 0
        if (context === 0) {
          bump = BASE_BUMP
          maximumWidth = BASE_MAXIMUM_WIDTH
          below = symbol * BASE_FLOOR
          width = BASE_FLOOR
        }
        let link = context + TOP
        let record = pool[link]!
        while (record !== 0) {
          const node = pool[record]!
          const here = node & 0xff
          if (symbol < here) {
            pool[record] = node + (bump << 16)
            link = record + LOWER
          } else if (symbol > here) {
            below += node >>> 16
            link = record + UPPER
          } else {
            const frequency = (node >>> 8) & 0xff
            width += frequency
            below += (node >>> 16) - frequency
            pool[record] = node + (bump << 16) + (bump << 8)
            break
          }
          record = pool[link]!
        }
        if (record === 0) {
          record = used
          used += SIZE
          pool[link] = record
          pool[record] = symbol | (bump << 8) | (bump << 16)
        }
        pool[slot] = record
        slot = record + SUFFIX

        const before = pool[context + TOTALS]!
        const escape = before & 0xffff
        const sum = before >>> 16
        let totals = before + (bump << 16)
        let start = escape + below
        let share = width
        if (width === 0) {
          totals += ESCAPE_BUMP
          start = 0
          // an escape that is certain needs no code, and neither does one from a context without symbols
          share = escape < sum ? escape : 0
        }
        if (share > 0) {
          range = ((range >>> 0) / sum) >>> 0
          low = (low + Math.imul(start, range)) | 0
          range = Math.imul(range, share)
          for (;;) {
            if (((low ^ (low + range)) >>> 24) !== 0) {
              if ((range >>> 16) !== 0) break
              range = -low & 0xffff
            }
            if (written >= limit) return 0
            output[written++] = low >>> 24
            range <<= 8
            low <<= 8
          }
        }
        pool[context + TOTALS] = totals
        if (width > maximumWidth || (totals >>> 16) > MAXIMUM_SUM) halve(context)
        if (width > 0) break
      }
      if (order >= ORDER) pool[CONTEXT] = pool[pool[CONTEXT]! + SUFFIX]!
      else order++
      if (used >= FULL) {
        used = restart(used)
        order = 0
      }
    }
    // zeros at the end need not be written: the decoder reads zeros behind the end
    while (low !== 0) {
      if (written >= limit) return 0
      output[written++] = low >>> 24
      low <<= 8
    }
    dirty = used
    return written
  }

  const decompress = (input: Uint8Array, output: Uint8Array): number => {
    const pool = records
    const length = input.length
    const limit = output.length
    if (length === 0) return 0
    let used = restart(dirty)
    dirty = CONTEXT
    let order = 0
    let low = 0
    let range = -1
    let code = 0
    let read = 0
    for (; read < 4; read++) code = (code << 8) | (read < length ? input[read]! : 0)
    for (let written = 0;;) {
      let symbol = 0
      let record = 0
      // from the longest context to the one in which the symbol was coded
      let context = pool[CONTEXT]!
      for (;;) {
        const before = pool[context + TOTALS]!
        const escape = before & 0xffff
        const sum = before >>> 16
        let bump = BUMP
        let floor = 0
        let maximumWidth = MAXIMUM_WIDTH
        if (context === 0) {
          bump = BASE_BUMP
          floor = BASE_FLOOR
          maximumWidth = BASE_MAXIMUM_WIDTH
        } else if (escape === 0 || escape >= sum) {
          context = pool[context + SUFFIX]!
          continue
        }
        range = ((range >>> 0) / sum) >>> 0
        const point = (((code - low) >>> 0) / (range >>> 0)) & 0xffff
        let start = 0
        let share = escape
        let width = 0
        if (point >= escape) {
          const value = point - escape
          let below = 0
          let missing = value
          let link = context + TOP
          record = pool[link]!
          while (record !== 0) {
            const node = pool[record]!
            const here = node & 0xff
            const frequency = (node >>> 8) & 0xff
            const end = (below + (node >>> 16) + (here + 1) * floor) & 0xffff
            const from = end - frequency - floor
            if (value >= end) {
              below += node >>> 16
              link = record + UPPER
              missing = here + 1 + value - end
            } else if (value < from) {
              pool[record] = node + (bump << 16)
              link = record + LOWER
              missing = here + value - from
            } else {
              symbol = here
              below = from & 0xffff
              width = frequency + floor
              pool[record] = node + (bump << 16) + (bump << 8)
              break
            }
            record = pool[link]!
          }
          if (record === 0) {
            if (floor === 0) return 0
            symbol = missing & 0xff
            below = value
            width = floor
            record = used
            used += SIZE
            pool[link] = record
            pool[record] = symbol | (bump << 8) | (bump << 16)
          }
          start = escape + below
          share = width
        } else if (context === 0) {
          dirty = used
          return written
        }
        low = (low + Math.imul(start, range)) | 0
        range = Math.imul(range, share)
        for (;;) {
          if (((low ^ (low + range)) >>> 24) !== 0) {
            if ((range >>> 16) !== 0) break
            range = -low & 0xffff
          }
          code = (code << 8) | (read < length ? input[read]! : 0)
          read++
          range <<= 8
          low <<= 8
        }
        if (width > 0) {
          const totals = before + (bump << 16)
          pool[context + TOTALS] = totals
          if (width > maximumWidth || (totals >>> 16) > MAXIMUM_SUM) halve(context)
          break
        }
        context = pool[context + SUFFIX]!
      }
      // the longer contexts learn the symbol
      let slot = CONTEXT
      for (let longer = pool[CONTEXT]!; longer !== context; longer = pool[longer + SUFFIX]!) {
        let width = 0
        let link = longer + TOP
        let other = pool[link]!
        while (other !== 0) {
          const node = pool[other]!
          const here = node & 0xff
          if (symbol < here) {
            pool[other] = node + (BUMP << 16)
            link = other + LOWER
          } else if (symbol > here) {
            link = other + UPPER
          } else {
            width = (node >>> 8) & 0xff
            pool[other] = node + (BUMP << 16) + (BUMP << 8)
            break
          }
          other = pool[link]!
        }
        let totals = pool[longer + TOTALS]! + (BUMP << 16)
        if (other === 0) {
          other = used
          used += SIZE
          pool[link] = other
          pool[other] = symbol | (BUMP << 8) | (BUMP << 16)
          totals += ESCAPE_BUMP
        }
        pool[slot] = other
        slot = other + SUFFIX
        pool[longer + TOTALS] = totals
        if (width > MAXIMUM_WIDTH || (totals >>> 16) > MAXIMUM_SUM) halve(longer)
      }
      pool[slot] = record
      if (written >= limit) return 0
      output[written++] = symbol
      if (order >= ORDER) pool[CONTEXT] = pool[pool[CONTEXT]! + SUFFIX]!
      else order++
      if (used >= FULL) {
        used = restart(used)
        order = 0
      }
    }
  }

  return { compress, decompress }
}
