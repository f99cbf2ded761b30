import { deadline } from "@effect-enet/core/protocol"
import { describe, expect, it } from "@effect/vitest"
import { clientRig, serverRig } from "./Rig.ts"
import { ack, bandwidthLimit, ping, reliable, unreliable, unsequenced } from "./segments.ts"

describe("13.45 the order of sending", () => {
  it("13.45 is the order of queueing, whatever the kind, within one datagram", () => {
    const rig = serverRig()
    rig.send(0, "u1", 0)
    rig.send(0, "r1", 1)
    rig.send(0, "u2", 0)
    rig.apply({ _tag: "Ping", peer: rig.ref })
    rig.send(0, "r2", 1)
    rig.send(1, "n1", 2)
    expect(rig.sends()).toEqual([[
      unreliable(0, 0, 1, "u1"),
      reliable(0, 1, "r1"),
      unreliable(0, 1, 1, "u2"),
      ping(2),
      reliable(0, 2, "r2"),
      unsequenced(1, 1, "n1")
    ]])
  })

  it("13.45 also when the count of queued commands wraps", () => {
    const rig = serverRig()
    rig.state.totalQueued = 0xfffffffe
    for (const [text, flags] of [["u1", 0], ["r1", 1], ["u2", 0], ["r2", 1]] as const) rig.send(0, text, flags)
    expect(rig.sendsTags()).toEqual([["SendUnreliable", "SendReliable", "SendUnreliable", "SendReliable"]])
  })

  it("acknowledgements come first, in the order of arrival", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.receive([ping(2), reliable(1, 1, "y")])
    rig.receive(ping(3), { sentTime: 5 })
    expect(rig.sends()).toEqual([[ack(2, rig.now), ack(1, rig.now, 1), ack(3, 5), reliable(0, 1, "x")]])
  })
})

describe("13.46 the limit of reliable data in flight", () => {
  /** A peer towards which 4,096 bytes may be in flight. */
  const narrow = () => serverRig({ connect: { incomingBandwidth: 1 } })

  it("13.46 is the window; blocked reliable data does not hold back unreliable and control commands", () => {
    const rig = narrow()
    for (let i = 0; i < 6; i++) rig.send(0, 1000)
    rig.send(1, 1000)
    rig.send(1, "u", 0)
    rig.apply({ _tag: "Ping", peer: rig.ref })
    const sent = rig.sends()
    expect(sent.flat()).toEqual([
      ...[1, 2, 3, 4].map((number) => reliable(0, number, 1000)),
      unreliable(1, 1, 1, "u"),
      ping(2)
    ])
    expect(rig.peer.reliableDataInTransit).toBe(4000)
  })

  it("13.46 what is blocked blocks all later reliable packets, even small ones on other channels", () => {
    const rig = narrow()
    for (const size of [1300, 1300, 1300, 1300]) rig.send(0, size)
    rig.send(1, 1)
    expect(rig.sends().flat()).toHaveLength(3)
  })

  it("13.46 an acknowledgement makes room", () => {
    const rig = narrow()
    for (let i = 0; i < 6; i++) rig.send(0, 1000)
    rig.service()
    rig.receive(ack(2, rig.now, 0))
    expect(rig.sends()).toEqual([[reliable(0, 5, 1000)]])
  })

  it("13.46 is throttle x window / 32, but never below the MTU", () => {
    const inFlight = (packetThrottle: number) => {
      const rig = narrow().given({ packetThrottle })
      for (let i = 0; i < 60; i++) rig.send(0, 100)
      rig.service()
      return rig.peer.reliableDataInTransit
    }
    expect(inFlight(32)).toBe(4000)
    expect(inFlight(31)).toBe(3900)
    expect(inFlight(16)).toBe(2000)
    expect(inFlight(1)).toBe(1300)
    expect(inFlight(0)).toBe(1300)
  })

  it("13.46 packets without payload are never blocked by it", () => {
    const rig = narrow()
    for (let i = 0; i < 4; i++) rig.send(0, 1024)
    for (let i = 0; i < 40; i++) rig.send(0, 0)
    rig.service()
    expect(rig.peer.sentReliable.size).toBe(44)
    expect(rig.peer.reliableDataInTransit).toBe(4096)
  })
})

describe("13.50 pings", () => {
  it("13.50 a quiet peer pings an interval after the last acknowledgement", () => {
    const rig = serverRig()
    expect(rig.pass(499)).toEqual([])
    expect(rig.pass(1).map(({ commands }) => commands)).toEqual([[ping(2)]])
    rig.advance(20).receive(ack(2, rig.now - 20))
    expect(rig.pass(450)).toEqual([])
  })

  it("13.50 with its own interval", () => {
    const rig = serverRig()
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 100 })
    expect(rig.pass(105, 5).map(({ at }) => at)).toEqual([100])
  })

  it("13.50 a client pings with its first datagram, as it never had an acknowledgement", () => {
    const rig = clientRig()
    expect(rig.sends()).toEqual([[ack(1, rig.now), ping(2)]])
  })

  it("13.50 whatever the clock says", () => {
    for (const now of [1, 0x7fffffff, 0x80000000, 0x90000000, 0xff000000]) {
      const rig = clientRig({ now, roundTripTime: 500 })
      expect(rig.sends()).toEqual([[ack(1, now + 500), ping(2)]])
    }
  })

  it("13.50 after a day when the interval is longer, and never when it is the longest", () => {
    const DAY = 86_400_000
    for (const interval of [DAY + 1, 0x80000001, 2 ** 32 - DAY]) {
      const rig = serverRig()
      rig.apply({ _tag: "PingInterval", peer: rig.ref, interval })
      rig.state.bandwidthThrottleEpoch = rig.now + DAY
      expect(rig.advance(DAY - 1).service()).toEqual([])
      expect(rig.advance(1).sends()).toEqual([[ping(2)]])
    }
    const rig = serverRig()
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 0xffffffff })
    rig.state.recalculateBandwidthLimits = false
    expect(rig.advance(DAY).service()).toEqual([])
    expect(deadline(rig.state)).toBeUndefined()
  })

  it("13.50 received data does not replace the acknowledgement", () => {
    const rig = serverRig()
    for (let i = 1; i <= 50; i++) {
      rig.receive(unreliable(0, 0, i, "x"))
      const sent = rig.advance(10).sends()
      expect(sent).toEqual(i < 50 ? [] : [[ping(2)]])
    }
  })

  it("13.50 not while anything is in flight", () => {
    const rig = serverRig({ roundTripTime: 400 })
    rig.send(0, "x")
    rig.service()
    expect(rig.pass(1100).flatMap(({ commands }) => commands)).toEqual([bandwidthLimit(0, 0, 2)])
  })

  it("13.50 not when a reliable command leaves anyway", () => {
    const rig = serverRig()
    rig.advance(700)
    rig.send(0, "x")
    expect(rig.sends()).toEqual([[reliable(0, 1, "x")]])
  })

  it("13.50 not when a reliable command is ready that does not fit any more", () => {
    const rig = serverRig()
    rig.advance(700)
    rig.send(0, 1200, 0)
    rig.send(0, 500)
    expect(rig.sends()).toEqual([[unreliable(0, 0, 1, 1200)], [reliable(0, 1, 500)]])
  })

  it("13.50 behind unreliable packets", () => {
    const rig = serverRig()
    rig.advance(700)
    rig.send(0, "x", 0)
    expect(rig.sends()).toEqual([[unreliable(0, 0, 1, "x"), ping(2)]])
  })

  it("13.50 in the next service when the datagram has no room for it", () => {
    const rig = serverRig()
    rig.advance(700)
    // 1392 - 4 - 8 - 1380
    rig.send(0, 1364, 0)
    rig.send(0, 5, 0)
    expect(rig.sends().map((commands) => commands.length)).toEqual([2])
    expect(rig.sends()).toEqual([[ping(2)]])
  })

  it("13.50 only in Connected", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.apply({ _tag: "DisconnectLater", peer: rig.ref, data: 0 })
    rig.service()
    rig.given({ sentReliable: serverRig().peer.sentReliable })
    expect(rig.advance(700).service()).toEqual([])
  })

  it("13.50 asked for, at any time", () => {
    const rig = serverRig()
    rig.apply({ _tag: "Ping", peer: rig.ref }, { _tag: "Ping", peer: rig.ref })
    expect(rig.sends()).toEqual([[ping(2), ping(3)]])
  })
})
