/**
 * The range coder that ENet ships (`enet_range_coder_compress`): an adaptive model of the last two bytes, and a 32-bit
 * range coder without carry. Each datagram is coded on its own, bit for bit as the C library does.
 *
 * @since 0.1.0
 */
import type { Compressor } from "./Hooks.ts"

// A record is a symbol of its context, and the context of what follows this symbol. Records lie one after the other in
// one array, a record's name is where it starts, and 0, the shortest context of all, also means "none".
const SYMBOL = 0
/** How often the symbol was seen, in steps of BUMP. */
const FREQUENCY = 1
/** The frequencies of the symbol and of everything below it in `LOWER`. */
const CUMULATIVE = 2
const LOWER = 3
const UPPER = 4
/** The tree of the symbols seen in this context. */
const TOP = 5
const ESCAPE = 6
/** All frequencies of this context, the escape's included. */
const SUM = 7
/** The same symbol in the next shorter context. */
const SUFFIX = 8
const SIZE = 9

const RECORDS = 4096
/** The context of the next byte stands behind the records, so that a suffix and it are changed in the same way. */
const CONTEXT = RECORDS * SIZE
/** With so many records the model starts again: the next byte may need three. */
const FULL = (RECORDS - 2) * SIZE

const ORDER = 2
const BUMP = 2
const BASE_BUMP = 3
const ESCAPE_BUMP = 5
const BASE_ESCAPE = 1
/** The base context holds every byte from the start, with this frequency. */
const BASE_FLOOR = 1
const BASE_SUM = BASE_ESCAPE + 256 * BASE_FLOOR
const MAXIMUM_WIDTH = 251
const BASE_MAXIMUM_WIDTH = 250
const MAXIMUM_SUM = 65_280

/**
 * A compressor with its own memory; calls do not influence each other.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): Compressor => {
  const pool = new Uint16Array(CONTEXT + 1)
  /** Of the walk through a tree: records, and the frequencies before them. */
  const stack = new Uint16Array(2 * RECORDS)

  /** Empties the model, up to the record where it ended; gives where the next record goes. */
  const restart = (used: number): number => {
    pool.fill(0, 0, used)
    pool[ESCAPE] = BASE_ESCAPE
    pool[SUM] = BASE_SUM
    pool[CONTEXT] = 0
    return SIZE
  }

  /** Halves all frequencies of a context, which keeps them in their range and forgets the past. */
  const halve = (context: number): void => {
    let depth = 0
    let total = 0
    // no recursion: a damaged datagram can make a tree as deep as there are records
    for (let record = pool[context + TOP]!; record !== 0 || depth > 0;) {
      if (record !== 0) {
        stack[depth++] = record
        stack[depth++] = total
        record = pool[record + LOWER]!
      } else {
        const before = stack[--depth]!
        record = stack[--depth]!
        const frequency = pool[record + FREQUENCY]!
        const half = frequency - (frequency >>> 1)
        total += half
        pool[record + FREQUENCY] = half
        pool[record + CUMULATIVE] = total - before
        record = pool[record + UPPER]!
      }
    }
    const escape = pool[context + ESCAPE]!
    const half = escape - (escape >>> 1)
    pool[context + ESCAPE] = half
    pool[context + SUM] = total + half + (context === 0 ? 256 * BASE_FLOOR : 0)
  }

  const compress = (input: Uint8Array, output: Uint8Array): number => {
    const limit = output.length
    let used = restart(CONTEXT)
    let order = 0
    let low = 0
    let range = -1
    let written = 0
    for (let i = 0; i < input.length; i++) {
      const symbol = input[i]!
      let slot = CONTEXT
      let context = pool[CONTEXT]!
      for (;;) {
        let bump = BUMP
        let maximumWidth = MAXIMUM_WIDTH
        let below = 0
        let width = 0
        if (context === 0) {
          bump = BASE_BUMP
          maximumWidth = BASE_MAXIMUM_WIDTH
          below = symbol
          width = BASE_FLOOR
        }
        let link = context + TOP
        let record = pool[link]!
        while (record !== 0) {
          const here = pool[record + SYMBOL]!
          const cumulative = pool[record + CUMULATIVE]!
          if (symbol < here) {
            pool[record + CUMULATIVE] = cumulative + bump
            link = record + LOWER
          } else if (symbol > here) {
            below += cumulative
            link = record + UPPER
          } else {
            const frequency = pool[record + FREQUENCY]!
            width += frequency
            below += cumulative - frequency
            pool[record + CUMULATIVE] = cumulative + bump
            pool[record + FREQUENCY] = frequency + bump
            break
          }
          record = pool[link]!
        }
        if (record === 0) {
          record = used
          used += SIZE
          pool[link] = record
          pool[record + SYMBOL] = symbol
          pool[record + FREQUENCY] = bump
          pool[record + CUMULATIVE] = bump
        }
        pool[slot] = record
        slot = record + SUFFIX
        const escape = pool[context + ESCAPE]!
        const total = pool[context + SUM]!
        let start = escape + below
        let share = width
        let sum = total + bump
        if (width === 0) {
          start = 0
          share = escape
          pool[context + ESCAPE] = escape + ESCAPE_BUMP
          sum += ESCAPE_BUMP
        }
        if (share > 0 && (width > 0 || escape < total)) {
          range = ((range >>> 0) / total) >>> 0
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
        pool[context + SUM] = sum
        if (width > maximumWidth || sum > MAXIMUM_SUM) halve(context)
        if (width > 0) break
        context = pool[context + SUFFIX]!
      }
      if (order >= ORDER) pool[CONTEXT] = pool[pool[CONTEXT]! + SUFFIX]!
      else order++
      if (used >= FULL) {
        used = restart(used)
        order = 0
      }
    }
    while (low !== 0) {
      if (written >= limit) return 0
      output[written++] = low >>> 24
      low <<= 8
    }
    return written
  }

  const decompress = (input: Uint8Array, output: Uint8Array): number => {
    const length = input.length
    if (length === 0) return 0
    const limit = output.length
    let used = restart(CONTEXT)
    let order = 0
    let low = 0
    let range = -1
    let code = 0
    let read = 0
    for (; read < 4; read++) code = (code << 8) | (read < length ? input[read]! : 0)
    for (let written = 0;;) {
      let context = pool[CONTEXT]!
      let symbol = 0
      let record = 0
      for (;;) {
        const escape = pool[context + ESCAPE]!
        const total = pool[context + SUM]!
        let bump = BUMP
        let floor = 0
        let maximumWidth = MAXIMUM_WIDTH
        if (context === 0) {
          bump = BASE_BUMP
          floor = BASE_FLOOR
          maximumWidth = BASE_MAXIMUM_WIDTH
        } else if (escape === 0 || escape >= total) {
          context = pool[context + SUFFIX]!
          continue
        }
        range = ((range >>> 0) / total) >>> 0
        const point = (((code - low) >>> 0) / (range >>> 0)) & 0xffff
        let start = 0
        let share = escape
        let width = 0
        if (point >= escape) {
          const value = point - escape
          let below = 0
          let link = context + TOP
          let guess = value
          record = pool[link]!
          while (record !== 0) {
            const here = pool[record + SYMBOL]!
            const cumulative = pool[record + CUMULATIVE]!
            const frequency = pool[record + FREQUENCY]!
            const high = (below + cumulative + (here + 1) * floor) & 0xffff
            const from = high - frequency - floor
            if (value >= high) {
              below += cumulative
              link = record + UPPER
              guess = here + 1 + value - high
            } else if (value < from) {
              pool[record + CUMULATIVE] = cumulative + bump
              link = record + LOWER
              guess = here + value - from
            } else {
              symbol = here
              below = from & 0xffff
              width = frequency + floor
              pool[record + CUMULATIVE] = cumulative + bump
              pool[record + FREQUENCY] = frequency + bump
              break
            }
            record = pool[link]!
          }
          if (record === 0) {
            if (floor === 0) return 0
            symbol = guess & 0xff
            below = value
            width = floor
            record = used
            used += SIZE
            pool[link] = record
            pool[record + SYMBOL] = symbol
            pool[record + FREQUENCY] = bump
            pool[record + CUMULATIVE] = bump
          }
          start = escape + below
          share = width
        } else if (context === 0) return written
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
          const sum = total + bump
          pool[context + SUM] = sum
          if (width > maximumWidth || sum > MAXIMUM_SUM) halve(context)
          break
        }
        context = pool[context + SUFFIX]!
      }
      let slot = CONTEXT
      for (let longer = pool[CONTEXT]!; longer !== context; longer = pool[longer + SUFFIX]!) {
        let link = longer + TOP
        let width = 0
        let other = pool[link]!
        while (other !== 0) {
          const here = pool[other + SYMBOL]!
          const cumulative = pool[other + CUMULATIVE]!
          if (symbol < here) {
            pool[other + CUMULATIVE] = cumulative + BUMP
            link = other + LOWER
          } else if (symbol > here) {
            link = other + UPPER
          } else {
            width = pool[other + FREQUENCY]!
            pool[other + CUMULATIVE] = cumulative + BUMP
            pool[other + FREQUENCY] = width + BUMP
            break
          }
          other = pool[link]!
        }
        let sum = pool[longer + SUM]! + BUMP
        if (other === 0) {
          other = used
          used += SIZE
          pool[link] = other
          pool[other + SYMBOL] = symbol
          pool[other + FREQUENCY] = BUMP
          pool[other + CUMULATIVE] = BUMP
          pool[longer + ESCAPE]! += ESCAPE_BUMP
          sum += ESCAPE_BUMP
        }
        pool[slot] = other
        slot = other + SUFFIX
        pool[longer + SUM] = sum
        if (width > MAXIMUM_WIDTH || sum > MAXIMUM_SUM) halve(longer)
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
