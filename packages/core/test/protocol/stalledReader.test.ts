import { describe, expect, it } from "@effect/vitest"
import { connectedPair } from "./Pair.ts"
import { Rig } from "./Rig.ts"
import { reliable } from "./segments.ts"

const LIMIT = 65_536

/** A server whose application does not read; the client sends `count` packets of `size` bytes. */
const stalled = (count: number, size: number) => {
  const pair = connectedPair({ server: { maximumWaitingData: LIMIT } })
  pair.server.apply([{ _tag: "Hold", peer: pair.toClient, held: true }])
  // by default ENet gives up on a packet after 5 to 30 seconds
  pair.client.apply([{ _tag: "Timeout", peer: pair.toServer, limit: 32, minimum: 600_000, maximum: 600_000 }])
  for (let i = 0; i < count; i++) pair.client.send(pair.toServer, 0, new Uint8Array(size).fill(i))
  return pair
}

const readAll = (pair: ReturnType<typeof stalled>, count: number): Array<number> => {
  const seen: Array<number> = []
  for (let round = 0; round < 1000 && seen.length < count; round++) {
    pair.server.apply([{ _tag: "Receive", peer: pair.toClient, packets: 100, bytes: 100_000 }])
    for (const event of pair.server.takeEvents()) if (event._tag === "Receive") seen.push(event.payload[0] ?? -1)
    pair.network.pass(500, { step: 50 })
  }
  return seen
}

describe("a reader that does not read", () => {
  it("is waited for as long as the sender's timeout allows, within the limit of waiting data", () => {
    const pair = stalled(250, 1000)
    let most = 0
    for (let second = 0; second < 120; second++) {
      pair.network.pass(1000, { step: 50 })
      most = Math.max(most, pair.server.peer(pair.toClient).totalWaitingData)
    }
    expect(pair.client.takeEvents()).toEqual([])
    expect(most).toBeLessThan(LIMIT + 1000)
    expect(readAll(pair, 250)).toEqual(Array.from({ length: 250 }, (_, i) => i))
  })

  it("loses nothing when the packet that others wait for is lost again and again", () => {
    const pair = stalled(250, 1000)
    let dropped = 0
    const keep = () => dropped++ % 7 !== 3
    for (let second = 0; second < 100; second++) pair.network.pass(1000, { step: 50, keep })
    expect(pair.client.takeEvents()).toEqual([])
    expect(readAll(pair, 250)).toEqual(Array.from({ length: 250 }, (_, i) => i))
  })

  it("lets a sender whose first packet is lost fill the gap, although later ones have used up the limit", () => {
    const pair = connectedPair({ server: { maximumWaitingData: 4000 } })
    let first = true
    for (let i = 0; i < 30; i++) pair.client.send(pair.toServer, 0, new Uint8Array(1000).fill(i))
    const keep = () => {
      const lost = first
      first = false
      return !lost
    }
    pair.network.pass(60_000, { step: 20, keep })
    const seen = pair.server.takeEvents().map((event) => event._tag === "Receive" ? event.payload[0] : event._tag)
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i))
    expect(pair.client.takeEvents()).toEqual([])
  })
})

describe("with an application that takes no events", () => {
  const comeAndGo = (rig: Rig, count: number, meanwhile: () => void) => {
    for (let i = 0; i < count; i++) {
      const peer = rig.join({ connectID: i })
      meanwhile()
      rig.apply({ _tag: "Reset", peer })
    }
  }

  it("connections that come and go leave nothing to be announced, and the others are announced in their order", () => {
    const rig = new Rig()
    rig.options = { eventSlots: 0 }
    const waiting = [0, 1, 2].map((id) => {
      const ref = rig.join({ connectID: 100_000 + id })
      comeAndGo(rig, 5000, () => {})
      return ref
    })
    expect(rig.state.announcements.size).toBeLessThanOrEqual(8192)
    rig.options = {}
    const { events } = rig.outputs({ _tag: "Dispatch" })
    expect(events).toEqual(waiting.map((peer) => ({ _tag: "Connect", peer, data: 0 })))
  })

  it("connections that bring packets, come and go leave nothing to be dispatched", () => {
    const rig = new Rig()
    const staying = rig.join()
    rig.receive(reliable(0, 1, "stays"))
    comeAndGo(rig, 12_000, () => rig.receive(reliable(0, 1, "goes")))
    expect(rig.state.dispatchQueue.size).toBeLessThanOrEqual(8192)
    const { events } = rig.outputs({ _tag: "Dispatch" })
    expect(events.filter(({ _tag }) => _tag === "Receive")).toMatchObject([{ peer: staying }])
  })
})
