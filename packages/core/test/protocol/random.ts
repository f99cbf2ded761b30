/** A seeded generator (mulberry32): the same seed gives the same run. */
export const random = (seed: number) => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), state | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return (value ^ (value >>> 14)) >>> 0
  }
  /** 0 to `limit` - 1. */
  const integer = (limit: number): number => next() % limit
  const chance = (probability: number): boolean => next() / 2 ** 32 < probability
  const pick = <T>(values: ReadonlyArray<T>): T => values[integer(values.length)]!
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => integer(256))
  return { next, integer, chance, pick, bytes }
}
