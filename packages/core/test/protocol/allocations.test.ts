import { describe, expect, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const program = fileURLToPath(new URL("allocations.ts", import.meta.url))

/** Interpreted code on one thread allocates the same in every run. */
const FLAGS = [
  "--conditions=@effect-enet/source",
  "--expose-gc",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--single-threaded",
  "--min-semi-space-size=64",
  "--max-semi-space-size=64"
]

/**
 * Bytes per echoed message, about 3 % above what was measured: one more copy of an array of 64 entries in each step
 * exceeds them. Whoever makes `step` allocate less lowers them.
 */
const BOUND = { single: 12_500, batched: 6180 }

describe("what step allocates for a message that is echoed", { timeout: 120_000 }, () => {
  it("stays within its bound, with one message in each step and with 32", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, program])
    const { batched, single }: { readonly single: number; readonly batched: number } = JSON.parse(stdout)
    expect(single).toBeLessThanOrEqual(BOUND.single)
    expect(batched).toBeLessThanOrEqual(BOUND.batched)
    // far below it the bound says nothing
    expect(single).toBeGreaterThan(BOUND.single * 0.9)
    expect(batched).toBeGreaterThan(BOUND.batched * 0.9)
  })
})
