import { FastLz } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { random } from "../protocol/random.ts"
import { input, kinds } from "./codecInputs.ts"
import { fromHex, toHex } from "./samples.ts"

const coder = FastLz.make()

const compress = (bytes: Uint8Array, limit = 8192): Uint8Array => {
  const output = new Uint8Array(limit)
  return output.slice(0, coder.compress(bytes, output))
}

const decompress = (bytes: Uint8Array, limit = 4092): Uint8Array => {
  const output = new Uint8Array(limit)
  return output.slice(0, FastLz.decompress(bytes, output))
}

/** A block in words: pieces of hexadecimal, and what comes out. */
const reads = (block: string, plain: string) =>
  expect(toHex(decompress(fromHex(block)))).toBe(plain.replaceAll(" ", ""))

const refuses = (block: string, limit = 4092) => expect(decompress(fromHex(block), limit).length).toBe(0)

describe("FastLZ, reading", () => {
  it("literals", () => {
    reads("00 61", "61")
    reads("02 616263", "616263")
    reads(`1f ${"41".repeat(32)} 00 42`, `${"41".repeat(32)} 42`)
  })

  it("Godot's block of 16 zeros, which is also what it makes of fewer", () => {
    reads("01 00 00 e0 02 01 02 00 00 00", "00".repeat(16))
  })

  it("matches of level 1: short, long, overlapping", () => {
    reads("02 616263 20 02 00 21", "616263 616263 21")
    reads("00 61 c0 00 00 62", `61 ${"61".repeat(8)} 62`)
    reads("01 6162 e0 00 01 00 63", `6162 ${"6162".repeat(4)}61 63`)
    reads("00 61 e0 ff 00 00 62", `61 ${"61".repeat(264)} 62`)
  })

  it("distances of level 1, up to 8192", () => {
    const start = input("random", 8192)
    const literals: Array<number> = []
    for (let at = 0; at < start.length; at += 32) literals.push(31, ...start.subarray(at, at + 32))
    const plain = new Uint8Array(9000)
    const length = FastLz.decompress(Uint8Array.of(...literals, 0x3f, 0xff, 0, 9), plain)
    expect(plain.slice(8192, length)).toEqual(Uint8Array.of(...start.subarray(0, 3), 9))
  })

  it("a single byte at the end of a block of level 1 is ignored", () => {
    reads("00 61 ff", "61")
    reads("00 61 20", "61")
  })

  it("level 2: the flag, lengths without end, far distances", () => {
    reads("20 61", "61")
    reads("20 61 e0 05 00 00 62", `61 ${"61".repeat(14)} 62`)
    expect(decompress(fromHex("20 61 e0 ff ff 02 00 00 62")).length).toBe(1 + 9 + 255 + 255 + 2 + 1)
    // the nearest far distance is 8192: as many literals and one, then three bytes from the second on
    const start = input("random", 8193)
    const literals: Array<number> = []
    for (let at = 0; at < start.length; at += 32) {
      const run = start.subarray(at, at + 32)
      literals.push(run.length - 1, ...run)
    }
    literals[0]! |= 0x20
    const plain = new Uint8Array(9000)
    const length = FastLz.decompress(Uint8Array.of(...literals, 0x3f, 0xff, 0, 0, 0, 9), plain)
    expect(length).toBe(8193 + 3 + 1)
    expect(plain.slice(8193, length)).toEqual(Uint8Array.of(...start.subarray(1, 4), 9))
  })

  it("refuses what is malformed", () => {
    refuses("") // empty
    refuses("40 61") // level 3
    refuses("e0 61")
    refuses("01 61") // literals pass the end
    refuses("00 61 20 01 00 62") // a match from before the start
    refuses("00 61 e0 05") // a length and no distance
    refuses("20 61 e0 ff 00") // level 2: a length that goes on, and nothing behind it
    refuses("20 61 3f ff 00 00") // level 2: a far distance at the very end
  })

  it("refuses what does not fit, exactly", () => {
    const block = "02 616263 20 02 00 21"
    expect(decompress(fromHex(block), 7).length).toBe(7)
    for (const limit of [6, 5, 3, 2, 0]) refuses(block, limit)
    const bomb = Uint8Array.of(0, 0x61, ...Array.from({ length: 1000 }, () => [0xe0, 0xff, 0]).flat())
    expect(decompress(bomb).length).toBe(0)
  })

  it("never writes behind its limit and always ends", { timeout: 60_000 }, () => {
    const { bytes, integer } = random(77)
    const output = new Uint8Array(5000)
    for (let i = 0; i < 20_000; i++) {
      const limit = integer(4097)
      const block = bytes(integer(100))
      if (block.length > 0) block[0]! &= 0x3f
      output.fill(0xee, limit, limit + 300)
      const length = FastLz.decompress(block, output.subarray(0, limit))
      if (length < 0 || length > limit) throw new Error(`${length} bytes for a limit of ${limit}`)
      if (output.subarray(limit, limit + 300).some((byte) => byte !== 0xee)) throw new Error(`wrote behind ${limit}`)
    }
  })
})

describe("FastLZ, writing", () => {
  it("gives back 0 to 4096 bytes of every kind", { timeout: 60_000 }, () => {
    for (const kind of kinds) {
      const plain = input(kind, 4096)
      for (let length = 1; length <= 4096; length += length < 300 ? 1 : 59) {
        const part = plain.subarray(0, length)
        if (toHex(decompress(compress(part), 4096)) !== toHex(part)) throw new Error(`${length} bytes, ${kind}`)
      }
    }
  })

  it("writes blocks of level 1 that start and end with literals", () => {
    expect(toHex(compress(new Uint8Array(16)))).toBe("0000e00400010000")
    for (const kind of kinds) expect(compress(input(kind, 500))[0]! >>> 5).toBe(0)
  })

  it("makes repetition small, and noise a little larger", () => {
    expect(compress(input("constant", 4096)).length).toBe(53)
    expect(compress(input("text", 1392)).length).toBeLessThan(140)
    expect(compress(input("random", 1024)).length).toBe(1024 + 32)
  })

  it("gives 0 for nothing, and when the result does not fit", () => {
    expect(compress(new Uint8Array(0)).length).toBe(0)
    const plain = input("text", 300)
    const { length } = compress(plain)
    expect(compress(plain, length).length).toBe(length)
    for (const limit of [length - 1, length >>> 1, 1, 0]) expect(compress(plain, limit).length).toBe(0)
  })

  it("does not find what an earlier datagram had", () => {
    const fresh = FastLz.make()
    const output = new Uint8Array(8192)
    const plain = input("random", 600)
    const first = output.slice(0, fresh.compress(plain, output))
    expect(output.slice(0, fresh.compress(plain, output))).toEqual(first)
  })
})
