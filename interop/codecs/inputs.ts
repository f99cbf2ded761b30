/**
 * What codecs are tried with: bytes of many kinds, and blocks that somebody damaged.
 */
import type { Random } from "../differential/random.ts"

const text = new TextEncoder().encode(
  "the player moves to the left and the other player moves to the right, then both of them jump and shoot "
)

const fill = (length: number, byte: (index: number) => number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => byte(i))

const kinds: ReadonlyArray<readonly [weight: number, make: (random: Random, length: number) => Uint8Array]> = [
  [3, (random, length) => fill(length, () => random.next())],
  [1, (random, length) => {
    const byte = random.next()
    return fill(length, () => byte)
  }],
  [2, (random, length) => {
    const offset = random.below(text.length)
    return fill(length, (i) => text[(i + offset) % text.length]!)
  }],
  [2, (random, length) => {
    const period = fill(random.between(1, 300), () => random.next())
    return fill(length, (i) => period[i % period.length]!)
  }],
  [2, (random, length) => {
    const symbols = random.between(2, 16)
    return fill(length, () => random.below(symbols) * 7)
  }],
  // commands with headers that count up, floats that hardly change, runs of zeros
  [3, (random, length) => {
    const view = new DataView(new ArrayBuffer(length + 24))
    let number = random.below(1000)
    for (let at = 0; at < length; at += 24) {
      view.setUint8(at, 0x86)
      view.setUint16(at + 2, number++)
      view.setUint16(at + 4, 18)
      view.setFloat32(at + 6, 100 + random.below(64) / 8, true)
      view.setFloat32(at + 10, 20 + random.below(8) / 8, true)
      view.setUint16(at + 14, random.below(500), true)
    }
    return new Uint8Array(view.buffer, 0, length)
  }],
  // skewed: small numbers are common
  [2, (random, length) => fill(length, () => Math.floor((random.next() / 2 ** 32) ** 4 * 256))]
]

const MAXIMUM = 4096

const lengths: ReadonlyArray<readonly [weight: number, make: (random: Random) => number]> = [
  [1, (random) => random.below(5)],
  [4, (random) => random.between(5, 128)],
  [3, (random) => random.between(129, 1400)],
  [1, (random) => random.between(1401, MAXIMUM)],
  [0.2, (random) => MAXIMUM - random.below(3)]
]

/** 0 to 4,096 bytes of some kind. */
export const anyBytes = (random: Random): Uint8Array => random.weighted(kinds)(random, random.weighted(lengths)(random))

export const bytesOf = (random: Random, length: number): Uint8Array => random.weighted(kinds)(random, length)

/** A block with some bits changed, its end cut off, or something appended. */
export const damaged = (random: Random, block: Uint8Array): Uint8Array => {
  if (block.length === 0) return block
  switch (random.below(4)) {
    case 0:
      return block.slice(0, random.below(block.length))
    case 1:
      return Uint8Array.of(...block, ...fill(random.between(1, 8), () => random.next()))
    default: {
      const copy = block.slice()
      for (let bits = random.between(1, 4); bits > 0; bits--) copy[random.below(copy.length)]! ^= 1 << random.below(8)
      return copy
    }
  }
}
