import type { Input } from "@effect-enet/core/protocol"
import type { Command } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { connectedPair } from "./Pair.ts"
import { serverRig } from "./Rig.ts"
import {
  ack,
  datagram,
  disconnect,
  fragment,
  payloadOf,
  piece,
  ping,
  reliable,
  unreliable,
  unreliableFragment
} from "./segments.ts"

const limited = (maximumWaitingData = 1000) => serverRig({ settings: { maximumWaitingData } })

describe("13.61 the limit of waiting data", () => {
  it("13.61 refuses without an acknowledgement, and hides the rest of the datagram", () => {
    const rig = limited()
    rig.receive([reliable(0, 2, 600), reliable(0, 3, 600), reliable(0, 4, 1), ping(9)])
    // the test precedes the addition: one packet may reach above the limit
    expect(rig.peer.totalWaitingData).toBe(1200)
    expect(rig.sends()).toEqual([[ack(2, rig.now, 0), ack(3, rig.now, 0)]])
    expect(rig.state.dropped).toEqual({ BudgetExceeded: 1 })
  })

  it("13.61 refuses packets of every kind", () => {
    for (
      const command of [
        // not the first of its channel, which is let through for the sake of those that wait for it
        reliable(1, 2, "x"),
        unreliable(1, 0, 1, "x", 0x80),
        fragment(1, piece("fragment", 4, 2, 0)),
        { ...unreliableFragment(1, 0, piece("fragment", 4, 1, 0)), flags: 0x80 }
      ]
    ) {
      const rig = limited()
      rig.receive(reliable(0, 2, 1000))
      rig.service()
      rig.receive(command)
      expect(rig.service()).toEqual([])
      expect(rig.lines()).toEqual([])
    }
  })

  it("13.61 still takes fragments of a group that was begun, and duplicates of what it has", () => {
    const rig = limited()
    rig.receive([fragment(0, piece("fragment", 4, 2, 0)), reliable(1, 2, 1000)])
    rig.service()
    rig.receive([fragment(0, piece("fragment", 4, 2, 1)), reliable(1, 2, 1000)])
    expect(rig.sends()).toEqual([[ack(3, rig.now, 0), ack(2, rig.now, 1)]])
  })

  it("13.61 counts a group as a whole from its first fragment", () => {
    const rig = limited()
    rig.receive(fragment(0, { start: 2, count: 2, number: 0, total: 1500, offset: 0, payload: 10 }))
    expect(rig.peer.totalWaitingData).toBe(1500)
    rig.receive(reliable(1, 2, "x"))
    expect(rig.lines()).toEqual([])
  })

  it("13.61 is lowered when the application takes packets", () => {
    const rig = limited()
    rig.apply({ _tag: "Hold", peer: rig.ref, held: true })
    rig.receive([reliable(0, 1, 600), reliable(0, 2, 600), reliable(0, 3, "x")])
    expect(rig.lines()).toEqual([])
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 1, bytes: 1 })
    expect(rig.peer.totalWaitingData).toBe(600)
    rig.service()
    rig.receive(reliable(0, 3, "x"))
    expect(rig.sends()).toEqual([[ack(3, rig.now, 0)]])
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 10, bytes: 1000 })
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })

  it("13.61 is lowered by what is discarded", () => {
    const rig = limited(100_000)
    // 50 evicted groups leave two
    for (let start = 1; start <= 52; start++) {
      rig.receive(unreliableFragment(0, 0, { start, count: 2, number: 0, total: 1000, offset: 0, payload: 10 }))
    }
    expect(rig.peer.totalWaitingData).toBe(2000)
    rig.receive(reliable(0, 1, "x"))
    rig.lines()
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })

  it("13.61 is lowered by a reset, and by the remote's DISCONNECT", () => {
    const rig = limited()
    rig.receive(reliable(0, 2, 1000))
    rig.apply({ _tag: "Reset", peer: rig.ref })
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
    const other = limited()
    other.receive([reliable(0, 1, 10), reliable(0, 3, 1000), disconnect(0, 2)])
    // what can still be delivered waits on
    expect(other.peer.totalWaitingData).toBe(10)
  })

  it("the sender keeps what was refused and sends it again", () => {
    const rig = limited()
    rig.apply({ _tag: "Hold", peer: rig.ref, held: true })
    rig.receive([reliable(0, 1, 1000)])
    rig.receive(reliable(0, 2, "again"))
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 1, bytes: 1 })
    rig.receive(reliable(0, 2, "again"))
    rig.apply({ _tag: "Hold", peer: rig.ref, held: false })
    expect(rig.lines()).toEqual(["Receive 0 1000 bytes", "Receive 0 again"])
  })
})

describe("the packet that later ones of its channel wait for", () => {
  /** A peer with many channels, of which one has used up the limit of 1,000 bytes with packets out of order. */
  const full = () => {
    const rig = serverRig({ settings: { maximumWaitingData: 1000 }, connect: { channelCount: 100 } })
    rig.receive(reliable(99, 2, 1000))
    rig.service()
    return rig
  }

  const half = (channel: number, number: number) => fragment(channel, piece("x".repeat(4000), 2000, 1, number))

  it("is taken above the limit, in one piece or in fragments", () => {
    const rig = full()
    rig.receive([reliable(0, 1, "whole"), half(1, 0), half(1, 1)])
    expect(rig.lines()).toEqual(["Receive 0 whole", "Receive 1 4000 bytes"])
    rig.receive(reliable(99, 1, "gap"))
    expect(rig.lines()).toEqual(["Receive 99 gap", "Receive 99 1000 bytes"])
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })

  it("in fragments only one at a time, whatever the number of channels", () => {
    const rig = full()
    for (let channel = 0; channel < 99; channel++) rig.receive(half(channel, 0))
    expect(rig.peer.totalWaitingData).toBe(5000)
    expect(rig.sends()).toEqual([[ack(1, rig.now, 0)]])
    rig.receive(half(0, 1))
    expect(rig.lines()).toEqual(["Receive 0 4000 bytes"])
    rig.receive([half(7, 0), half(8, 0)])
    expect(rig.sends()).toEqual([[ack(2, rig.now, 0), ack(1, rig.now, 7)]])
  })

  it("is refused while the application does not fetch what it has", () => {
    const rig = full()
    rig.apply({ _tag: "Hold", peer: rig.ref, held: true })
    for (let number = 1; number <= 9; number++) rig.receive(reliable(0, number, 300))
    // at most the limit of what can be fetched, besides the limit of what cannot
    expect(rig.peer.totalWaitingData).toBe(1000 + 1200)
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 1, bytes: 1 })
    rig.receive(reliable(0, 5, 300))
    expect(rig.peer.totalWaitingData).toBe(1000 + 1200)
  })

  it("in fragments is forgotten with the connection, and the next connection starts anew", () => {
    const rig = full()
    rig.receive([half(0, 0), disconnect(0, 2)])
    rig.service()
    expect(rig.lines()).toEqual(["Disconnect 0 Remote"])
    rig.join({ connectID: 2 })
    rig.receive(reliable(1, 2, 1000))
    rig.service()
    rig.receive(half(0, 0))
    expect(rig.sends()).toEqual([[ack(1, rig.now, 0)]])
  })
})

describe("the records of what waits count too", () => {
  it("empty packets are refused when their records reach the limit", () => {
    const rig = limited(128 * 10)
    for (let number = 2; number <= 20; number++) rig.receive(reliable(0, number, ""))
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 128 * 10 })
    expect(rig.peer.channel(0).incomingReliable.size).toBe(10)
    expect(rig.sends().flat()).toHaveLength(10)
  })

  it("so are fragments that are smaller than their records", () => {
    const rig = limited(128 * 10)
    for (let number = 0; number < 20; number++) {
      rig.receive(fragment(0, { start: 2, count: 100, number, total: 100, offset: number, payload: "x" }))
    }
    // 128 for the group, and what each fragment falls short of 128
    expect(rig.peer.waitingOverhead).toBe(128 + 10 * 127)
    expect(rig.sends().flat()).toHaveLength(10)
  })

  it("but not those of an honest sender: a packet far above the limit passes", () => {
    const { client, network, server, toServer } = connectedPair({ server: { maximumWaitingData: 1000, mtu: 576 } })
    const packet = payloadOf(500_001)
    client.send(toServer, 0, packet)
    network.pass(2000)
    expect(server.takeEvents()).toEqual([
      expect.objectContaining({ _tag: "Receive", payload: packet })
    ])
  })

  it("nor when the records of other packets have reached the limit", () => {
    const rig = limited(128 * 4)
    for (let number = 2; number <= 4; number++) rig.receive(reliable(1, number, ""))
    rig.receive(fragment(0, piece("x".repeat(1001), 1000, 1, 0)))
    expect(rig.peer.waitingOverhead).toBe(128 * 4)
    rig.receive(reliable(1, 5, ""))
    expect(rig.sends().flat()).toHaveLength(4)
    rig.receive(fragment(0, piece("x".repeat(1001), 1000, 1, 1)))
    expect(rig.lines()).toEqual(["Receive 0 1001 bytes"])
    expect(rig.peer.waitingOverhead).toBe(128 * 3)
  })

  it("nothing remains when everything is delivered", () => {
    const rig = limited(100_000)
    for (let number = 20; number >= 1; number--) rig.receive(reliable(0, number, "x"))
    expect(rig.peer).toMatchObject({ totalWaitingData: 20, waitingOverhead: 128 * 20 })
    rig.lines()
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })
})

describe("the datagrams in which packets came", () => {
  /** A datagram of 4,096 bytes, of which the packet takes but a few. */
  const wasteful = (command: Command.Command) => {
    const bytes = new Uint8Array(4096)
    bytes.set(datagram({ peerID: 0, sentTime: 1 }, [command]))
    return bytes
  }

  const wastefulInputs = (rig: ReturnType<typeof limited>, count: number): Array<Input.Input> =>
    Array.from({ length: count }, (_, index) => ({
      _tag: "Datagram",
      address: rig.peer.link.address,
      bytes: wasteful(reliable(0, index + 1, "x"))
    }))

  /** How many packets that wait keep their datagrams. */
  const viewsOf = (rig: ReturnType<typeof limited>): number => {
    let views = 0
    rig.peer.dispatched.forEach(({ payload }) => views += payload.buffer.byteLength > 1 ? 1 : 0)
    return views
  }

  it("are not kept by small packets that wait for others", () => {
    const rig = limited(100_000)
    for (let i = 2; i <= 50; i++) {
      rig.receiveBytes(wasteful(reliable(0, i, "x")))
      rig.receiveBytes(wasteful(unreliable(0, 1, i, "x")))
    }
    const sizes: Array<number> = []
    const { incomingReliable, incomingUnreliable } = rig.peer.channel(0)
    for (const list of [incomingReliable, incomingUnreliable]) {
      list.forEach(({ payload }) => sizes.push(payload!.buffer.byteLength))
    }
    expect(sizes).toEqual(new Array(2 * 49).fill(1))
  })

  it("are not copied from when the packets are taken in the same step", () => {
    const rig = limited(1_000_000)
    const { events } = rig.outputs(...wastefulInputs(rig, 1000), { _tag: "Dispatch" })
    const sizes = events.flatMap((event) => event._tag === "Receive" ? [event.payload.buffer.byteLength] : [])
    expect(sizes).toEqual(new Array(1000).fill(4096))
  })

  it("are not kept by packets of a held peer while others' are taken", () => {
    const rig = limited(1_000_000)
    rig.outputs({ _tag: "Hold", peer: rig.ref, held: true })
    for (const input of wastefulInputs(rig, 2000)) rig.outputs(input, { _tag: "Dispatch", packets: 1024 })
    expect(viewsOf(rig)).toBe(256)
  })

  it("are not kept by more packets than the application takes in a step", () => {
    const rig = limited(1_000_000)
    rig.outputs(...wastefulInputs(rig, 2000), { _tag: "Dispatch", packets: 100 })
    expect(viewsOf(rig)).toBe(256)
  })

  it("are not kept by large numbers of small packets that wait for the application", () => {
    const rig = limited(1_000_000)
    for (let i = 1; i <= 1000; i++) rig.receiveBytes(wasteful(reliable(0, i, "x")))
    let kept = 0
    rig.peer.dispatched.forEach(({ payload }) => kept += payload.buffer.byteLength)
    expect(kept).toBeLessThanOrEqual(256 * 4096 + 744)
    expect(rig.lines()).toEqual(new Array(1000).fill("Receive 0 x"))
  })
})
