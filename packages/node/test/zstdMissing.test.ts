import { Zstd } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type * as NodeZlib from "node:zlib"
import { vi } from "vitest"

vi.mock("node:zlib", async (original) => ({
  ...await original<typeof NodeZlib>(),
  zstdCompressSync: undefined,
  zstdDecompressSync: undefined
}))

describe("Zstd where node:zlib has none", () => {
  it.effect("fails with Unsupported", () =>
    Effect.gen(function*() {
      const { reason } = yield* Effect.flip(Effect.scoped(Layer.build(Zstd.layer)))
      assert.strictEqual(reason._tag, "Unsupported")
      assert.strictEqual(reason.message, "Zstandard is not supported here: Node has it since 22.15")
    }))
})
