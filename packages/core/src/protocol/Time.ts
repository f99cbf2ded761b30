/**
 * Arithmetic on unsigned 32-bit milliseconds that wrap (`time.h`): a time is before another when the way forward from
 * the other to it is a day or more.
 */
const OVERFLOW = 86_400_000

export const before = (a: number, b: number): boolean => (a - b) >>> 0 >= OVERFLOW

export const atOrAfter = (a: number, b: number): boolean => !before(a, b)

/** The distance between two times (`ENET_TIME_DIFFERENCE`). */
export const span = (a: number, b: number): number => {
  const forward = (a - b) >>> 0
  return forward >= OVERFLOW ? (b - a) >>> 0 : forward
}

/**
 * When the distance from `since` will be `distance`. A distance of more than a day is reached after a day, when the way
 * back becomes the shorter one; the longest ones never are.
 */
export const spanEnd = (since: number, distance: number): number | undefined =>
  distance > 2 ** 32 - OVERFLOW ? undefined : (since + Math.min(distance, OVERFLOW)) >>> 0
