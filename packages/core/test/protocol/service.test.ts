import { describe, expect, it } from "@effect/vitest"
import { REMOTE, type Rig, serverRig } from "./Rig.ts"
import { disconnect, ping, reliable } from "./segments.ts"

const OTHER = { host: "10.0.0.3", port: 9000 }

/** A host with two connections. */
const two = () => {
  const rig = serverRig()
  const first = rig.ref
  const second = rig.join({ connectID: 2, outgoingPeerID: 8 }, { from: OTHER })
  rig.lines()
  rig.service()
  return { rig, first, second }
}

/** What `enet_host_service` does at first: one event of those that are queued, if there is one. */
const dispatchOne = (rig: Rig) => {
  rig.options = { eventSlots: 1 }
  const outputs = rig.outputs({ _tag: "Dispatch" })
  rig.options = { eventSlots: 0 }
  return outputs
}

describe("dispatching", () => {
  it("13.68 a step with one event slot gives one queued event and sends nothing; the rest stays queued", () => {
    const rig = serverRig()
    rig.receive([reliable(0, 1, "a"), reliable(0, 2, "b"), ping(9)])
    for (const text of ["a", "b"]) {
      const { events, transmits } = dispatchOne(rig)
      expect(events).toMatchObject([{ _tag: "Receive", payload: new TextEncoder().encode(text) }])
      expect(transmits).toEqual([])
    }
    expect(dispatchOne(rig)).toMatchObject({ events: [], transmits: [] })
    expect(rig.sends().flat()).toHaveLength(3)
  })

  it("13.68 without an event slot nothing is dispatched: connections, packets and ends wait", () => {
    const rig = serverRig()
    rig.options = { eventSlots: 0 }
    rig.receive([reliable(0, 1, "a"), disconnect(7, 2, 0x40)])
    expect(rig.outputs({ _tag: "Dispatch" }).events).toEqual([])
    rig.options = {}
    expect(rig.lines()).toEqual(["Receive 0 a", "Disconnect 7 Remote"])
  })

  it("13.69 two peers with many packets deliver alternately", () => {
    const { first, rig, second } = two()
    for (const ref of [first, second]) {
      rig.ref = ref
      rig.receive([1, 2, 3].map((number) => reliable(0, number, `${ref.slot}:${number}`)))
    }
    expect(rig.lines()).toEqual(["0:1", "1:1", "0:2", "1:2", "0:3", "1:3"].map((text) => `Receive 0 ${text}`))
  })

  it("13.69 a peer that gets packets while it waits for its turn keeps its turn", () => {
    const { first, rig, second } = two()
    rig.ref = first
    rig.receive(reliable(0, 1, "0:1"))
    rig.ref = second
    rig.receive([1, 2].map((number) => reliable(0, number, `1:${number}`)))
    rig.ref = first
    rig.receive(reliable(0, 2, "0:2"))
    expect(rig.lines()).toEqual(["0:1", "1:1", "0:2", "1:2"].map((text) => `Receive 0 ${text}`))
  })

  it("packets of all channels come in the order in which they became deliverable", () => {
    const rig = serverRig()
    rig.receive([reliable(0, 2, "0:2"), reliable(1, 1, "1:1"), reliable(0, 1, "0:1"), reliable(1, 2, "1:2")])
    expect(rig.lines()).toEqual(["Receive 1 1:1", "Receive 0 0:1", "Receive 0 0:2", "Receive 1 1:2"])
  })

  it("a dispatch takes so many packets and bytes as it was asked to", () => {
    const rig = serverRig()
    rig.receive([1, 2, 3, 4, 5].map((number) => reliable(0, number, "1234")))
    expect(rig.outputs({ _tag: "Dispatch", packets: 2 }).events).toHaveLength(2)
    expect(rig.outputs({ _tag: "Dispatch", bytes: 5 }).events).toHaveLength(2)
    expect(rig.outputs({ _tag: "Dispatch", packets: 0 }).events).toHaveLength(0)
    expect(rig.outputs({ _tag: "Dispatch" }).events).toHaveLength(1)
  })

  it("packets of a held peer wait until they are asked for, or until it is held no more", () => {
    const rig = serverRig()
    rig.apply({ _tag: "HoldIncoming", held: true })
    rig.join({ connectID: 2 }, { from: OTHER })
    expect(rig.lines()).toEqual(["Connect 0"])
    rig.receive([1, 2, 3, 4].map((number) => reliable(0, number, `${number}`)))
    expect(rig.lines()).toEqual([])
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 2, bytes: 100 })
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 2, bytes: 1 })
    expect(rig.lines()).toEqual(["Receive 0 1", "Receive 0 2", "Receive 0 3"])
    rig.apply({ _tag: "Hold", peer: rig.ref, held: false })
    expect(rig.lines()).toEqual(["Receive 0 4"])
  })

  it("packets carry the flags of their kind", () => {
    const rig = serverRig()
    const flags = ["SendReliable", "SendUnreliable", "SendUnsequenced", "SendFragment", "SendUnreliableFragment"].map(
      (_tag) => {
        rig.receive(
          {
            _tag,
            flags: 0,
            channelID: 0,
            reliableSequenceNumber: _tag === "SendReliable" ? 1 : _tag === "SendFragment" ? 2 : 1,
            unreliableSequenceNumber: 1,
            unsequencedGroup: 1,
            startSequenceNumber: 2,
            fragmentCount: 1,
            fragmentNumber: 0,
            totalLength: 1,
            fragmentOffset: 0,
            payload: Uint8Array.of(1)
          } as never
        )
        const [event] = rig.outputs({ _tag: "Dispatch" }).events
        if (_tag === "SendFragment") rig.peer.editChannel(0).incomingReliableSequenceNumber = 1
        return event?._tag === "Receive" ? event.flags : undefined
      }
    )
    expect(flags).toEqual([1, 0, 2, 1, 8])
  })
})

describe("13.70 a flush", () => {
  it("13.70 does not time out peers", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.service()
    rig.advance(40_000)
    expect(rig.flush()).toEqual([])
    expect(rig.stateName).toBe("Connected")
    rig.service()
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
  })

  it("13.70 does not retransmit", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.service()
    rig.advance(300)
    expect(rig.flush()).toEqual([])
    expect(rig.sends()).toEqual([[reliable(0, 1, "x")]])
  })

  it("13.70 sends what is queued, in as many datagrams as it takes, and pings", () => {
    const { first, rig, second } = two()
    rig.ref = first
    for (let i = 0; i < 3; i++) rig.send(0, 1000, 0)
    rig.ref = second
    rig.send(0, "y")
    expect(rig.flush().map(({ to }) => to)).toEqual([REMOTE, OTHER, REMOTE, REMOTE])
    expect(rig.advance(500).flush().map(({ commands, to }) => [to, commands.map(({ _tag }) => _tag)])).toEqual([
      [REMOTE, ["Ping"]]
    ])
  })
})

describe("13.71 the intercept hook", () => {
  it("13.71 hides a datagram from the protocol, but the counters include it", () => {
    const seen: Array<string> = []
    const rig = serverRig({
      settings: {
        intercept: (address, bytes) => {
          seen.push(`${address.host}:${address.port} ${bytes.length}`)
          return bytes[0] === 0xff
        }
      }
    })
    rig.service()
    const { totalReceivedData, totalReceivedPackets } = rig.state
    const before = rig.peer
    rig.receiveBytes(Uint8Array.of(0xff, 0xff, 1, 2, 3, 4), OTHER)
    expect(seen.at(-1)).toBe("10.0.0.3:9000 6")
    expect(rig.peer).toBe(before)
    expect(rig.state).toMatchObject({
      totalReceivedData: totalReceivedData + 6,
      totalReceivedPackets: totalReceivedPackets + 1,
      dropped: { Intercepted: 1 }
    })
    rig.receive(reliable(0, 1, "not hidden"))
    expect(rig.lines()).toEqual(["Receive 0 not hidden"])
  })
})

describe("statistics of the host", () => {
  it("count datagrams and their bytes in both directions, rejected ones included", () => {
    const rig = serverRig()
    // CONNECT, and the acknowledgement of VERIFY_CONNECT
    expect(rig.state).toMatchObject({ totalReceivedPackets: 2, totalReceivedData: 52 + 10, totalSentPackets: 1 })
    rig.receiveBytes(Uint8Array.of(1))
    expect(rig.state).toMatchObject({
      totalReceivedPackets: 3,
      totalReceivedData: 63,
      totalSentData: 48,
      dropped: { TooShort: 1 }
    })
  })

  it("a peer knows when it last sent", () => {
    const rig = serverRig()
    expect(rig.peer.lastSendTime).toBe(1000)
    rig.advance(50).send(0, "x")
    rig.service()
    expect(rig.peer.lastSendTime).toBe(rig.now)
  })

  it("can be set to 0", () => {
    const rig = serverRig()
    rig.receiveBytes(Uint8Array.of(1))
    rig.apply({ _tag: "ResetStatistics" })
    expect(rig.state).toMatchObject({
      totalReceivedPackets: 0,
      totalReceivedData: 0,
      totalSentPackets: 0,
      totalSentData: 0,
      dropped: {}
    })
  })
})

describe("broadcast", () => {
  it("sends to every connected peer that can take the packet", () => {
    const { rig, second } = two()
    rig.apply({ _tag: "Disconnect", peer: second, data: 0 })
    rig.join({ connectID: 3, outgoingPeerID: 9 }, { from: { ...OTHER, port: 1 } })
    rig.join({ connectID: 4, outgoingPeerID: 10, channelCount: 1 }, { from: { ...OTHER, port: 2 } })
    rig.service()
    const packet = { payload: new TextEncoder().encode("all"), flags: 0 }
    rig.apply({ _tag: "Broadcast", channelID: 1, packet })
    expect(rig.service().map(({ word }) => word & 0xfff)).toEqual([7, 9])
    rig.apply({ _tag: "Broadcast", channelID: 0, packet })
    expect(rig.service().map(({ word }) => word & 0xfff)).toEqual([7, 9, 10])
  })
})
