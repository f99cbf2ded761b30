import { Checksum } from "@effect-enet/core"
import { Crc32 } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { randomBytes } from "./utils/hosts.ts"

describe("Crc32", () => {
  it("is the checksum of the core, for every length", () => {
    const bytes = randomBytes(4096)
    for (let length = 0; length <= bytes.length; length += length < 700 ? 1 : 97) {
      const part = bytes.subarray(0, length)
      if (Crc32.crc32(part) !== Checksum.crc32(part)) throw new Error(`differs for ${length} bytes`)
    }
  })

  it.effect("is what its layer provides", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Checksum.Checksum, Crc32.crc32)
    }).pipe(Effect.provide(Crc32.layer)))
})
