import { describe, expect, it } from "@effect/vitest"
import { clientRig, connectingRig, REMOTE, Rig, serverRig } from "./Rig.ts"
import { ack, connect, disconnect, fragment, piece, ping, reliable, unreliable, verifyConnect } from "./segments.ts"

describe("a DISCONNECT of the remote", () => {
  it("is acknowledged, and the event follows", () => {
    const rig = serverRig()
    rig.receive(disconnect(77, 5))
    expect(rig.lines()).toEqual([])
    expect(rig.sends()).toEqual([[ack(5, rig.now)]])
    expect(rig.stateName).toBe("Zombie")
    expect(rig.lines()).toEqual(["Disconnect 77 Remote"])
    expect(rig.stateName).toBe("Disconnected")
  })

  it("drops what was queued for the remote", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.service()
    rig.send(0, "y")
    rig.receive([ping(4), disconnect(0, 5)])
    expect(rig.sends()).toEqual([[ack(5, rig.now)]])
  })

  it("is acknowledged again while the acknowledgement has not left, and nothing else is taken", () => {
    const rig = serverRig()
    rig.receive(disconnect(1, 5))
    rig.receive([verifyConnect(), disconnect(2, 5), ping(6)])
    rig.receive(reliable(0, 1, "x"))
    expect(rig.sends()).toEqual([[ack(5, rig.now), ack(5, rig.now)]])
    expect(rig.lines()).toEqual(["Disconnect 1 Remote"])
  })

  it("repeated more often than one datagram of acknowledgements holds: the first 32 are acknowledged", () => {
    const rig = serverRig()
    rig.receive(Array.from({ length: 40 }, () => disconnect(1, 5)))
    expect(rig.sends().map((commands) => commands.length)).toEqual([32])
    expect(rig.lines()).toEqual(["Disconnect 1 Remote"])
  })

  it("is acknowledged whatever its channel and number are, as there are no channels any more", () => {
    for (const number of [1, 28_672, 36_863, 65_535]) {
      const rig = serverRig()
      rig.receive({ ...disconnect(1, number), channelID: 1 })
      expect(rig.sends()).toEqual([[ack(number, rig.now, 1)]])
    }
  })

  it("a zombie ignores everything", () => {
    const rig = serverRig()
    rig.receive(disconnect(1, 5))
    rig.service()
    rig.receive(disconnect(1, 5))
    expect(rig.service()).toEqual([])
    expect(rig.state.dropped).toEqual({ NotConnected: 1 })
  })

  it("13.28 without the flag it ends the connection at once, unacknowledged", () => {
    const rig = serverRig()
    rig.receive(disconnect(77, 5, 0x40))
    expect(rig.lines()).toEqual(["Disconnect 77 Remote"])
    expect(rig.service()).toEqual([])
  })

  it("13.29 in AcknowledgingConnect it frees the slot without an event", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    rig.service()
    rig.receive(disconnect(7, 2))
    expect(rig.stateName).toBe("Disconnected")
    expect(rig.pass(1000)).toEqual([])
    expect(rig.lines()).toEqual([])
  })

  it("13.29 in ConnectionPending it frees the slot without an event", () => {
    const rig = new Rig()
    rig.options = { eventSlots: 0 }
    rig.join()
    expect(rig.stateName).toBe("ConnectionPending")
    rig.receive(disconnect(7, 2))
    rig.options = {}
    expect(rig.stateName).toBe("Disconnected")
    expect(rig.lines()).toEqual([])
    expect(rig.state.recalculateBandwidthLimits).toBe(true)
  })

  it("13.29 in Connecting it gives an event with data", () => {
    const rig = connectingRig()
    rig.receive(disconnect(7, 2, 0x40), { sessionID: 3 })
    expect(rig.lines()).toEqual(["Disconnect 7 Refused"])
    expect(rig.service()).toEqual([])
  })

  it("13.29 in ConnectionSucceeded it gives an event with data, without a Connect before it", () => {
    const rig = connectingRig()
    rig.options = { eventSlots: 0 }
    rig.receive(verifyConnect(), { sessionID: 0 })
    rig.receive(disconnect(7, 2))
    rig.options = {}
    expect(rig.lines()).toEqual(["Disconnect 7 Remote"])
  })

  it("in Disconnecting it gives an event with the remote's data", () => {
    const rig = serverRig()
    rig.apply({ _tag: "Disconnect", peer: rig.ref, data: 1 })
    rig.service()
    rig.receive(disconnect(2, 5))
    expect(rig.lines()).toEqual(["Disconnect 2 Remote"])
    expect(rig.service()).toEqual([])
  })
})

describe("packets that wait for the application when the connection ends", () => {
  it("13.33 are delivered before the Disconnect of a burst of data and DISCONNECT; C loses them", () => {
    const rig = serverRig()
    rig.receive([reliable(0, 1, "a"), unreliable(0, 1, 1, "b"), reliable(1, 1, "c"), disconnect(7, 5)])
    expect(rig.sends()).toEqual([[ack(5, rig.now)]])
    expect(rig.lines()).toEqual(["Receive 0 a", "Receive 0 b", "Receive 1 c", "Disconnect 7 Remote"])
  })

  it("13.33 are delivered before the Disconnect of an unflagged DISCONNECT", () => {
    const rig = serverRig()
    rig.receive([reliable(0, 1, "a"), disconnect(7, 5, 0x40)])
    expect(rig.lines()).toEqual(["Receive 0 a", "Disconnect 7 Remote"])
  })

  it("13.33 are delivered before the Disconnect of a timeout", () => {
    const rig = serverRig()
    rig.options = { eventSlots: 0 }
    rig.receive(reliable(0, 1, "a"))
    rig.service()
    rig.send(0, "never acknowledged")
    rig.pass(40_000, 100)
    rig.options = {}
    expect(rig.lines()).toEqual(["Receive 0 a", "Disconnect 0 Timeout"])
  })

  it("13.33 but what is still out of order or incomplete is lost", () => {
    const rig = serverRig()
    rig.receive([
      reliable(0, 2, "second"),
      fragment(1, piece("fragment", 4, 1, 0)),
      reliable(0, 1, "first"),
      reliable(0, 4, "fourth"),
      disconnect(7, 5)
    ])
    rig.service()
    expect(rig.lines()).toEqual(["Receive 0 first", "Receive 0 second", "Disconnect 7 Remote"])
  })

  it("a local disconnect drops them", () => {
    const rig = serverRig()
    rig.receive(reliable(0, 1, "a"))
    rig.apply({ _tag: "Disconnect", peer: rig.ref, data: 0 })
    rig.service()
    rig.receive(ack(2, rig.now))
    expect(rig.lines()).toEqual(["Disconnect 0 Local"])
  })

  it("of a peer that is held are fetched before its last event", () => {
    const rig = serverRig()
    rig.apply({ _tag: "Hold", peer: rig.ref, held: true })
    rig.receive([reliable(0, 1, "a"), reliable(0, 2, "b"), disconnect(7, 5)])
    rig.service()
    expect(rig.lines()).toEqual([])
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 1, bytes: 100 })
    expect(rig.lines()).toEqual(["Receive 0 a"])
    rig.apply({ _tag: "Receive", peer: rig.ref, packets: 10, bytes: 100 })
    expect(rig.lines()).toEqual(["Receive 0 b", "Disconnect 7 Remote"])
  })
})

describe("13.34 a timeout's event has data 0", () => {
  it("13.34 even if the client had sent data with CONNECT", () => {
    const rig = serverRig({ connect: { data: 99 } })
    rig.send(0, "x")
    rig.pass(40_000, 100)
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
  })

  it("13.34 even if disconnect_later had set data", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.apply({ _tag: "DisconnectLater", peer: rig.ref, data: 88 })
    rig.pass(40_000, 100)
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
  })

  it("in Disconnecting and ConnectionSucceeded there is one as well", () => {
    const disconnecting = serverRig()
    disconnecting.apply({ _tag: "Disconnect", peer: disconnecting.ref, data: 5 })
    const succeeded = connectingRig()
    succeeded.options = { eventSlots: 0 }
    succeeded.receive(verifyConnect(), { sessionID: 0 })
    succeeded.apply({ _tag: "ThrottleConfigure", peer: succeeded.ref, interval: 1, acceleration: 1, deceleration: 1 })
    for (const rig of [disconnecting, succeeded]) rig.pass(40_000, 100)
    expect(disconnecting.lines()).toEqual(["Disconnect 0 Timeout"])
    // nothing that wants an acknowledgement was sent before the application knew of the connection
    succeeded.options = {}
    expect(succeeded.lines()).toEqual(["Connect 0"])
  })

  it("the slot can be used again", () => {
    const rig = clientRig()
    rig.pass(40_000, 100)
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
    rig.join({ connectID: 5 }, { from: { ...REMOTE, port: 1 } })
    expect(rig.lines()).toEqual(["Connect 0"])
    expect(rig.ref).toEqual({ slot: 0, connection: 2 })
  })

  it("a peer with more than a datagram of acknowledgements to send can time out", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.service()
    rig.given({ earliestTimeout: 1 })
    rig.advance(31_000).receive(Array.from({ length: 40 }, (_, i) => ping(i + 2)))
    expect(rig.service()).toEqual([])
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
  })
})
