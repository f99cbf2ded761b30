import { SeededRandom } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Random } from "effect"

const make = (seed: number) => new SeededRandom.SeededRandom(seed)
const draw = (random: SeededRandom.SeededRandom, count: number) => Array.from({ length: count }, () => random.word())

describe("SeededRandom", () => {
  it("gives the same numbers for the same seed, today and always", () => {
    expect(draw(make(1), 100)).toEqual(draw(make(1), 100))
    expect(draw(make(1), 3)).toEqual([573_063_952, 3_268_221_502, 703_077_755])
  })

  it("gives other numbers for another seed", () => {
    expect(draw(make(1), 10)).not.toEqual(draw(make(2), 10))
    expect(draw(make(1), 10)).not.toEqual(draw(make(0x100000001), 10))
  })

  it("a fork depends on the seed and its name, not on what was drawn", () => {
    const random = make(7)
    const before = draw(random.fork("a"), 10)
    draw(random, 5)
    expect(draw(random.fork("a"), 10)).toEqual(before)
    expect(draw(random.fork("b"), 10)).not.toEqual(before)
  })

  it("is spread evenly", () => {
    const random = make(3)
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i++) counts[random.integer(0, 9)]!++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400)
    let hits = 0
    for (let i = 0; i < 100_000; i++) if (random.chance(0.03)) hits++
    expect(Math.abs(hits - 3_000)).toBeLessThan(250)
  })

  it("stays within the limits", () => {
    const random = make(4)
    const drawn = Array.from({ length: 1_000 }, () => random.integer(-2, 2))
    expect(new Set(drawn)).toEqual(new Set([-2, -1, 0, 1, 2]))
    expect(random.chance(0)).toBe(false)
    expect(random.chance(1)).toBe(true)
    expect(random.bytes(33)).toHaveLength(33)
    expect(["x", "y"]).toContain(random.pick(["x", "y"]))
  })

  it.effect("is a Random of Effect", () =>
    Effect.gen(function*() {
      const some = Effect.all([Random.next, Random.nextIntBetween(1, 6), Random.nextInt])
      const first = yield* Effect.provideService(some, Random.Random, make(5))
      expect(yield* Effect.provideService(some, Random.Random, make(5))).toEqual(first)
      expect(first[0]).toBeLessThan(1)
      expect(Number.isSafeInteger(first[2])).toBe(true)
    }))
})
