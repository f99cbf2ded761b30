import { describe, expect, it } from "@effect/vitest"
import * as SipHash from "../../src/protocol/SipHash.ts"

/** Key 00 01 .. 0f, as in the vectors of the reference implementation. */
const key: SipHash.Key = [0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c]
const counting = (length: number) => Uint8Array.from({ length }, (_, index) => index)

describe("SipHash-2-4", () => {
  it.each([
    [0, 0x726fdb47, 0xdd0e0e31],
    [1, 0x74f839c5, 0x93dc67fd],
    [8, 0x93f5f579, 0x9a932462],
    [15, 0xa129ca61, 0x49be45e5]
  ])("gives the reference's value for %i bytes", (length, high, low) => {
    expect(SipHash.ofBytes(key, counting(length))).toEqual({ high, low })
  })

  it("gives the same for words as for their bytes", () => {
    for (const count of [0, 1, 2, 3, 4, 7]) {
      const words = Array.from({ length: count }, (_, index) => (index * 0x9e3779b9 + 0x81020304) >>> 0)
      expect(SipHash.ofWords(key, words)).toEqual(SipHash.ofBytes(key, new Uint8Array(Uint32Array.from(words).buffer)))
    }
  })
})
