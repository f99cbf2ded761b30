import type { Compressor } from "@effect-enet/core"
import { randomBytes } from "./hosts.ts"

export const text = new TextEncoder().encode("the player moves, the player jumps, the player lands. ".repeat(20))

const kinds = [
  randomBytes(4092),
  new Uint8Array(4092),
  Uint8Array.from({ length: 4092 }, (_, index) => text[index % text.length]!),
  Uint8Array.from({ length: 4092 }, (_, index) => index % 23)
]

export const packedBy = (coder: Compressor.Compressor, bytes: Uint8Array, limit = 8192): Uint8Array => {
  const output = new Uint8Array(limit)
  return output.slice(0, coder.compress(bytes, output))
}

export const unpackedBy = (coder: Compressor.Compressor, bytes: Uint8Array, limit = 4092): Uint8Array => {
  const output = new Uint8Array(limit)
  return output.slice(0, coder.decompress(bytes, output))
}

export const roundTrips = (coder: Compressor.Compressor): void => {
  for (const kind of kinds) {
    for (let length = 1; length <= kind.length; length += length < 70 ? 1 : 149) {
      const plain = kind.subarray(0, length)
      const again = unpackedBy(coder, packedBy(coder, plain), length)
      if (Buffer.compare(plain, again) !== 0) throw new Error(`${length} bytes come back different`)
    }
  }
}
