/**
 * Which of the last 64 records have been seen (RFC 6347 section 4.1.2.6).
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface ReplayWindow {
  /** The highest sequence number so far; -1 before the first. */
  readonly highest: number
  /** Bit n of the 64 says that `highest - n` has been seen. */
  readonly recent: number
  readonly older: number
}

const SIZE = 64

/**
 * @since 0.1.0
 * @category constructors
 */
export const emptyWindow: ReplayWindow = { highest: -1, recent: 0, older: 0 }

/**
 * Whether a record may be new. What is older than the window counts as seen.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFresh = (window: ReplayWindow, sequence: number): boolean => {
  const age = window.highest - sequence
  if (age < 0) return true
  if (age >= SIZE) return false
  const word = age < 32 ? window.recent : window.older
  return ((word >>> (age & 31)) & 1) === 0
}

/**
 * Notes a record, which must be authentic: otherwise forged numbers could shut out genuine ones.
 *
 * @since 0.1.0
 * @category combinators
 */
export const mark = ({ highest, older, recent }: ReplayWindow, sequence: number): ReplayWindow => {
  const age = highest - sequence
  if (age >= SIZE) return { highest, recent, older }
  if (age >= 32) return { highest, recent, older: (older | (1 << (age - 32))) >>> 0 }
  if (age >= 0) return { highest, recent: (recent | (1 << age)) >>> 0, older }
  const shift = -age
  if (shift >= SIZE) return { highest: sequence, recent: 1, older: 0 }
  if (shift >= 32) return { highest: sequence, recent: 1, older: (recent << (shift - 32)) >>> 0 }
  return {
    highest: sequence,
    recent: ((recent << shift) | 1) >>> 0,
    older: ((older << shift) | (recent >>> (32 - shift))) >>> 0
  }
}
