import type { Host } from "@effect-enet/core/protocol"
import type { Command } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { REMOTE, Rig, serverRig } from "./Rig.ts"
import { bandwidthLimit, disconnect, unreliable } from "./segments.ts"

/** A host with as many connections as there are entries, each with the fields of its CONNECT. */
const withPeers = (settings: Partial<Host.Settings>, connects: ReadonlyArray<Partial<Command.Connect>>) => {
  const rig = new Rig(settings)
  const refs = connects.map((fields, i) =>
    rig.join({ connectID: i, outgoingPeerID: i, ...fields }, { from: { ...REMOTE, port: 9000 + i }, roundTripTime: 1 })
  )
  rig.lines()
  for (const peer of refs) rig.apply({ _tag: "PingInterval", peer, interval: 1_000_000 })
  return { rig, refs }
}

/** The bandwidth step of the next second: what each peer is told, by slot. */
const told = (rig: Rig, milliseconds = 1000) =>
  rig.advance(milliseconds).service().flatMap(({ commands, word }) =>
    commands.map((command) =>
      command._tag === "BandwidthLimit" ? [word & 0xfff, command.incomingBandwidth, command.outgoingBandwidth] : []
    )
  )

describe("13.66 BANDWIDTH_LIMIT", () => {
  it("13.66 goes to every established peer within the first bandwidth step after a connection", () => {
    const { rig } = withPeers({}, [{}, {}])
    expect(rig.advance(997).service()).toEqual([])
    expect(rig.advance(1).sends()).toEqual([[bandwidthLimit(0, 0, 2)], [bandwidthLimit(0, 0, 2)]])
    expect(
      rig.pass(3000).flatMap(({ commands }) => commands).filter(({ reliableSequenceNumber }) =>
        reliableSequenceNumber > 2
      )
    ).toEqual([])
  })

  it("13.66 and again after a disconnection, to those that are left", () => {
    const { refs, rig } = withPeers({}, [{}, {}])
    rig.ref = refs[0]!
    rig.acknowledge(...rig.advance(1000).service().filter(({ word }) => (word & 0xfff) === 0))
    rig.ref = refs[1]!
    rig.receive(disconnect(0, 5, 0x40))
    rig.lines()
    expect(told(rig)).toEqual([[0, 0, 0]])
  })

  it("13.66 and after the end of a connection that the application did not know of yet", () => {
    const { rig } = withPeers({}, [{}])
    rig.options = { eventSlots: 0 }
    const known = rig.ref
    rig.join({ connectID: 5 }, { from: { ...REMOTE, port: 1 }, roundTripTime: 1 })
    const pending = rig.ref
    expect(rig.stateName).toBe("ConnectionPending")
    rig.ref = known
    rig.acknowledge(...rig.advance(1000).service())
    expect(told(rig)).toEqual([])
    rig.ref = pending
    rig.receive(disconnect(0, 5))
    expect(rig.stateName).toBe("Disconnected")
    expect(told(rig)).toEqual([[0, 0, 0]])
  })

  it("13.66 and after bandwidth_limit", () => {
    const { rig } = withPeers({}, [{}])
    rig.acknowledge(...rig.advance(1000).service())
    rig.apply({ _tag: "BandwidthLimit", incoming: 5000, outgoing: 6000 })
    expect(told(rig)).toEqual([[0, 0, 6000]])
  })

  it("13.66 says nothing to peers that are not established", () => {
    const { rig } = withPeers({}, [{}])
    rig.apply({ _tag: "Connect", address: { host: "10.9.9.9", port: 1 }, channelCount: 1, data: 0, connectID: 1 })
    expect(told(rig).filter((values) => values.length > 0)).toEqual([[0, 0, 0]])
  })

  it("13.66 shares the host's incoming bandwidth; who wants less than a share gets what it wants", () => {
    const shares = (incomingBandwidth: number, ...outgoing: ReadonlyArray<number>) => {
      const { rig } = withPeers({ incomingBandwidth }, outgoing.map((outgoingBandwidth) => ({ outgoingBandwidth })))
      return told(rig).map((values) => values[1])
    }
    expect(shares(100_000, 30_000, 90_000)).toEqual([30_000, 70_000])
    expect(shares(100_000, 60_000, 90_000)).toEqual([50_000, 50_000])
    expect(shares(90_000, 10_000, 35_000, 200_000)).toEqual([10_000, 35_000, 45_000])
    expect(shares(90_000, 50_000, 20_000, 200_000)).toEqual([35_000, 20_000, 35_000])
    // a remote without a limit of its own counts as one that wants nothing, and is told 0: no limit
    expect(shares(100_000, 0, 90_000)).toEqual([0, 90_000])
    expect(shares(100_000, 0, 0)).toEqual([0, 0])
    expect(shares(0, 5000, 90_000)).toEqual([0, 0])
  })
})

describe("13.67 BANDWIDTH_LIMIT received", () => {
  it("13.67 recomputes the window, and may raise it above what was negotiated", () => {
    const rig = serverRig({ settings: { outgoingBandwidth: 300_000 }, connect: { incomingBandwidth: 70_000 } })
    expect(rig.peer.link.windowSize).toBe(4096)
    rig.receive(bandwidthLimit(140_000, 5, 2))
    expect(rig.peer.link).toMatchObject({ windowSize: 8192, incomingBandwidth: 140_000, outgoingBandwidth: 5 })
    rig.receive(bandwidthLimit(0, 5, 2))
    expect(rig.peer.link.windowSize).toBe(16_384)
    rig.receive(bandwidthLimit(1, 5, 2))
    expect(rig.peer.link.windowSize).toBe(4096)
  })

  it("13.67 without a limit on either side the window is the largest", () => {
    const rig = serverRig({ connect: { incomingBandwidth: 70_000 } })
    rig.receive(bandwidthLimit(0, 0, 2))
    expect(rig.peer.link.windowSize).toBe(65_536)
  })

  it("13.67 keeps the count of limited peers", () => {
    const { refs, rig } = withPeers({}, [{ incomingBandwidth: 1 }, {}])
    expect([rig.state.connectedPeers, rig.state.bandwidthLimitedPeers]).toEqual([2, 1])
    rig.ref = refs[1]!
    rig.receive(bandwidthLimit(7, 7, 2))
    expect(rig.state.bandwidthLimitedPeers).toBe(2)
    rig.receive(bandwidthLimit(8, 7, 2))
    expect(rig.state.bandwidthLimitedPeers).toBe(2)
    rig.receive(bandwidthLimit(0, 7, 2))
    expect(rig.state.bandwidthLimitedPeers).toBe(1)
    rig.apply({ _tag: "Reset", peer: refs[0]! })
    expect([rig.state.connectedPeers, rig.state.bandwidthLimitedPeers]).toEqual([1, 0])
  })

  it("in DisconnectLater it counts as well", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.apply({ _tag: "DisconnectLater", peer: rig.ref, data: 0 })
    rig.receive(bandwidthLimit(7, 7, 2))
    expect(rig.state.bandwidthLimitedPeers).toBe(1)
    rig.apply({ _tag: "Disconnect", peer: rig.ref, data: 0 })
    expect([rig.state.connectedPeers, rig.state.bandwidthLimitedPeers]).toEqual([0, 0])
  })
})

describe("limits of what is sent", () => {
  /** After a second in which each peer was to get so many bytes. */
  const limits = (
    settings: Partial<Host.Settings>,
    peers: ReadonlyArray<{ readonly incomingBandwidth?: number; readonly outgoingDataTotal: number }>,
    milliseconds = 1000
  ) => {
    const { refs, rig } = withPeers(settings, peers.map(({ incomingBandwidth = 0 }) => ({ incomingBandwidth })))
    rig.state.bandwidthThrottleEpoch = rig.now
    for (const [i, { outgoingDataTotal }] of peers.entries()) {
      rig.ref = refs[i]!
      rig.given({ outgoingDataTotal, incomingDataTotal: 5, packetThrottle: 32 })
    }
    rig.advance(milliseconds).service()
    return refs.map(({ slot }) => {
      const { packetThrottle, packetThrottleLimit } = rig.state.peers.get(slot)!
      if (packetThrottle !== packetThrottleLimit) throw new Error("the throttle does not follow its limit")
      return packetThrottleLimit
    })
  }

  it("without limits the throttle stays open", () => {
    expect(limits({}, [{ outgoingDataTotal: 1_000_000 }])).toEqual([32])
  })

  it("a host's outgoing bandwidth is shared by all peers alike", () => {
    const peers = [{ outgoingDataTotal: 10_000 }, { outgoingDataTotal: 30_000 }]
    expect(limits({ outgoingBandwidth: 40_000 }, peers)).toEqual([32, 32])
    expect(limits({ outgoingBandwidth: 20_000 }, peers)).toEqual([16, 16])
    expect(limits({ outgoingBandwidth: 20_000 }, peers, 1500)).toEqual([24, 24])
    expect(limits({ outgoingBandwidth: 1 }, peers)).toEqual([0, 0])
  })

  it("a throttle that is lower than the limit stays where it is", () => {
    const { rig } = withPeers({ outgoingBandwidth: 20_000 }, [{}])
    rig.state.bandwidthThrottleEpoch = rig.now
    rig.given({ outgoingDataTotal: 40_000, packetThrottle: 5 })
    rig.advance(1000).service()
    expect(rig.peer).toMatchObject({ packetThrottleLimit: 16, packetThrottle: 5 })
  })

  it("a peer's incoming bandwidth limits that peer, to 1 at least", () => {
    const slow = { incomingBandwidth: 1000, outgoingDataTotal: 10_000 }
    const fast = { incomingBandwidth: 1_000_000, outgoingDataTotal: 10_000 }
    const free = { outgoingDataTotal: 10_000 }
    expect(limits({}, [slow, fast, free])).toEqual([3, 32, 32])
    expect(limits({}, [{ incomingBandwidth: 1, outgoingDataTotal: 10_000 }])).toEqual([1])
  })

  it("what a limited peer cannot take is left for the others", () => {
    const slow = { incomingBandwidth: 1000, outgoingDataTotal: 10_000 }
    // 20,000 for 20,000 wanted, of which the slow one takes 1,000 and leaves 19,000 for 19,000
    expect(limits({ outgoingBandwidth: 20_000 }, [slow, { outgoingDataTotal: 10_000 }])).toEqual([3, 32])
    // 11,000 for 20,000: 10,000 remain for 19,000
    expect(limits({ outgoingBandwidth: 11_000 }, [slow, { outgoingDataTotal: 10_000 }])).toEqual([3, 16])
  })

  it("large bandwidths do not overflow", () => {
    expect(limits({ outgoingBandwidth: 0xffffffff }, [{ outgoingDataTotal: 0xffffffff }], 5000)).toEqual([32])
  })

  it("the totals start anew each second", () => {
    const { rig } = withPeers({}, [{}])
    rig.given({ outgoingDataTotal: 77, incomingDataTotal: 88 })
    rig.advance(1000).service()
    // BANDWIDTH_LIMIT was queued after the totals were read
    expect(rig.peer).toMatchObject({ outgoingDataTotal: 12, incomingDataTotal: 0 })
  })

  it("the totals count commands with payload, and 8 bytes for each acknowledgement", () => {
    const rig = serverRig()
    rig.given({ outgoingDataTotal: 0, incomingDataTotal: 0 })
    rig.receive([bandwidthLimit(0, 0, 2), unreliable(0, 0, 1, "12345")])
    expect(rig.peer).toMatchObject({ outgoingDataTotal: 8, incomingDataTotal: 4 + 12 + 13 })
    rig.send(0, "12345", 0)
    expect(rig.peer.outgoingDataTotal).toBe(8 + 13)
  })

  it("nothing is due while no peer is connected, but the clock of the step goes on", () => {
    const rig = new Rig({ outgoingBandwidth: 1 })
    rig.apply({ _tag: "BandwidthLimit", incoming: 5, outgoing: 6 })
    rig.advance(1000).service()
    expect(rig.state).toMatchObject({ bandwidthThrottleEpoch: 2000, recalculateBandwidthLimits: true })
  })
})
