import { SeededRandom } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { runFuzz } from "../../simulation/Fuzz.ts"
import { hostile } from "../../simulation/Mutations.ts"

describe("a host under attack", () => {
  it.each([1, 2, 3, 4])("survives with seed %i, and its other connections work", (seed) => {
    const { dropped, echoes, timeline, violation } = runFuzz(seed, 3_000)
    expect(violation === undefined ? undefined : `${timeline}\n${violation.invariant}: ${violation.detail}`)
      .toBeUndefined()
    expect(echoes).toBeGreaterThan(2)
    // the attack reaches all of the way in
    for (const reason of ["Malformed", "Unacceptable", "WrongAddress", "WrongSession", "UnknownPeer"]) {
      expect(dropped[reason], reason).toBeGreaterThan(0)
    }
  }, 60_000)

  it("the same seed makes the same datagrams", () => {
    const target = { peerID: 0, sessionID: 1, connectID: 7, checksum: true, now: 5_000 }
    const corpus = [Uint8Array.of(0x80, 0, 0, 1, 5, 0xff, 0, 2)]
    const some = () => {
      const random = new SeededRandom.SeededRandom(9)
      return Array.from({ length: 500 }, () => hostile(random, target, corpus))
    }
    expect(some()).toEqual(some())
  })
})
