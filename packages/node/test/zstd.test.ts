import { Zstd } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as NodeZlib from "node:zlib"
import { packedBy, roundTrips, text, unpackedBy } from "./utils/codecs.ts"

const zstd = Effect.runSync(Zstd.make())

const reads = (block: Uint8Array, limit?: number) => unpackedBy(zstd, block, limit)

const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** A frame of one stored block with a window of 2^`log` bytes and no content size. */
const frameWithWindow = (log: number, contents: Uint8Array): Uint8Array =>
  Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3, (contents.length << 3) | 1, 0, 0, ...contents)

const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3)

const hello = new TextEncoder().encode("hello")

describe("Zstd", () => {
  it("gives back 0 to 4092 bytes of every kind", () => roundTrips(zstd))

  it("writes a frame as Godot does: a single segment with its size, without checksum", () => {
    assert.strictEqual(Buffer.from(packedBy(zstd, text).subarray(0, 5)).toString("hex"), "28b52ffd60")
    assert.strictEqual(Buffer.from(packedBy(zstd, hello).subarray(0, 6)).toString("hex"), "28b52ffd2005")
  })

  it("reads every level, with and without checksum", () => {
    const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel, ZSTD_c_contentSizeFlag } = NodeZlib.constants
    for (const level of [1, 3, 19, 22]) {
      for (const flag of [0, 1]) {
        const params = {
          [ZSTD_c_compressionLevel]: level,
          [ZSTD_c_checksumFlag]: flag,
          [ZSTD_c_contentSizeFlag]: 1 - flag
        }
        assert.deepStrictEqual(reads(NodeZlib.zstdCompressSync(text, { params })), text)
      }
    }
  })

  it("reads several frames, and leaves out those to be skipped", () => {
    const block = NodeZlib.zstdCompressSync(hello)
    const twice = concat(hello, hello)
    assert.deepStrictEqual(reads(concat(block, block)), twice)
    assert.deepStrictEqual(reads(concat(skippable, block, skippable, block, skippable)), twice)
    assert.strictEqual(reads(concat(block, block), twice.length - 1).length, 0)
    assert.strictEqual(reads(skippable).length, 0)
    // each costs a context
    assert.strictEqual(reads(concat(...Array.from({ length: 5 }, () => block))).length, 0)
  })

  it("refuses anything behind a frame, frames that are cut off or damaged, noise and nothing", () => {
    const checked = NodeZlib.zstdCompressSync(text, { params: { [NodeZlib.constants.ZSTD_c_checksumFlag]: 1 } })
    const wrong = checked.slice()
    wrong[wrong.length - 1]! ^= 1
    const block = NodeZlib.zstdCompressSync(text)
    for (const refused of [concat(block, hello), concat(block, Uint8Array.of(0)), wrong, skippable.subarray(0, -1)]) {
      assert.strictEqual(reads(refused).length, 0)
    }
    for (let length = 0; length < block.length; length++) assert.strictEqual(reads(block.subarray(0, length)).length, 0)
    assert.strictEqual(reads(hello).length, 0)
    // a block of the reserved kind, and a block that never is the last
    assert.strictEqual(reads(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 7, 0, 0)).length, 0)
    assert.strictEqual(reads(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 0, 0, 0)).length, 0)
  })

  it("takes what fits exactly, and refuses one byte more, and bombs", () => {
    for (const length of [1, 63, 64, 4092]) {
      const block = NodeZlib.zstdCompressSync(new Uint8Array(length))
      assert.strictEqual(reads(block, length).length, length)
      assert.strictEqual(reads(block, length - 1).length, 0)
    }
    const bomb = NodeZlib.zstdCompressSync(new Uint8Array(64_000_000))
    assert.isBelow(bomb.length, 4096)
    assert.strictEqual(reads(bomb).length, 0)
  })

  it("gives a frame no more than 8 MiB of memory", () => {
    for (const log of [10, 17, 23]) assert.deepStrictEqual(reads(frameWithWindow(log, hello)), hello)
    for (const log of [24, 27, 31]) assert.strictEqual(reads(frameWithWindow(log, hello)).length, 0)
  })

  it("gives 0 when the result does not fit", () => {
    const { length } = packedBy(zstd, text)
    assert.strictEqual(packedBy(zstd, text, length).length, length)
    assert.strictEqual(packedBy(zstd, text, length - 1).length, 0)
  })

  it.effect("has levels, and an error for others", () =>
    Effect.gen(function*() {
      const coder = yield* Zstd.make({ level: 19 })
      assert.deepStrictEqual(unpackedBy(coder, packedBy(coder, text)), text)
      const { reason } = yield* Effect.flip(Zstd.make({ level: 23 }))
      assert.strictEqual(reason.message, "level must be an integer from 1 to 22, got 23")
    }))
})
