// Vectors come from libenet 1.3.17: `range-compress HEX 8192` and `range-decompress HEX LIMIT` of interop/oracle.c.
import { Crc32, RangeCoder } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { random } from "../protocol/random.ts"
import { input, type Kind, kinds } from "./codecInputs.ts"
import { fromHex, toHex } from "./samples.ts"

const coder = RangeCoder.make()

const compress = (bytes: Uint8Array, limit = 8192): Uint8Array => {
  const output = new Uint8Array(limit)
  return output.slice(0, coder.compress(bytes, output))
}

const decompress = (bytes: Uint8Array, limit = 4096): Uint8Array => {
  const output = new Uint8Array(limit)
  return output.slice(0, coder.decompress(bytes, output))
}

/** Input, result. */
const small: ReadonlyArray<readonly [string, string]> = [
  ["00", "00ff00ff"],
  ["61", "619e619e"],
  ["6161", "61fe7f46"],
  ["616263", "6202d0c7d2"],
  ["ffffffff", "ffffae025c"],
  ["0000000000000000", "0103e03a9d85"],
  ["68656c6c6f2068656c6c6f2068656c6c6f2068656c6c6f", "68fbe0c33d7072bdd5e06ce58e"],
  [
    "82ff00010000ffff0000057000010000000000010000000000000000000013880000000200000002deadbeef00000000",
    "837b88b1fdf1df576b939eeefe826692012855993f9115cdf90c65eb7cdc"
  ],
  [
    "00050a0f14191e23282d32373c41464b50555a5f64696e73787d82878c91969ba0a5aaafb4b9bec3",
    "0107e504ca107914bb8f38af5314a30ff91c3bf8da595863d8094d2a8b2cafb1ea4898279da27a073bb9ee5a"
  ]
]

/** Input, length of the result, its CRC-32. */
const large: ReadonlyArray<readonly [Kind, number, number, number]> = [
  ["random", 16, 18, 0x2bf209a6],
  ["random", 100, 107, 0x989f2389],
  ["random", 576, 626, 0xf18a0589],
  ["random", 1392, 1504, 0x80c62403],
  ["random", 4096, 4401, 0xcc38a7a1],
  ["constant", 16, 6, 0x800c7812],
  ["constant", 100, 7, 0xa71d1124],
  ["constant", 576, 8, 0x3ed9c0bf],
  ["constant", 1392, 8, 0xe2ef5c7d],
  ["constant", 4096, 12, 0x22b5e7d9],
  ["text", 16, 18, 0x2f270345],
  ["text", 100, 59, 0x21d5088b],
  ["text", 576, 121, 0xf6108df9],
  ["text", 1392, 179, 0xd93ed7c3],
  ["text", 4096, 324, 0xc4dc6fb2],
  ["periodic", 16, 19, 0xe5ca8960],
  ["periodic", 100, 39, 0x9818085c],
  ["periodic", 576, 57, 0x42ab68b6],
  ["periodic", 1392, 65, 0x1be5da78],
  ["periodic", 4096, 77, 0xd055b659],
  ["skewed", 16, 18, 0x82659b32],
  ["skewed", 100, 104, 0x4d4919c2],
  ["skewed", 576, 586, 0x8caf8531],
  ["skewed", 1392, 1394, 0x3af60aba],
  ["skewed", 4096, 4082, 0xba490883]
]

/** Garbage, limit, what it is taken for: bytes, or their number and CRC-32. */
const garbage: ReadonlyArray<readonly [string, number, string | readonly [number, number]]> = [
  ["ffffffff", 4092, "00"],
  ["ff", 4092, ""],
  ["01", 4092, ""],
  ["0102030405060708", 4092, [170, 0x260d91c7]],
  ["80808080", 4092, [170, 0x3d5d1ac8]],
  ["deadbeef", 16, ""],
  ["6874", 4092, [170, 0x42554c41]],
  ["fedcba9876543210", 4092, "fede0577158d08015100000000000000000100000000"],
  ["7f7f7f7f7f7f7f7f", 4092, [74, 0x368ddc03]],
  ["00ff00ff00ff00ff", 4092, "00"],
  ["000000ffffff", 4092, ""]
]

describe("13.76 the range coder", () => {
  it("13.76 gives the bytes of the C library", () => {
    for (const [plain, packed] of small) {
      expect(toHex(compress(fromHex(plain)))).toBe(packed)
      expect(toHex(decompress(fromHex(packed)))).toBe(plain)
    }
  })

  for (const [kind, length, packed, crc] of large) {
    it(`13.76 gives the bytes of the C library for ${length} bytes, ${kind}`, () => {
      const plain = input(kind, length)
      const result = compress(plain)
      expect([result.length, Crc32.crc32(result)]).toEqual([packed, crc])
      expect(decompress(result)).toEqual(plain)
    })
  }

  it("13.76 a round trip gives back 0 to 4096 bytes of every kind", { timeout: 60_000 }, () => {
    for (const kind of kinds) {
      const plain = input(kind, 4096)
      for (let length = 0; length <= 4096; length += length < 300 ? 1 : 59) {
        const part = plain.subarray(0, length)
        const packed = compress(part)
        if (toHex(decompress(packed)) !== toHex(part)) throw new Error(`${length} bytes, ${kind}, come back different`)
      }
    }
  })

  it("13.76 no call depends on an earlier one, not even on one that was refused", () => {
    const fresh = RangeCoder.make()
    const plain = input("text", 700)
    const packed = compress(plain)
    const output = new Uint8Array(8192)
    expect(fresh.compress(input("random", 4096), output.subarray(0, 900))).toBe(0)
    expect(fresh.decompress(input("random", 500), output.subarray(0, 40))).toBe(0)
    expect(output.slice(0, fresh.compress(plain, output))).toEqual(packed)
    expect(output.slice(0, fresh.decompress(packed, output))).toEqual(plain)
  })
})

describe("13.77 the model of the range coder", () => {
  it("13.77 starts again when its records are used up, which random bytes do", () => {
    // three records for each byte, as nothing comes twice: some 1365 bytes fill it
    for (const length of [1360, 1366, 1372, 2732, 4096]) {
      const plain = input("random", length)
      expect(decompress(compress(plain))).toEqual(plain)
    }
  })

  it("13.77 halves its frequencies, which equal bytes do again and again", () => {
    // a byte's frequency grows by 2 or 3 each time, up to about 250
    for (const length of [80, 84, 85, 125, 126, 127, 128, 250, 4096]) {
      const plain = input("constant", length)
      expect(decompress(compress(plain))).toEqual(plain)
    }
    expect(compress(input("constant", 4096)).length).toBe(12)
  })
})

describe("13.78 the decoder", () => {
  const plain = input("text", 300)
  const packed = compress(plain)

  it("13.78 gives 0 when there is more than the limit", () => {
    expect(decompress(packed, 300)).toEqual(plain)
    for (const limit of [299, 100, 1, 0]) expect(decompress(packed, limit).length).toBe(0)
  })

  it("13.78 gives 0 for empty input, and for zeros, the end mark", () => {
    for (const length of [0, 1, 4, 100]) expect(decompress(new Uint8Array(length)).length).toBe(0)
  })

  it("13.78 takes garbage for what the C library takes it for", () => {
    for (const [bytes, limit, expected] of garbage) {
      const result = decompress(fromHex(bytes), limit)
      if (typeof expected === "string") expect(toHex(result)).toBe(expected)
      else expect([result.length, Crc32.crc32(result)]).toEqual(expected)
    }
  })

  it("13.78 never writes behind its limit and always ends", { timeout: 60_000 }, () => {
    const { bytes, integer } = random(76)
    const output = new Uint8Array(5000)
    for (let i = 0; i < 5000; i++) {
      const limit = integer(4097)
      output.fill(0xee)
      const length = coder.decompress(bytes(integer(300)), output.subarray(0, limit))
      if (length < 0 || length > limit) throw new Error(`${length} bytes for a limit of ${limit}`)
      if (output.subarray(limit).some((byte) => byte !== 0xee)) throw new Error(`wrote behind ${limit}`)
    }
  })
})

describe("the encoder", () => {
  it("gives 0 for nothing, and when the result does not fit", () => {
    expect(compress(new Uint8Array(0)).length).toBe(0)
    const plain = input("skewed", 200)
    const { length } = compress(plain)
    expect(compress(plain, length).length).toBe(length)
    for (const limit of [length - 1, length >>> 1, 1, 0]) expect(compress(plain, limit).length).toBe(0)
  })
})
