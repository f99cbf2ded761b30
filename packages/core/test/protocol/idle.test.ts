import { deadline, Host, type Input, type Output, step } from "@effect-enet/core/protocol"
import { earlier, NEVER } from "@effect-enet/core/protocol/collections/Radix"
import { Decode } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { random } from "./random.ts"
import { randomRun } from "./randomRun.ts"
import { serverRig } from "./Rig.ts"
import { ack, connect, datagram, ping, reliable } from "./segments.ts"

const PEERS = 4000

const addressOf = (slot: number) => ({ host: `10.1.${slot >> 8}.${slot & 0xff}`, port: 9000 })

/** A host with 4,000 connections and nothing to do, at time 2100: the bandwidth step was at 2000. */
const crowd = () => {
  let state = Host.make({ maxPeers: PEERS })
  const apply = (inputs: ReadonlyArray<Input.Input>, now: number): Output.Outputs => {
    const result = step(state, inputs, now)
    state = result.state
    return result.outputs
  }
  const slots = Array.from({ length: PEERS }, (_, slot) => slot)
  const datagrams = (commands: (slot: number) => Parameters<typeof datagram>[1], peerID?: number): Array<Input.Input> =>
    slots.map((slot) => ({
      _tag: "Datagram",
      address: addressOf(slot),
      bytes: datagram({ peerID: peerID ?? slot }, commands(slot))
    }))
  apply(datagrams((slot) => [connect({ connectID: slot })], 0xfff), 1900)
  expect(apply([{ _tag: "Service" }], 1900).transmits).toHaveLength(PEERS)
  expect(apply(datagrams(() => [ack(1, 1900)]), 2000).events).toHaveLength(PEERS)
  // BANDWIDTH_LIMIT to everybody, a second after the first service
  const limits = apply([{ _tag: "Service" }], 2900)
  expect(limits.transmits).toHaveLength(PEERS)
  apply(datagrams(() => [ack(2, 2900)]), 3000)
  expect(state.connectedPeers).toBe(PEERS)
  return { apply, host: () => state }
}

describe("with 4,000 connected peers", { timeout: 60_000 }, () => {
  it("a step with one datagram touches exactly one peer", () => {
    const { apply } = crowd()
    for (const slot of [0, 77, 2048, PEERS - 1]) {
      const bytes = datagram({ peerID: slot, sentTime: 3100 }, [ping(2), reliable(0, 1, "x")])
      const outputs = apply([{ _tag: "Datagram", address: addressOf(slot), bytes }, { _tag: "Service" }], 3100)
      expect(outputs.touched).toEqual([slot])
      expect(outputs.transmits.map(({ bytes }) => Decode.decodeDatagram(bytes)!.commands.length)).toEqual([2])
    }
  })

  it("a send touches exactly one peer, and so does the service that sends it", () => {
    const { apply } = crowd()
    const packet = { payload: new Uint8Array(10), flags: 1 }
    const peer = { slot: 1234, connection: 1235 }
    expect(apply([{ _tag: "Send", peer, channelID: 0, packet }], 3100).touched).toEqual([1234])
    expect(apply([{ _tag: "Service" }], 3101)).toMatchObject({ touched: [1234], transmits: [{}] })
  })

  it("a service with nothing to do touches none", () => {
    const { apply, host } = crowd()
    const before = host()
    expect(apply([{ _tag: "Service" }], 3499)).toMatchObject({ answers: [], events: [], touched: [], transmits: [] })
    expect(host().peers.get(0)).toBe(before.peers.get(0))
    // the pings of all of them
    expect(deadline(host())).toBe(3500)
    expect(apply([{ _tag: "Service" }], 3500).transmits).toHaveLength(PEERS)
  })

  it("a datagram that is dropped touches none", () => {
    const { apply } = crowd()
    const bytes = datagram({ peerID: 5, sessionID: 3 }, [ping(2)])
    expect(apply([{ _tag: "Datagram", address: addressOf(5), bytes }], 3100).touched).toEqual([])
  })

  it("the deadline is that of a scan of all peers, after any activity", () => {
    const { apply, host } = crowd()
    const { chance, integer } = random(1)
    let now = 3000
    for (let i = 0; i < 3000; i++) {
      const slot = integer(PEERS)
      const peer = { slot, connection: slot + 1 }
      now += chance(0.1) ? integer(30) : 0
      apply([
        chance(0.3)
          ? { _tag: "Send", peer, channelID: 0, packet: { payload: new Uint8Array(10), flags: integer(3) } }
          : chance(0.5)
          ? { _tag: "PingInterval", peer, interval: 100 + integer(5000) }
          : { _tag: "Datagram", address: addressOf(slot), bytes: datagram({ peerID: slot, sentTime: now }, [ping(9)]) }
      ], now)
      if (chance(0.2)) apply([{ _tag: "Service" }], now)
      if (i % 10 === 0) {
        let earliest = NEVER
        host().peers.forEach(({ wake }) => earliest = earlier(earliest, wake))
        if (deadline(host()) !== earliest) throw new Error(`${deadline(host())} instead of ${earliest}`)
      }
    }
  })
})

describe("the deadline", () => {
  it("is never too late and never too early", { timeout: 60_000 }, () => {
    let deadlines = 0
    for (let seed = 20; seed < 24; seed++) {
      const limits = seed % 2 === 0 ? {} : { outgoingBandwidth: 20_000, incomingBandwidth: 50_000 }
      randomRun({
        seed,
        rounds: 900,
        settings: limits,
        observe: ({ after, inputs, now }) => {
          if (inputs.at(-1)?._tag !== "Service") return
          const at = deadline(after)
          const service = (time: number) => step(after, [{ _tag: "Service" }], time)
          // nothing is left to do at once
          if (service(now).outputs.transmits.length > 0 && ((at ?? now + 1) - now | 0) > 0) throw new Error("too late")
          if (at === undefined) {
            if (service((now + 20_000) >>> 0).outputs.transmits.length > 0) throw new Error("there is none")
            return
          }
          if (((at - now) | 0) <= 0) return
          deadlines++
          const before = service((at - 1) >>> 0)
          if (before.outputs.transmits.length > 0) throw new Error(`too late in seed ${seed}`)
          const then = service(at)
          if (then.outputs.touched.length === 0 && then.state.bandwidthThrottleEpoch !== at) {
            throw new Error(`too early in seed ${seed}`)
          }
        }
      })
    }
    expect(deadlines).toBeGreaterThan(3000)
  })

  it("is the next ping of a quiet peer", () => {
    const rig = serverRig()
    rig.state.recalculateBandwidthLimits = false
    expect(deadline(rig.state)).toBe(1016 + 500)
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 70 })
    expect(deadline(rig.state)).toBe(1016 + 70)
  })

  it("is the next timeout while something is in flight", () => {
    const rig = serverRig()
    rig.state.recalculateBandwidthLimits = false
    rig.send(0, "x")
    expect(deadline(rig.state)).toBe(rig.now)
    rig.service()
    expect(deadline(rig.state)).toBe(rig.now + 16 + 4 * 8)
  })

  it("is the next bandwidth step while there is something to limit", () => {
    const rig = serverRig()
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 100_000 })
    expect(deadline(rig.state)).toBe(2000)
    rig.acknowledge(...rig.pass(2000 - rig.now))
    expect(deadline(rig.state)).toBe(102_000)
    rig.apply({ _tag: "BandwidthLimit", incoming: 0, outgoing: 1000 })
    expect(deadline(rig.state)).toBe(3000)
  })

  it("is none for a host without connections", () => {
    expect(deadline(Host.make())).toBeUndefined()
    const rig = serverRig()
    rig.apply({ _tag: "Reset", peer: rig.ref })
    expect(deadline(rig.state)).toBeUndefined()
  })
})
