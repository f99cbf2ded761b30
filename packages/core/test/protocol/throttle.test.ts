import { describe, expect, it } from "@effect/vitest"
import { connectingRig, type Rig, serverRig } from "./Rig.ts"
import { ack, reliable, unreliable, unsequenced, verifyConnect } from "./segments.ts"

const throttled = (packetThrottle: number) => serverRig().given({ packetThrottle })

describe("packets that the throttle drops", () => {
  it("13.63 T + 1 of 32 unreliable packets pass for T below 31, all from 31 on", () => {
    const passed = (throttle: number) => {
      const rig = throttled(throttle)
      for (let i = 0; i < 32; i++) rig.send(0, "x", 0)
      return rig.sends().flat().length
    }
    expect([0, 1, 2, 15, 29, 30, 31, 32].map(passed)).toEqual([1, 2, 3, 16, 30, 31, 32, 32])
  })

  it("13.63 their sequence numbers are used up", () => {
    const rig = throttled(15)
    for (let i = 0; i < 10; i++) rig.send(0, "x", 0)
    // 7, 14, 21, 28, 3, 10, 17, 24, 31, 6
    expect(rig.sends()).toEqual([[1, 2, 5, 6, 10].map((number) => unreliable(0, 0, number, "x"))])
  })

  it("13.63 the fragments of a dropped packet go with it", () => {
    const rig = throttled(15)
    for (let i = 0; i < 4; i++) rig.send(0, 3000, 8)
    expect(
      rig.sends().flat().map((command) => [
        command._tag === "SendUnreliableFragment" ? command.startSequenceNumber : -1,
        command._tag === "SendUnreliableFragment" ? command.fragmentNumber : -1
      ])
    ).toEqual([[1, 0], [1, 1], [1, 2], [2, 0], [2, 1], [2, 2]])
    expect(rig.peer.outgoingQueued).toBe(0)
  })

  it("13.63 reliable packets and control commands are never dropped", () => {
    const rig = throttled(0)
    for (let i = 0; i < 5; i++) rig.send(0, "x", 1)
    rig.apply({ _tag: "Ping", peer: rig.ref })
    expect(rig.sends().flat()).toHaveLength(6)
  })

  it("13.64 adjacent unsequenced packets behind a dropped one are dropped", () => {
    const rig = throttled(15)
    for (let i = 0; i < 10; i++) rig.send(0, "x", 2)
    expect(rig.sends()).toEqual([[unsequenced(0, 1, "x"), unsequenced(0, 2, "x")]])
    rig.send(0, "x", 2)
    expect(rig.sends()).toEqual([])
    rig.send(0, "x", 2)
    rig.send(0, "x", 2)
    expect(rig.sends()).toEqual([[unsequenced(0, 12, "x"), unsequenced(0, 13, "x")]])
  })

  it("13.64 a run ends where something else was queued between", () => {
    const rig = throttled(15)
    // passes, passes, dropped with the next, then an unreliable one (28: dropped), then 3 passes
    for (let i = 0; i < 4; i++) rig.send(0, "x", 2)
    rig.send(0, "y", 0)
    for (let i = 0; i < 2; i++) rig.send(0, "z", 2)
    expect(rig.sends()).toEqual([[
      unsequenced(0, 1, "x"),
      unsequenced(0, 2, "x"),
      unsequenced(0, 5, "z"),
      unsequenced(0, 6, "z")
    ]])
  })

  it("13.64 packets of two channels with equal numbers are dropped together", () => {
    const rig = throttled(15)
    for (let i = 0; i < 2; i++) rig.send(0, "pass", 0)
    rig.send(0, "dropped", 0)
    rig.peer.editChannel(1).outgoingUnreliableSequenceNumber = 2
    rig.send(1, "goes with it", 0)
    expect(rig.sends().flat()).toHaveLength(2)
  })

  it("13.64 but not if only one of the two numbers is equal", () => {
    const rig = throttled(30)
    // the ninth is dropped
    for (let i = 0; i < 9; i++) rig.send(0, "x", 0)
    Object.assign(rig.peer.editChannel(1), { outgoingReliableSequenceNumber: 5, outgoingUnreliableSequenceNumber: 8 })
    rig.send(1, "same unreliable number", 0)
    expect(rig.sends().flat()).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((number) => unreliable(0, 0, number, "x")),
      unreliable(1, 5, 9, "same unreliable number")
    ])
  })

  it("13.64 a control command behind a dropped packet stays, whatever its number", () => {
    const rig = throttled(15)
    for (let i = 0; i < 3; i++) rig.send(0, "x", 2)
    rig.given({ outgoingReliableSequenceNumber: 0xffff })
    rig.apply({ _tag: "Ping", peer: rig.ref })
    expect(rig.sendsTags()).toEqual([["SendUnsequenced", "SendUnsequenced", "Ping"]])
  })

  it("13.64 what does not fit into the datagram is not counted yet", () => {
    const rig = throttled(15)
    for (let i = 0; i < 3; i++) rig.send(0, 1000, 0)
    rig.flush()
    expect(rig.peer.packetThrottleCounter).toBe(21)
  })
})

describe("13.65 how the throttle moves", () => {
  const after = (fields: Parameters<Rig["given"]>[0], roundTripTime: number) => {
    const rig = serverRig().given({ packetThrottle: 10, packetThrottleLimit: 20, ...fields })
    rig.now = 3000
    rig.given({ packetThrottleEpoch: 2999 })
    rig.receive(ack(99, rig.now - roundTripTime))
    return rig.peer.packetThrottle
  }
  const measured = { lastRoundTripTime: 100, lastRoundTripTimeVariance: 20 }

  it("13.65 a time that is no longer than its variance opens it to the limit", () => {
    expect(after({ lastRoundTripTime: 20, lastRoundTripTimeVariance: 20 }, 1000)).toBe(20)
    expect(after({ lastRoundTripTime: 21, lastRoundTripTimeVariance: 20 }, 1000)).toBe(8)
  })

  it("13.65 a sample up to the measure opens it by the acceleration, up to the limit", () => {
    expect(after(measured, 100)).toBe(12)
    expect(after(measured, 1)).toBe(12)
    expect(after({ ...measured, packetThrottle: 19 }, 100)).toBe(20)
    expect(after({ ...measured, packetThrottle: 25 }, 100)).toBe(20)
  })

  it("13.65 a sample above the measure and two variances closes it by the deceleration, down to 0", () => {
    expect(after(measured, 141)).toBe(8)
    expect(after({ ...measured, packetThrottle: 2 }, 141)).toBe(0)
    expect(after({ ...measured, packetThrottle: 1 }, 141)).toBe(0)
  })

  it("13.65 a sample between leaves it alone", () => {
    expect(after(measured, 101)).toBe(10)
    expect(after(measured, 140)).toBe(10)
  })

  it("13.65 the first acknowledgement is excluded", () => {
    expect(after({ ...measured, lastReceiveTime: 0 }, 1000)).toBe(10)
    expect(after({ ...measured, lastReceiveTime: 0 }, 1)).toBe(10)
  })

  it("13.65 with the values that were configured", () => {
    const rig = serverRig().given({ packetThrottle: 10, ...measured, packetThrottleEpoch: 1016 })
    rig.apply({ _tag: "ThrottleConfigure", peer: rig.ref, interval: 60_000, acceleration: 5, deceleration: 7 })
    rig.service()
    rig.now = 3000
    rig.receive(ack(99, rig.now - 50))
    expect(rig.peer.packetThrottle).toBe(15)
    rig.receive(ack(99, rig.now - 200))
    expect(rig.peer.packetThrottle).toBe(8)
  })
})

describe("throttle_configure", () => {
  it("tells the remote, which uses the values as well", () => {
    const rig = serverRig()
    rig.apply({ _tag: "ThrottleConfigure", peer: rig.ref, interval: 1, acceleration: 2, deceleration: 3 })
    const values = { packetThrottleInterval: 1, packetThrottleAcceleration: 2, packetThrottleDeceleration: 3 }
    expect(rig.sends()).toMatchObject([[{
      _tag: "ThrottleConfigure",
      flags: 0x80,
      reliableSequenceNumber: 2,
      ...values
    }]])
    expect(rig.peer.link).toMatchObject(values)
  })

  it("is ignored before the connection is established, where the C library would break the handshake", () => {
    const rig = connectingRig()
    rig.apply({ _tag: "ThrottleConfigure", peer: rig.ref, interval: 1, acceleration: 2, deceleration: 3 })
    expect(rig.service()).toEqual([])
    rig.receive(verifyConnect(), { sessionID: 0 })
    expect(rig.lines()).toEqual(["Connect 0"])
    expect(rig.sends().flat()).not.toContainEqual(reliable(0, 1))
  })
})
