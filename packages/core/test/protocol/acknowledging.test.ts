import { describe, expect, it } from "@effect/vitest"
import { clientRig, connectingRig, serverRig } from "./Rig.ts"
import { ack, ping, reliable } from "./segments.ts"

describe("13.36 sequence numbers", () => {
  it("13.36 the first number on every channel and on 0xFF is 1", () => {
    const rig = serverRig({ connect: { channelCount: 3 } })
    for (const channel of [0, 1, 2]) rig.send(channel, "a")
    rig.send(1, "b")
    expect(rig.sends()).toEqual([[reliable(0, 1, "a"), reliable(1, 1, "a"), reliable(2, 1, "a"), reliable(1, 2, "b")]])
  })

  it("13.36 CONNECT is 1, the next control command 2", () => {
    const rig = clientRig()
    expect(rig.sends()).toEqual([[ack(1, 1016), ping(2)]])
    const server = serverRig()
    server.apply({ _tag: "Ping", peer: server.ref })
    expect(server.sends()).toEqual([[ping(2)]])
  })
})

describe("round trip time", () => {
  /** A peer that had these samples, in milliseconds, one after the other. */
  const sampled = (...samples: ReadonlyArray<number>) => {
    const rig = serverRig({ roundTripTime: samples[0]! })
    for (const [i, sample] of samples.slice(1).entries()) {
      const sentTime = rig.now
      rig.apply({ _tag: "Ping", peer: rig.ref })
      rig.service()
      rig.advance(sample).receive(ack(i + 2, sentTime))
    }
    return [rig.peer.roundTripTime, rig.peer.roundTripTimeVariance]
  }

  it("13.37 the first sample is taken as it is", () => {
    expect(sampled(100)).toEqual([100, 50])
    expect(sampled(1)).toEqual([1, 1])
    expect(sampled(0)).toEqual([1, 1])
  })

  it("13.37 samples of 100, 60 and 300 give (100, 50), (95, 48) and (120, 87)", () => {
    expect(sampled(100, 60)).toEqual([95, 48])
    expect(sampled(100, 60, 300)).toEqual([120, 87])
  })

  it("13.37 two samples of 16 give (16, 6)", () => {
    expect(sampled(16, 16)).toEqual([16, 6])
  })

  it("the client's first sample comes with its first acknowledged command, not with VERIFY_CONNECT", () => {
    const rig = clientRig()
    expect(rig.peer).toMatchObject({ roundTripTime: 500, roundTripTimeVariance: 0, lastReceiveTime: 0 })
    const sent = rig.service()
    rig.advance(30).acknowledge(...sent)
    expect(rig.peer).toMatchObject({ roundTripTime: 30, roundTripTimeVariance: 15, lastReceiveTime: rig.now })
  })

  it("the lowest time and the highest variance of an epoch become the next epoch's measure", () => {
    const rig = serverRig({ roundTripTime: 100 })
    expect(rig.peer).toMatchObject({
      packetThrottleEpoch: rig.now,
      lastRoundTripTime: 100,
      lastRoundTripTimeVariance: 50,
      lowestRoundTripTime: 100,
      highestRoundTripTimeVariance: 50
    })
    rig.given({ lowestRoundTripTime: 70, highestRoundTripTimeVariance: 80 })
    rig.advance(4999).receive(ack(9, rig.now - 100))
    expect(rig.peer).toMatchObject({ lastRoundTripTime: 100, lastRoundTripTimeVariance: 50 })
    rig.advance(1).receive(ack(9, rig.now - 100))
    expect(rig.peer).toMatchObject({
      packetThrottleEpoch: rig.now,
      lastRoundTripTime: 70,
      lastRoundTripTimeVariance: 80,
      lowestRoundTripTime: 100,
      highestRoundTripTimeVariance: rig.peer.roundTripTimeVariance
    })
  })
})

describe("acknowledgements received", () => {
  it("13.41 any plausible one resets earliestTimeout and lastReceiveTime, even for an unknown number", () => {
    const rig = serverRig().given({ earliestTimeout: 7 })
    rig.advance(60).receive(ack(4711, rig.now - 25, 1))
    expect(rig.peer).toMatchObject({ earliestTimeout: 0, lastReceiveTime: rig.now, roundTripTime: 17 })
  })

  it("13.41 also in the states around a connection", () => {
    const rig = connectingRig().given({ earliestTimeout: 7 })
    rig.advance(20).receive(ack(99, rig.now - 20))
    expect(rig.peer).toMatchObject({ earliestTimeout: 0, lastReceiveTime: rig.now, roundTripTime: 20 })
    expect(rig.stateName).toBe("Connecting")
  })

  it("13.42 one that is 5 ms in the future is ignored", () => {
    const rig = serverRig()
    rig.send(0, "x")
    rig.service()
    const { lastReceiveTime, roundTripTime } = rig.peer
    rig.receive(ack(1, rig.now + 5, 0))
    expect(rig.peer.sentReliable.size).toBe(1)
    expect(rig.peer).toMatchObject({ roundTripTime, lastReceiveTime, reliableDataInTransit: 1 })
  })

  it("13.42 the sent time is rebuilt across the 0x8000 boundary", () => {
    const roundTripTime = (now: number, receivedSentTime: number) => {
      const rig = serverRig().given({ lastReceiveTime: 0 })
      rig.now = now
      rig.receive(ack(9, receivedSentTime))
      return rig.peer.lastReceiveTime === now ? rig.peer.roundTripTime : undefined
    }
    expect(roundTripTime(0x18010, 0x7ff0)).toBe(0x20)
    expect(roundTripTime(0x28010, 0x8000)).toBe(0x10)
    expect(roundTripTime(0x20005, 0xfff0)).toBe(0x15)
    expect(roundTripTime(0x27fff, 0x8000)).toBe(0xffff)
    expect(roundTripTime(0x28000, 0x7fff)).toBe(1)
    // the low half has not passed 0x8000 on both sides: this one is ahead
    expect(roundTripTime(0x28010, 0x8011)).toBeUndefined()
    expect(roundTripTime(0x20005, 0x0006)).toBeUndefined()
  })

  it("13.42 also when the clock wraps", () => {
    const rig = serverRig().given({ lastReceiveTime: 0 })
    rig.now = 5
    rig.receive(ack(9, 0xfff0))
    expect(rig.peer.roundTripTime).toBe(0x15)
  })

  it("13.43 one for a command that waits for retransmission removes it without touching reliableDataInTransit", () => {
    const rig = serverRig({ connect: { windowSize: 4096, incomingBandwidth: 1 } })
    for (const size of [1300, 1300, 1300]) rig.send(0, size)
    rig.service()
    expect(rig.peer.reliableDataInTransit).toBe(3900)
    // all three are overdue, but the closed throttle lets only one leave again
    rig.given({ packetThrottle: 0 })
    expect(rig.advance(100).sends()).toEqual([[reliable(0, 1, 1300)]])
    expect([rig.peer.reliableDataInTransit, rig.peer.outgoingReliable.size]).toEqual([1300, 2])
    rig.receive(ack(3, rig.now, 0))
    expect([rig.peer.reliableDataInTransit, rig.peer.outgoingReliable.size]).toEqual([1300, 1])
    rig.receive(ack(1, rig.now, 0))
    expect([rig.peer.reliableDataInTransit, rig.peer.outgoingReliable.size]).toEqual([0, 1])
    expect(rig.sends()).toEqual([[reliable(0, 2, 1300)]])
  })

  it("numbers on different channels are different", () => {
    const rig = serverRig()
    rig.send(0, "a")
    rig.send(1, "b")
    rig.service()
    rig.receive(ack(1, rig.now, 1))
    expect(rig.pass(60).map(({ commands }) => commands)).toEqual([[reliable(0, 1, "a")]])
  })

  it("are selective: nothing before the number is acknowledged by it", () => {
    const rig = serverRig()
    for (const text of ["a", "b", "c"]) rig.send(0, text)
    rig.service()
    rig.receive(ack(2, rig.now, 0))
    expect(rig.pass(60).map(({ commands }) => commands)).toEqual([[reliable(0, 1, "a"), reliable(0, 3, "c")]])
  })

  it("the number in the command's own field counts, not the one in its header", () => {
    const rig = serverRig()
    rig.send(0, "a")
    rig.service()
    rig.receive({ ...ack(2, rig.now, 0), receivedReliableSequenceNumber: 1 })
    expect(rig.peer.sentReliable.size).toBe(0)
  })

  it("every copy of a packet is acknowledged again", () => {
    const rig = serverRig()
    for (let i = 0; i < 3; i++) {
      rig.receive(reliable(0, 1, "x"))
      expect(rig.sends()).toEqual([[ack(1, rig.now, 0)]])
    }
    expect(rig.lines()).toEqual(["Receive 0 x"])
  })
})
