import { Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { crc32 as zlibCrc32 } from "node:zlib"
import { random } from "../protocol/random.ts"

describe("the checksum that ENet ships", () => {
  it("has the check value of CRC-32/ISO-HDLC", () => {
    expect(Crc32.crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926)
  })

  it("of nothing is 0", () => {
    expect(Crc32.crc32(new Uint8Array(0))).toBe(0)
  })

  it("is an unsigned number, and zlib's", () => {
    const { bytes } = random(3)
    for (let length = 0; length <= 300; length++) {
      const input = bytes(length)
      if (Crc32.crc32(input) !== zlibCrc32(input)) throw new Error(`differs for ${length} bytes`)
    }
  })
})
