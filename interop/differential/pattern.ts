/** The oracle's reproducible payloads (`pattern.h`), of which a short one is always the start of a longer one. */
const LONGEST = 1 << 17

const patterns = new Map<number, Uint8Array>()

const make = (seed: number): Uint8Array => {
  const bytes = new Uint8Array(LONGEST)
  let x = seed === 0 ? 1 : seed
  for (let i = 0; i < LONGEST; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    bytes[i] = x
  }
  return bytes
}

export const pattern = (length: number, seed: number): Uint8Array => {
  let bytes = patterns.get(seed)
  if (bytes === undefined) patterns.set(seed, bytes = make(seed))
  return bytes.subarray(0, length)
}
