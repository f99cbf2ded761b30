import type { Peer } from "@effect-enet/core/protocol"
import { describe, expect, it } from "@effect/vitest"
import { connectedPair } from "./Pair.ts"
import { clientRig, connectingRig, Rig, serverRig } from "./Rig.ts"
import { ack, connect, disconnect, fragment, piece, ping, reliable, unreliable, verifyConnect } from "./segments.ts"

const call = (rig: Rig, how: "Disconnect" | "DisconnectNow" | "DisconnectLater", data = 0) =>
  rig.apply({ _tag: how, peer: rig.ref, data })

describe("disconnect", () => {
  it("13.26 the remote's event has the caller's value, the caller's has 0", () => {
    const { client, network, server, toServer } = connectedPair()
    client.apply([{ _tag: "Disconnect", peer: toServer, data: 77 }])
    network.pass(100)
    expect(server.takeEvents()).toMatchObject([{ _tag: "Disconnect", data: 77, reason: "Remote" }])
    expect(client.takeEvents()).toMatchObject([{ _tag: "Disconnect", data: 0, reason: "Local" }])
    expect([client.state.takenSlots, server.state.takenSlots]).toEqual([0, 0])
    expect([client.state.connectedPeers, server.state.connectedPeers]).toEqual([0, 0])
  })

  it("13.26 DISCONNECT is 0x84 and alone: what was queued is dropped, pending acknowledgements too", () => {
    const rig = serverRig()
    rig.receive(ping())
    rig.send(0, "never sent")
    call(rig, "Disconnect", 77)
    expect(rig.sends()).toEqual([[disconnect(77, 2)]])
    expect(rig.stateName).toBe("Disconnecting")
    expect(rig.send(0, "x")).toBe("NotConnected")
  })

  it("is retransmitted until it is acknowledged", () => {
    const rig = serverRig()
    call(rig, "Disconnect", 5)
    rig.service()
    // 16 + 4 x 8
    expect(rig.pass(200, 1).map(({ at, commands }) => [at, commands])).toEqual([
      [48, [disconnect(5, 2)]],
      [144, [disconnect(5, 2)]]
    ])
    rig.receive(ack(2, rig.now))
    expect(rig.lines()).toEqual(["Disconnect 0 Local"])
  })

  it("what arrives meanwhile is ignored", () => {
    const rig = serverRig()
    call(rig, "Disconnect", 5)
    rig.service()
    rig.receive(reliable(0, 1, "x"))
    rig.receive(ping())
    rig.receive(verifyConnect())
    rig.receive(ack(1, rig.now))
    expect(rig.service()).toEqual([])
    expect(rig.stateName).toBe("Disconnecting")
    expect(rig.lines()).toEqual([])
  })

  it("13.27 both at the same time: each gets the other's data, and neither acknowledges", () => {
    const { client, network, server, toClient, toServer } = connectedPair()
    client.apply([{ _tag: "Disconnect", peer: toServer, data: 1 }])
    server.apply([{ _tag: "Disconnect", peer: toClient, data: 2 }])
    for (const node of [client, server]) node.service()
    expect(network.inFlight.length).toBe(2)
    network.deliver()
    for (const node of [client, server]) node.service()
    expect(network.inFlight).toEqual([])
    expect(client.takeEvents()).toMatchObject([{ _tag: "Disconnect", data: 2, reason: "Remote" }])
    expect(server.takeEvents()).toMatchObject([{ _tag: "Disconnect", data: 1, reason: "Remote" }])
  })

  it("13.30 disconnect_now sends exactly one datagram of 10 bytes with 0x44 and frees the slot without an event", () => {
    const rig = serverRig()
    rig.receive(ping())
    rig.send(0, "never sent")
    const sent = call(rig, "DisconnectNow", 9)
    expect(sent.map(({ bytes, commands }) => [bytes.length, commands])).toEqual([[10, [disconnect(9, 2, 0x40)]]])
    expect(rig.stateName).toBe("Disconnected")
    expect(rig.pass(1000)).toEqual([])
    expect(rig.lines()).toEqual([])
  })

  it("13.30 in Disconnecting it only frees the slot", () => {
    const rig = serverRig()
    call(rig, "Disconnect")
    rig.service()
    expect(call(rig, "DisconnectNow")).toEqual([])
    expect(rig.stateName).toBe("Disconnected")
  })

  it("13.30 in AcknowledgingDisconnect it sends 0x44 instead of the acknowledgement", () => {
    const rig = serverRig()
    rig.receive(disconnect(1, 2))
    expect(rig.stateName).toBe("AcknowledgingDisconnect")
    expect(call(rig, "DisconnectNow", 3).map(({ commands }) => commands)).toEqual([[disconnect(3, 2, 0x40)]])
    expect(rig.lines()).toEqual([])
  })

  it("13.30 of a peer that is gone already it only frees the slot, without a flush", () => {
    const rig = serverRig()
    const first = rig.ref
    rig.receive(disconnect(7, 5, 0x40))
    rig.join({ connectID: 2 }, { from: { host: "10.0.0.3", port: 1 } })
    rig.service()
    rig.send(0, "queued", 0)
    expect(rig.apply({ _tag: "DisconnectNow", peer: first, data: 0 })).toEqual([])
    expect(rig.state.peers.get(first.slot)?.state).toBe(0)
    expect(rig.lines()).toEqual(["Connect 0"])
    expect(rig.sendsTags()).toEqual([["SendUnreliable"]])
  })

  it("its implicit flush sends other peers' data", () => {
    const rig = serverRig()
    const first = rig.ref
    rig.join({ connectID: 2 }, { from: { host: "10.0.0.3", port: 1 } })
    rig.send(0, "queued", 0)
    expect(rig.apply({ _tag: "DisconnectNow", peer: first, data: 0 }).map(({ commands }) => commands[0]!._tag)).toEqual(
      [
        "Disconnect",
        "SendUnreliable"
      ]
    )
  })
})

describe("disconnect before the connection is established sends 0x44 at once, without an event", () => {
  it("in Connecting, to peer 0xFFF, where it is ignored", () => {
    const rig = connectingRig()
    const [sent] = call(rig, "Disconnect", 4)
    expect(sent).toMatchObject({ word: 0x0fff, commands: [disconnect(4, 2, 0x40)] })
    expect(rig.stateName).toBe("Disconnected")
    expect(rig.lines()).toEqual([])
  })

  it("in AcknowledgingConnect", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    expect(call(rig, "Disconnect", 4).map(({ commands }) => commands)).toEqual([[disconnect(4, 2, 0x40)]])
    expect(rig.stateName).toBe("Disconnected")
  })

  it("in ConnectionPending and ConnectionSucceeded", () => {
    const pending = new Rig()
    pending.options = { eventSlots: 0 }
    pending.join()
    expect(pending.stateName).toBe("ConnectionPending")
    const succeeded = connectingRig()
    succeeded.options = { eventSlots: 0 }
    succeeded.receive(verifyConnect(), { sessionID: 0 })
    expect(succeeded.stateName).toBe("ConnectionSucceeded")
    for (const rig of [pending, succeeded]) {
      expect(call(rig, "Disconnect", 4).map(({ commands }) => commands)).toEqual([[disconnect(4, 2, 0x40)]])
      rig.options = {}
      expect(rig.stateName).toBe("Disconnected")
      expect(rig.lines()).toEqual([])
    }
  })
})

describe("disconnect_later", () => {
  it("13.31 waits for the last acknowledgement, and carries the data of the last call", () => {
    const rig = serverRig()
    rig.send(0, "one")
    rig.send(1, "two")
    call(rig, "DisconnectLater", 1)
    expect(rig.stateName).toBe("DisconnectLater")
    const sent = rig.service()
    expect(sent.map(({ commands }) => commands)).toEqual([[reliable(0, 1, "one"), reliable(1, 1, "two")]])
    call(rig, "DisconnectLater", 2)
    rig.receive(ack(1, rig.now, 0))
    expect(rig.service()).toEqual([])
    rig.receive(ack(1, rig.now, 1))
    expect(rig.sends()).toEqual([[disconnect(2, 2)]])
    rig.receive(ack(2, rig.now))
    expect(rig.lines()).toEqual(["Disconnect 0 Local"])
  })

  it("13.31 sending fails meanwhile", () => {
    const rig = serverRig()
    rig.send(0, "one")
    call(rig, "DisconnectLater")
    expect(rig.send(0, "two")).toBe("NotConnected")
  })

  it("13.31 with nothing to wait for it disconnects", () => {
    const rig = serverRig()
    call(rig, "DisconnectLater", 6)
    expect(rig.sends()).toEqual([[disconnect(6, 2)]])
  })

  it("13.31 behind unreliable packets DISCONNECT leaves in the next datagram, at the next service", () => {
    const rig = serverRig()
    rig.send(0, "x", 0)
    call(rig, "DisconnectLater", 6)
    expect(rig.sends()).toEqual([[unreliable(0, 0, 1, "x")]])
    expect(rig.stateName).toBe("Disconnecting")
    expect(rig.sends()).toEqual([[disconnect(6, 2)]])
  })

  it("13.31 also when a ping would be due", () => {
    const rig = serverRig()
    rig.advance(700).send(0, "x", 0)
    call(rig, "DisconnectLater", 6)
    expect(rig.sends()).toEqual([[unreliable(0, 0, 1, "x")]])
    expect(rig.sends()).toEqual([[disconnect(6, 2)]])
  })

  it("13.31 when the throttle drops the last packets, it disconnects all the same", () => {
    const rig = serverRig().given({ packetThrottle: 0 })
    for (let i = 0; i < 3; i++) rig.send(0, "x", 0)
    call(rig, "DisconnectLater", 6)
    expect(rig.service()).toEqual([])
    expect(rig.sends()).toEqual([[disconnect(6, 2)]])
  })

  it("pings are not sent, but the remote's are answered", () => {
    const rig = serverRig()
    rig.send(0, "x")
    call(rig, "DisconnectLater")
    rig.service()
    rig.receive(ping(5))
    expect(rig.sends()).toEqual([[ack(5, rig.now)]])
    rig.apply({ _tag: "Ping", peer: rig.ref })
    expect(rig.service()).toEqual([])
  })

  const draining = () => {
    const rig = serverRig()
    rig.receive(fragment(1, piece("fragment", 4, 1, 0)))
    rig.send(0, "x")
    call(rig, "DisconnectLater")
    rig.service()
    return rig
  }

  it("13.32 incoming packets in one piece are acknowledged and dropped", () => {
    const rig = draining()
    rig.receive([reliable(0, 1, "a"), unreliable(0, 1, 1, "b"), ping(9)])
    expect(rig.sends()).toEqual([[ack(1, rig.now, 0), ack(9, rig.now)]])
    expect(rig.lines()).toEqual([])
    expect(rig.peer.totalWaitingData).toBe(8)
  })

  it("13.32 fragments of a group not begun yet stop the datagram, unacknowledged", () => {
    const rig = draining()
    rig.receive([fragment(0, piece("another", 4, 1, 0)), ping(9)])
    expect(rig.service()).toEqual([])
    expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
  })

  it("13.32 a group begun before goes on", () => {
    const rig = draining()
    rig.receive([fragment(1, piece("fragment", 4, 1, 1)), ping(9)])
    expect(rig.sends()).toEqual([[ack(2, rig.now, 1), ack(9, rig.now)]])
    expect(rig.peer.channel(1).incomingReliableSequenceNumber).toBe(2)
  })

  it("a DISCONNECT of the remote ends it", () => {
    const rig = draining()
    rig.receive(disconnect(8, 2))
    expect(rig.sends()).toEqual([[ack(2, rig.now)]])
    expect(rig.lines()).toEqual(["Disconnect 8 Remote"])
  })
})

describe("reset", () => {
  it("13.35 sends nothing and gives no event", () => {
    const rig = clientRig()
    rig.send(0, "x")
    expect(rig.apply({ _tag: "Reset", peer: rig.ref })).toEqual([])
    expect(rig.pass(1000)).toEqual([])
    expect(rig.lines()).toEqual([])
  })

  it("13.35 keeps session ids and address, and restores everything else", () => {
    const rig = clientRig({ verify: { incomingSessionID: 1, outgoingSessionID: 2, mtu: 700, incomingBandwidth: 4 } })
    const fresh = new Rig()
    rig.apply(
      { _tag: "PingInterval", peer: rig.ref, interval: 100 },
      { _tag: "Timeout", peer: rig.ref, limit: 1, minimum: 2, maximum: 3 },
      { _tag: "ThrottleConfigure", peer: rig.ref, interval: 4, acceleration: 5, deceleration: 6 }
    )
    rig.send(0, "x")
    rig.receive([reliable(0, 2, "y"), unreliable(0, 0, 1, "z")])
    rig.service()
    const { link } = rig.peer
    rig.apply({ _tag: "Reset", peer: rig.ref })
    fresh.apply({ _tag: "Connect", address: link.address, channelCount: 1, data: 0, connectID: 0 })
    fresh.apply({ _tag: "Reset", peer: fresh.ref })
    const fields = (peer: Peer) => Object.fromEntries(Object.entries(peer).filter(([name]) => name !== "owner"))
    expect(fields(rig.peer)).toEqual({
      ...fields(fresh.peer),
      link: { ...fresh.peer.link, incomingSessionID: 1, outgoingSessionID: 2 }
    })
    expect(rig.peer.link).toMatchObject({
      address: link.address,
      outgoingPeerID: 0xfff,
      mtu: 1392,
      windowSize: 65536,
      pingInterval: 500,
      timeoutLimit: 32,
      timeoutMinimum: 5000,
      timeoutMaximum: 30_000,
      packetThrottleInterval: 5000,
      packetThrottleAcceleration: 2,
      packetThrottleDeceleration: 2
    })
    expect([rig.state.connectedPeers, rig.state.bandwidthLimitedPeers]).toEqual([0, 0])
  })

  it("the remote runs into a timeout", () => {
    const { client, network, server, toServer } = connectedPair()
    client.apply([{ _tag: "Reset", peer: toServer }])
    network.pass(40_000, { step: 50 })
    expect(client.takeEvents()).toEqual([])
    expect(server.takeEvents()).toMatchObject([{ _tag: "Disconnect", data: 0, reason: "Timeout" }])
  })
})
