import { describe, expect, it } from "@effect/vitest"
import { clientRig, type Rig, serverRig } from "./Rig.ts"
import { ack, bandwidthLimit, ping, reliable, unreliable } from "./segments.ts"

/** A peer whose round trip time is (16, 6): the first timeout comes after 40 ms. */
const rig40 = () => {
  const rig = serverRig({ roundTripTime: 16 })
  rig.apply({ _tag: "Ping", peer: rig.ref })
  const sent = rig.service()
  rig.advance(16).acknowledge(...sent)
  rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 1_000_000 })
  return rig
}

const times = (rig: Rig, milliseconds: number, every = 1) =>
  rig.pass(milliseconds, every).filter(({ commands }) => commands.some(({ channelID }) => channelID === 0)).map((
    { at }
  ) => at)

describe("13.38 the time until retransmission", () => {
  it("13.38 is the round trip time and four variances, doubled each time", () => {
    const rig = serverRig({ roundTripTime: 100 })
    expect([rig.peer.roundTripTime, rig.peer.roundTripTimeVariance]).toEqual([100, 50])
    rig.send(0, "x")
    rig.service()
    expect(times(rig, 2000)).toEqual([300, 900])
  })

  it("13.38 is that of the first transmission, whatever the round trip time becomes later", () => {
    const rig = serverRig({ roundTripTime: 100 })
    rig.send(0, "x")
    rig.service()
    rig.given({ roundTripTime: 1, roundTripTimeVariance: 1 })
    expect(times(rig, 299)).toEqual([])
    rig.given({ roundTripTime: 5000, roundTripTimeVariance: 900 })
    expect(times(rig, 1)).toEqual([1])
    expect(times(rig, 600)).toEqual([600])
  })

  it("13.38 is 500 ms before the first sample", () => {
    const rig = clientRig()
    rig.send(0, "x")
    rig.service()
    expect(times(rig, 1500)).toEqual([500, 1500])
  })

  it("13.39 with a base of 40 ms transmissions are at 0, 40, 120 and 280 ms", () => {
    const rig = rig40()
    rig.send(0, "x")
    expect(rig.sends()).toEqual([[reliable(0, 1, "x")]])
    expect(times(rig, 300)).toEqual([40, 120, 280])
  })

  it("only a service looks for timeouts, and late ones count from when it looked", () => {
    const rig = rig40()
    rig.send(0, "x")
    rig.service()
    rig.advance(100)
    expect(rig.sends()).toEqual([[reliable(0, 1, "x")]])
    expect(times(rig, 100)).toEqual([80])
  })
})

describe("13.40 when a connection is given up", () => {
  /** Transmissions of one packet, and the time of the Disconnect. */
  const life = (rig: Rig, milliseconds: number) => {
    rig.send(0, "x")
    rig.service()
    const start = rig.now
    const sent = [0]
    while (rig.now - start < milliseconds && rig.stateName === "Connected") {
      if (times(rig, 1).length > 0) sent.push(rig.now - start)
    }
    const lines = rig.lines()
    return { sent, lost: lines.length === 0 ? undefined : rig.now - start }
  }

  it("13.40 after six transmissions and 5 s", () => {
    expect(life(rig40(), 40_000)).toEqual({ sent: [0, 40, 120, 280, 600, 1240, 2520], lost: 5080 })
  })

  it("13.40 not before six transmissions, even after 5 s, but after 30 s at the latest", () => {
    const rig = clientRig()
    expect(life(rig, 40_000)).toEqual({ sent: [0, 500, 1500, 3500, 7500, 15_500], lost: 31_500 })
  })

  it("13.40 with timeout(2, 100, 300): after two transmissions and 100 ms", () => {
    const rig = rig40()
    rig.apply({ _tag: "Timeout", peer: rig.ref, limit: 2, minimum: 100, maximum: 300 })
    expect(life(rig, 1000)).toEqual({ sent: [0, 40], lost: 120 })
  })

  it("13.40 with a limit that is never reached: at the first timeout after 300 ms", () => {
    const rig = rig40()
    rig.apply({ _tag: "Timeout", peer: rig.ref, limit: 0xffffffff, minimum: 100, maximum: 300 })
    expect(life(rig, 1000)).toEqual({ sent: [0, 40, 120, 280], lost: 600 })
  })

  it("13.40 zeros restore the defaults", () => {
    const rig = rig40()
    rig.apply({ _tag: "Timeout", peer: rig.ref, limit: 2, minimum: 100, maximum: 300 })
    rig.apply({ _tag: "Timeout", peer: rig.ref, limit: 0, minimum: 0, maximum: 0 })
    expect(rig.peer.link).toMatchObject({ timeoutLimit: 32, timeoutMinimum: 5000, timeoutMaximum: 30_000 })
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 0 })
    expect(rig.peer.link.pingInterval).toBe(500)
  })

  it("13.41 an acknowledgement of anything starts the count anew", () => {
    const rig = rig40()
    rig.send(0, "x")
    rig.service()
    times(rig, 5000)
    rig.receive(ack(99, rig.now))
    times(rig, 100)
    expect(rig.stateName).toBe("Connected")
    expect(rig.peer.earliestTimeout).toBeGreaterThan(0)
  })

  it("more than 32 transmissions count as no fewer", () => {
    const rig = rig40()
    rig.apply({ _tag: "Timeout", peer: rig.ref, limit: 0xffffffff, minimum: 1, maximum: 0xffffffff })
    rig.send(0, "x")
    rig.service()
    // an hour between services makes every one of them a timeout
    for (let attempts = 1; attempts < 33; attempts++) {
      expect(rig.advance(3_600_000).sends()).toHaveLength(1)
      rig.given({ earliestTimeout: 0 })
      Object.assign(rig.peer.sentReliable.head()!, { roundTripTimeout: 40 })
      rig.given({ nextTimeout: rig.now + 40 })
    }
    expect(rig.advance(3_600_000).sends()).toEqual([])
    expect(rig.stateName).toBe("Zombie")
  })
})

describe("13.44 what timed out together", () => {
  it("13.44 keeps its order and precedes what was queued since", () => {
    const rig = rig40()
    for (const text of ["a", "b"]) rig.send(0, text)
    rig.apply({ _tag: "Ping", peer: rig.ref })
    rig.send(0, "c")
    rig.service()
    rig.send(0, "new")
    rig.send(1, "unreliable", 0)
    rig.advance(40)
    expect(rig.sends()).toEqual([[
      reliable(0, 1, "a"),
      reliable(0, 2, "b"),
      ping(3),
      reliable(0, 3, "c"),
      reliable(0, 4, "new"),
      unreliable(1, 0, 1, "unreliable")
    ]])
  })

  it("13.44 precedes what timed out before and still waits", () => {
    const rig = serverRig({ connect: { incomingBandwidth: 1 } })
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 1_000_000 })
    for (const size of [1000, 1001, 1002]) rig.send(0, size)
    rig.service()
    rig.given({ packetThrottle: 0 })
    // one leaves again, two wait
    expect(rig.advance(60).sends()).toEqual([[reliable(0, 1, 1000)]])
    rig.given({ packetThrottle: 32 })
    // its own timeout is twice as long; then it goes in front of the others
    expect(rig.advance(200).sends().flat().map(({ reliableSequenceNumber }) => reliableSequenceNumber)).toEqual([
      1,
      2,
      3
    ])
  })

  it("waits for the oldest one in flight, however short its own time is", () => {
    const rig = serverRig().given({ roundTripTime: 100, roundTripTimeVariance: 75 })
    rig.send(0, "400 ms")
    rig.service()
    rig.given({ roundTripTime: 16, roundTripTimeVariance: 6 })
    rig.pass(100)
    rig.send(0, "40 ms")
    rig.service()
    expect(rig.pass(290)).toEqual([])
    expect(rig.pass(10).map(({ commands }) => commands)).toEqual([[reliable(0, 1, "400 ms"), reliable(0, 2, "40 ms")]])
  })

  it("leaves only what is due: younger commands stay in flight", () => {
    const rig = rig40()
    rig.send(0, "a")
    rig.service()
    rig.advance(20)
    rig.send(0, "b")
    rig.service()
    expect(rig.pass(50, 1).map(({ at, commands }) => [at, commands])).toEqual([
      [20, [reliable(0, 1, "a")]],
      [40, [reliable(0, 2, "b")]]
    ])
  })
})

describe("loss statistics", () => {
  it("13.51 one of four lost in 10 s gives a loss of 2048 and a variance of 4096 from zero", () => {
    const rig = serverRig()
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 1_000_000 })
    // VERIFY_CONNECT was the first of the four; the epoch began with it, at 1000
    const limit = rig.pass(1000)
    expect(limit.map(({ commands }) => commands)).toEqual([[bandwidthLimit(0, 0, 2)]])
    rig.acknowledge(...limit)
    rig.now = 10_990
    rig.send(0, "x")
    rig.service()
    expect(rig.peer).toMatchObject({ packetsSent: 3, packetsLost: 0, packetLossEpoch: 1000 })
    rig.pass(40)
    expect(rig.peer).toMatchObject({ packetLoss: 0, packetsSent: 3 })
    expect(rig.pass(10).map(({ commands }) => commands)).toEqual([[reliable(0, 1, "x")]])
    expect(rig.peer).toMatchObject({
      packetLoss: 2048,
      packetLossVariance: 4096,
      packetLossEpoch: rig.now,
      packetsSent: 0,
      packetsLost: 0
    })
  })

  it("13.51 acknowledgements do not count", () => {
    const rig = serverRig()
    rig.receive([ping(2), ping(3)])
    rig.service()
    expect(rig.peer.packetsSent).toBe(1)
  })

  it("13.51 the variance uses the old loss", () => {
    const rig = serverRig()
    rig.given({ packetLoss: 8000, packetLossVariance: 100, packetsSent: 8, packetsLost: 1, packetLossEpoch: 1 })
    rig.now = 20_000
    rig.send(0, "x", 0)
    // BANDWIDTH_LIMIT is due as well: 1 of 10 is 6553
    expect(rig.sends()).toEqual([[unreliable(0, 0, 1, "x"), bandwidthLimit(0, 0, 2)]])
    expect(rig.peer).toMatchObject({
      packetLossVariance: Math.floor((100 * 3 + (8000 - 6553)) / 4),
      packetLoss: Math.floor((8000 * 7 + 6553) / 8)
    })
  })
})
