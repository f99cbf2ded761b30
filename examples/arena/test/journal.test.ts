import type { NetworkEmulator } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import * as Journal from "./Journal.ts"

/** A datagram that says goodbye to slot 1. */
const farewell = Uint8Array.from([0x80, 1, 0, 0, 0x84, 0xff, 0, 5, 0, 0, 0, 7])

describe("the journal of a match", () => {
  it("tells the game and the network in one timeline, with names", () => {
    let now = 0
    const journal = Journal.make(() => now)
    const record = (id: number, fate: NetworkEmulator.PacketRecord["fate"]): NetworkEmulator.PacketRecord => ({
      id,
      time: now,
      fate,
      from: "10.0.0.10:49152",
      to: "10.0.0.1:7777",
      bytes: farewell
    })
    journal.place("10.0.0.1", "server")
    journal.place("10.0.0.10", "Ada")
    journal.introduce(1, "Ada")
    now = 1500
    journal.game(`Ada hears that ${journal.tell({ _tag: "Collected", id: 1, tick: 44 })}`)
    now = 1516
    journal.network(record(7, "sent"))
    journal.network(record(7, "lost"))
    journal.game(`Bob hears that ${journal.tell({ _tag: "Collected", id: 2, tick: 44 })}`)
    expect(journal.text().split("\n")).toEqual([
      "the last 25 things of the game and the last 25 of the network (channels: 0 lobby, 1 input, 2 snapshot, 3 news)",
      "",
      "     1.500  game  Ada hears that Ada has collected a gem in tick 44",
      "     1.516  net   #7      Ada      > server        sent                 12 B to slot 1/0 @0: DISCONNECT #5 data 7",
      "     1.516  net   #7      Ada      > server        LOST",
      "     1.516  game  Bob hears that player 2 has collected a gem in tick 44"
    ])
  })

  it("keeps the last of each, however much happens", () => {
    const journal = Journal.make(() => 0)
    for (let i = 0; i < 10_000; i++) journal.game(`line ${i}`)
    const lines = journal.text().split("\n")
    expect(lines).toHaveLength(27)
    expect(lines.at(-1)).toMatch(/line 9999$/)
  })
})
