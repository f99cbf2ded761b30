/**
 * SipHash-2-4 (Aumasson and Bernstein): a keyed hash that nobody can predict without the key. It makes the numbers that a
 * remote must echo, and the places of tables that strangers fill.
 */

/** 128 random bits, as four unsigned 32-bit words, the low ones first. */
export type Key = readonly [number, number, number, number]

/** 64 bits, as two unsigned 32-bit words. */
export interface Hash {
  readonly low: number
  readonly high: number
}

/** The state: four words of 64 bits, each as its low and its high half. */
class Sip {
  l0: number
  h0: number
  l1: number
  h1: number
  l2: number
  h2: number
  l3: number
  h3: number

  constructor([k0, k1, k2, k3]: Key) {
    this.l0 = k0 ^ 0x70736575
    this.h0 = k1 ^ 0x736f6d65
    this.l1 = k2 ^ 0x6e646f6d
    this.h1 = k3 ^ 0x646f7261
    this.l2 = k0 ^ 0x6e657261
    this.h2 = k1 ^ 0x6c796765
    this.l3 = k2 ^ 0x79746573
    this.h3 = k3 ^ 0x74656462
  }

  rounds(count: number): void {
    let { h0, h1, h2, h3, l0, l1, l2, l3 } = this
    for (let i = 0; i < count; i++) {
      let sum = (l0 >>> 0) + (l1 >>> 0)
      h0 = (h0 + h1 + (sum > 0xffffffff ? 1 : 0)) | 0
      l0 = sum | 0
      let high = (h1 << 13) | (l1 >>> 19)
      l1 = ((l1 << 13) | (h1 >>> 19)) ^ l0
      h1 = high ^ h0
      high = l0
      l0 = h0
      h0 = high
      sum = (l2 >>> 0) + (l3 >>> 0)
      h2 = (h2 + h3 + (sum > 0xffffffff ? 1 : 0)) | 0
      l2 = sum | 0
      high = (h3 << 16) | (l3 >>> 16)
      l3 = ((l3 << 16) | (h3 >>> 16)) ^ l2
      h3 = high ^ h2
      sum = (l0 >>> 0) + (l3 >>> 0)
      h0 = (h0 + h3 + (sum > 0xffffffff ? 1 : 0)) | 0
      l0 = sum | 0
      high = (h3 << 21) | (l3 >>> 11)
      l3 = ((l3 << 21) | (h3 >>> 11)) ^ l0
      h3 = high ^ h0
      sum = (l2 >>> 0) + (l1 >>> 0)
      h2 = (h2 + h1 + (sum > 0xffffffff ? 1 : 0)) | 0
      l2 = sum | 0
      high = (h1 << 17) | (l1 >>> 15)
      l1 = ((l1 << 17) | (h1 >>> 15)) ^ l2
      h1 = high ^ h2
      high = l2
      l2 = h2
      h2 = high
    }
    this.l0 = l0
    this.h0 = h0
    this.l1 = l1
    this.h1 = h1
    this.l2 = l2
    this.h2 = h2
    this.l3 = l3
    this.h3 = h3
  }

  block(low: number, high: number): void {
    this.l3 ^= low
    this.h3 ^= high
    this.rounds(2)
    this.l0 ^= low
    this.h0 ^= high
  }

  finish(): Hash {
    this.l2 ^= 0xff
    this.rounds(4)
    return {
      low: (this.l0 ^ this.l1 ^ this.l2 ^ this.l3) >>> 0,
      high: (this.h0 ^ this.h1 ^ this.h2 ^ this.h3) >>> 0
    }
  }
}

/** The hash of bytes. */
export const ofBytes = (key: Key, bytes: Uint8Array): Hash => {
  const sip = new Sip(key)
  const whole = bytes.length - (bytes.length % 8)
  const word = (at: number): number => {
    let value = 0
    for (let i = Math.min(at + 4, bytes.length) - 1; i >= at; i--) value = (value << 8) | bytes[i]!
    return value
  }
  for (let at = 0; at < whole; at += 8) sip.block(word(at), word(at + 4))
  sip.block(word(whole), word(whole + 4) | (bytes.length << 24))
  return sip.finish()
}

/**
 * The hash of numbers of 32 bits: as `ofBytes` of them in little endian.
 */
export const ofWords = (key: Key, words: ReadonlyArray<number>): Hash => {
  const sip = new Sip(key)
  const whole = words.length - (words.length % 2)
  for (let at = 0; at < whole; at += 2) sip.block(words[at]!, words[at + 1]!)
  const length = words.length * 4
  if (whole === words.length) sip.block(0, length << 24)
  else sip.block(words[whole]!, length << 24)
  return sip.finish()
}
