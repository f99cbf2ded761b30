import { describe, expect, it } from "@effect/vitest"
import { runSeed } from "../../simulation/Swarm.ts"

const report = (seed: number) => {
  const { timeline, violation } = runSeed(seed)
  return violation === undefined ? undefined : `${timeline}\nseed ${seed}: ${violation.invariant}: ${violation.detail}`
}

describe("swarm simulation", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i holds every invariant", (seed) => {
    expect(report(seed)).toBeUndefined()
  }, 60_000)

  it.each([
    { seed: 31, schedule: "orderly" },
    { seed: 32, schedule: "drawn" }
  ])("seed $seed replays to the last byte", ({ seed }) => {
    const first = runSeed(seed, { hours: 0.004, timeline: Infinity })
    const again = runSeed(seed, { hours: 0.004, timeline: Infinity })
    expect(first.timeline.length).toBeGreaterThan(10_000)
    expect(again.timeline).toBe(first.timeline)
    expect({ ...again, timeline: "" }).toEqual({ ...first, timeline: "" })
  }, 60_000)

  it("another seed does something else", () => {
    const timelines = [31, 33].map((seed) => runSeed(seed, { hours: 0.001, timeline: Infinity }).timeline)
    expect(timelines[0]).not.toBe(timelines[1])
  }, 60_000)
})
