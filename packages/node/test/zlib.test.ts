import type { Compressor } from "@effect-enet/core"
import { Zlib } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as NodeZlib from "node:zlib"
import { packedBy, roundTrips, text, unpackedBy } from "./utils/codecs.ts"

const zlib = Effect.runSync(Zlib.make())

const reads = (block: Uint8Array, limit?: number) => unpackedBy(zlib, block, limit)

describe("Zlib", () => {
  it("gives back 0 to 4092 bytes of every kind", () => roundTrips(zlib))

  it("writes a zlib stream at the default level, which Godot does as well", () => {
    const block = packedBy(zlib, text)
    assert.deepStrictEqual([block[0], block[1]], [0x78, 0x9c])
    assert.deepStrictEqual(new Uint8Array(NodeZlib.inflateSync(block)), text)
  })

  it("reads every level, stored blocks, small windows, and ignores what follows the stream", () => {
    for (const options of [{ level: 0 }, { level: 1 }, { level: 9 }, { windowBits: 9 }]) {
      const block = NodeZlib.deflateSync(text, options)
      assert.deepStrictEqual(reads(block), text)
      assert.deepStrictEqual(reads(Uint8Array.of(...block, 1, 2, 3)), text)
    }
  })

  it("refuses raw deflate, gzip, a dictionary, a wrong check sum, a stream that is cut off, noise and nothing", () => {
    const block = NodeZlib.deflateSync(text)
    const wrong = block.slice()
    wrong[wrong.length - 1]! ^= 1
    const blocks = [
      NodeZlib.deflateRawSync(text),
      NodeZlib.gzipSync(text),
      NodeZlib.deflateSync(text, { dictionary: text }),
      wrong,
      block.subarray(0, -1),
      block.subarray(0, 2),
      Uint8Array.of(0x78, 0x9c, 1, 2, 3, 4, 5, 6, 7, 8),
      Uint8Array.of(0x78),
      new Uint8Array(0)
    ]
    for (const refused of blocks) assert.strictEqual(reads(refused).length, 0)
  })

  it("takes what fits exactly, and refuses one byte more, and bombs", () => {
    for (const length of [1, 63, 64, 4092]) {
      const block = NodeZlib.deflateSync(new Uint8Array(length))
      assert.strictEqual(reads(block, length).length, length)
      assert.strictEqual(reads(block, length - 1).length, 0)
    }
    const bomb = NodeZlib.deflateSync(new Uint8Array(4_000_000))
    assert.isBelow(bomb.length, 4096)
    assert.strictEqual(reads(bomb).length, 0)
  })

  it("gives 0 when the result does not fit", () => {
    const { length } = packedBy(zlib, text)
    assert.strictEqual(packedBy(zlib, text, length).length, length)
    assert.strictEqual(packedBy(zlib, text, length - 1).length, 0)
  })

  it.effect("has levels, and an error for others", () =>
    Effect.gen(function*() {
      const sizes: Array<number> = []
      for (const level of [0, 1, 9]) {
        const coder: Compressor.Compressor = yield* Zlib.make({ level })
        sizes.push(packedBy(coder, text).length)
      }
      assert.deepStrictEqual(sizes, sizes.toSorted((a, b) => b - a))
      const { reason } = yield* Effect.flip(Zlib.make({ level: 10 }))
      assert.strictEqual(reason.message, "level must be an integer from 0 to 9, got 10")
    }))
})
