/**
 * Bytes of several kinds for codecs, the same on every machine.
 */

const text = new TextEncoder().encode("What the player sees is what the server saw a moment ago; the player moves on. ")

const noise = (seed: number) => {
  let state = seed
  return (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

export const kinds = ["random", "constant", "text", "periodic", "skewed"] as const

export type Kind = typeof kinds[number]

export const input = (kind: Kind, length: number): Uint8Array => {
  const next = noise(0x1234_5678)
  switch (kind) {
    case "random":
      return Uint8Array.from({ length }, () => next())
    case "constant":
      return new Uint8Array(length).fill(0x61)
    case "text":
      return Uint8Array.from({ length }, (_, index) => text[index % text.length]!)
    case "periodic":
      return Uint8Array.from({ length }, (_, index) => (index % 23) * 11)
    case "skewed":
      return Uint8Array.from({ length }, () => Math.min(next() & 0xff, next() & 0xff, next() & 0xff))
  }
}
