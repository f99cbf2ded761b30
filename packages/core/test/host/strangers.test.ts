import { describe, expect, it } from "@effect/vitest"
import { Strangers } from "../../src/internal/Strangers.ts"

const SECOND = 1e9

/** Batches of requests and other datagrams, all of which take their time; gives how many requests are taken in a second. */
const flood = (
  strangers: Strangers,
  from: number,
  { nanosEach, others = 0, perSecond }: { nanosEach: number; others?: number; perSecond: number }
): number => {
  const batch = 30
  let taken = 0
  for (let at = 0; at < perSecond; at += batch) {
    const start = from + (at * SECOND) / perSecond
    strangers.begin(start)
    let worked = others
    for (let i = 0; i < batch; i++) if (strangers.take()) worked++
    taken += worked - others
    if (strangers.hasTaken) strangers.end(start + worked * nanosEach, worked)
  }
  return taken
}

describe("requests for a connection", () => {
  it("are all looked at when that takes hardly any time, however many come", () => {
    const strangers = new Strangers()
    expect(flood(strangers, 0, { nanosEach: 0, perSecond: 300_000 })).toBe(300_000)
    expect(flood(strangers, SECOND, { nanosEach: 500, perSecond: 150_000 })).toBe(150_000)
    expect(strangers.turnedAway).toBe(0)
  })

  it("are all looked at up to 20,000 per second, however long that takes", () => {
    const strangers = new Strangers()
    for (let second = 0; second < 5; second++) {
      expect(flood(strangers, second * SECOND, { nanosEach: 40_000, perSecond: 20_010 })).toBe(20_010)
    }
  })

  it("do not take the time of everybody else when more come", () => {
    const strangers = new Strangers()
    flood(strangers, 0, { nanosEach: 10_000, perSecond: 150_000 })
    const turnedAway = strangers.turnedAway
    const taken = flood(strangers, SECOND, { nanosEach: 10_000, perSecond: 150_000 })
    expect(taken).toBeGreaterThan(20_000)
    expect(taken).toBeLessThan(25_000)
    expect(strangers.turnedAway - turnedAway).toBe(150_000 - taken)
  })

  it("do not pay for the datagrams beside them", () => {
    const strangers = new Strangers()
    expect(flood(strangers, 0, { nanosEach: 2000, others: 300, perSecond: 30_000 })).toBe(30_000)
  })

  it("are looked at again as soon as a flood is over", () => {
    const strangers = new Strangers()
    flood(strangers, 0, { nanosEach: 40_000, perSecond: 150_000 })
    const before = strangers.turnedAway
    expect(flood(strangers, 2 * SECOND, { nanosEach: 5000, perSecond: 3000 })).toBe(3000)
    expect(strangers.turnedAway).toBe(before)
  })
})
