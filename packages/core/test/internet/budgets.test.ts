import type { Address, Host } from "@effect-enet/core/protocol"
import { ReasonCode } from "@effect-enet/core/ReasonCode"
import { describe, expect, it } from "@effect/vitest"
import { defaultBudgets } from "../../src/protocol/Budgets.ts"
import { Rig, serverRig } from "../protocol/Rig.ts"
import { datagram, fragment, ping, reliable, unreliableFragment } from "../protocol/segments.ts"

type Limits = Partial<NonNullable<Host.Settings["budgets"]>>

const limited = (limits: Limits, settings: Partial<Host.Settings> = {}) =>
  serverRig({ settings: { ...settings, budgets: { ...defaultBudgets, ...limits } } })

const bytes = (length: number) => new Uint8Array(length)

/** Fragment `number` of a reliable packet of 1,000 fragments of 1,000 bytes. */
const piece = (number: number, start = 1, count = 1000) =>
  fragment(0, { start, count, number, total: count * 1000, offset: number * 1000, payload: bytes(1000) })

describe("fragments of packets that are never completed", () => {
  it("are paid for when they arrive, not when they are promised", () => {
    const rig = limited({ reassemblyPerPeer: 5000 })
    rig.receive(piece(0))
    expect(rig.peer).toMatchObject({ totalWaitingData: 1_000_000, reassembling: 1000 })
    expect(rig.stateName).toBe("Connected")
  })

  it("end the connection with a reason when one peer sends too many", () => {
    const rig = limited({ reassemblyPerPeer: 5000 })
    for (let i = 0; i < 6; i++) rig.receive(piece(i))
    expect(rig.stateName).toBe("Connected")
    const sent = rig.apply({
      _tag: "Datagram",
      address: rig.peer.link.address,
      bytes: datagram({ peerID: 0, sentTime: rig.now }, [piece(6)])
    })
    expect(sent[0]?.commands).toMatchObject([{ _tag: "Disconnect", flags: 0x40, data: ReasonCode.BudgetExceeded }])
    expect(rig.lines()).toEqual([`Disconnect ${ReasonCode.BudgetExceeded} BudgetExceeded`])
    expect(rig.state.dropped).toEqual({ BudgetExceeded: 1 })
    expect(rig.state.memory).toBe(0)
  })

  it("of a reliable packet end the connection after a time without another one", () => {
    const rig = limited({ reassemblyTimeout: 5000 })
    rig.receive(piece(0))
    rig.acknowledge(...rig.pass(4000))
    rig.receive(piece(1))
    for (let i = 0; i < 9; i++) rig.acknowledge(...rig.pass(500))
    expect(rig.stateName).toBe("Connected")
    for (let i = 0; i < 2; i++) rig.acknowledge(...rig.pass(500))
    expect(rig.lines()).toEqual([`Disconnect ${ReasonCode.BudgetExceeded} BudgetExceeded`])
  })

  it("of an unreliable packet are forgotten then, and what comes later is delivered", () => {
    const rig = limited({ reassemblyTimeout: 5000 })
    rig.receive(
      unreliableFragment(0, 0, { start: 1, count: 3, number: 0, total: 3000, offset: 0, payload: bytes(1000) })
    )
    expect(rig.peer).toMatchObject({ reassembling: 1000, incompleteLength: 3000 })
    for (let i = 0; i < 12; i++) rig.acknowledge(...rig.pass(500))
    expect(rig.stateName).toBe("Connected")
    expect(rig.peer).toMatchObject({ reassembling: 0, incompleteLength: 0, totalWaitingData: 0, waitingOverhead: 0 })
    rig.receive(reliable(0, 1, "hello"))
    expect(rig.lines()).toEqual(["Receive 0 hello"])
  })

  it("from 100 peers stay within the host's memory, and an honest peer's packets still arrive", () => {
    const limit = 2_000_000
    const rig = new Rig({ maxPeers: 200, budgets: { ...defaultBudgets, memoryPerHost: limit } })
    const addressOf = (index: number): Address => ({ host: `10.0.${index}.1`, port: 9000 })
    const refs = Array.from(
      { length: 101 },
      (_, index) => rig.join({ connectID: index + 1 }, { from: addressOf(index) })
    )
    rig.lines()
    const [honest, ...bombers] = refs
    let most = 0
    let delivered = 0
    for (let round = 0; round < 400; round++) {
      for (const { slot } of bombers) {
        const bomb = datagram({ peerID: slot, sessionID: 0, sentTime: rig.now }, [piece(round % 1000)])
        rig.outputs({ _tag: "Datagram", address: addressOf(slot), bytes: bomb })
        most = Math.max(most, rig.state.memory)
      }
      const packet = datagram({ peerID: honest!.slot, sessionID: 0, sentTime: rig.now }, [reliable(0, round + 1, "x")])
      const { events } = rig.outputs({ _tag: "Datagram", address: addressOf(0), bytes: packet }, { _tag: "Dispatch" })
      delivered += events.filter(({ _tag }) => _tag === "Receive").length
    }
    expect(most).toBeGreaterThan(limit * 0.45)
    expect(most).toBeLessThanOrEqual(limit)
    expect(delivered).toBe(400)
    // who hoards more than its share is gone
    expect(rig.state.connectedPeers).toBeLessThan(100)
    expect(rig.state.peers.get(honest!.slot)).toMatchObject({ state: 5 })
  })
})

describe("what waits for the application", () => {
  it("is refused, not lost, when the host's memory is used up; nobody is disconnected for it", () => {
    const rig = limited({ memoryPerHost: 100_000 })
    rig.options = { eventSlots: 0 }
    let taken = 0
    for (let number = 1; number <= 200; number++) {
      rig.receive(reliable(0, number, bytes(1000)))
      taken = rig.peer.dispatched.size
    }
    expect(rig.stateName).toBe("Connected")
    // one half; the other is kept for others
    expect(taken).toBeGreaterThan(40)
    expect(rig.state.memory).toBeLessThanOrEqual(50_500)
    expect(rig.state.dropped).toEqual({ BudgetExceeded: 200 - taken })
    rig.options = {}
    expect(rig.lines().length).toBe(taken)
    rig.receive(reliable(0, taken + 1, "again"))
    expect(rig.lines()).toEqual(["Receive 0 again"])
  })
})

describe("acknowledgements that wait to be sent", () => {
  it("are limited; a command that is not acknowledged comes again", () => {
    const rig = limited({ acknowledgementsPerPeer: 100 })
    rig.receive(Array.from({ length: 150 }, (_, index) => ping(index + 2)))
    expect(rig.peer.acknowledgements.size).toBe(100)
    expect(rig.state.dropped).toEqual({ BudgetExceeded: 50 })
    expect(rig.service().flatMap(({ commands }) => commands).length).toBe(100)
  })
})

describe("packets that wait to be sent", () => {
  it("by broadcast end the connection to a peer that does not take them in", () => {
    const rig = limited({ queuedPerPeer: 50_000 })
    const packet = { payload: bytes(1000), flags: 1 }
    for (let i = 0; i < 50; i++) rig.apply({ _tag: "Broadcast", channelID: 0, packet })
    expect(rig.stateName).toBe("Connected")
    rig.apply({ _tag: "Broadcast", channelID: 0, packet })
    expect(rig.lines()).toEqual([`Disconnect ${ReasonCode.BudgetExceeded} BudgetExceeded`])
  })
})

describe("datagrams of a peer that make no sense", () => {
  it("end the connection when there are too many", () => {
    const rig = limited({ malformedPerPeer: 10 })
    const noise = Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff)
    for (let i = 0; i < 9; i++) rig.receiveBytes(noise)
    expect(rig.stateName).toBe("Connected")
    rig.apply({ _tag: "Datagram", address: rig.peer.link.address, bytes: noise })
    expect(rig.lines()).toEqual([`Disconnect ${ReasonCode.ProtocolViolation} ProtocolViolation`])
    expect(rig.state.dropped).toEqual({ Malformed: 10 })
  })
})

describe("packets that come in the worst order", () => {
  it("are searched a place for so long, and then the rest of the datagram is refused", () => {
    const rig = limited({ workPerDatagram: 1000 })
    const backwards = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => reliable(0, from - index, ""))
    rig.receive(backwards(500, 40))
    expect(rig.peer.channel(0).incomingReliable.size).toBe(40)
    // 40 + 41 + 42 + ... items are passed
    rig.receive(backwards(400, 40))
    const taken = rig.peer.channel(0).incomingReliable.size - 40
    expect(taken).toBeGreaterThan(15)
    expect(taken).toBeLessThan(25)
    expect(rig.state.dropped).toEqual({ BudgetExceeded: 1 })
    expect(rig.service().flatMap(({ commands }) => commands).length).toBe(40 + taken)
    expect(rig.stateName).toBe("Connected")
  })
})
