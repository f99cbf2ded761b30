/**
 * Randomness that repeats itself.
 */
import * as Crypto from "node:crypto"
import type { Random } from "../../src/crypto/CryptoProvider.ts"

/** Bytes that depend on the seed and on what was drawn before. */
export const seededRandom = (seed: string): Random => {
  let counter = 0
  return (length) => {
    const blocks: Array<Uint8Array> = []
    for (let have = 0; have < length; have += 32) {
      blocks.push(Crypto.createHash("sha256").update(`${seed} ${counter++}`).digest())
    }
    return new Uint8Array(Buffer.concat(blocks)).slice(0, length)
  }
}

/** 32-bit numbers (mulberry32). */
export const seededNumbers = (seed: number) => {
  let state = seed >>> 0
  return (below = 0x100000000): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}
