import type { EnetPeer } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { connectTo, Network, pair, pass, serverPort, settle } from "./Kit.ts"
import { kindsOf } from "./Raw.ts"

describe("the statistics of a peer", () => {
  it.effect("start with ENet's values while it is connecting", () =>
    Effect.gen(function*() {
      const client = yield* new Network().host()
      yield* Effect.forkChild(connectTo(client), { startImmediately: true })
      const [peer] = yield* client.peers
      expect(yield* peer!.statistics).toEqual({
        packetLoss: 0,
        packetLossVariance: 0,
        packetLossEpoch: 0,
        roundTripTime: 500,
        roundTripTimeVariance: 0,
        lastRoundTripTime: 500,
        lastRoundTripTimeVariance: 0,
        packetThrottle: 32,
        packetThrottleLimit: 32,
        packetThrottleCounter: 0,
        packetThrottleEpoch: 0,
        packetThrottleAcceleration: 2,
        packetThrottleDeceleration: 2,
        packetThrottleInterval: 5000,
        mtu: 1392,
        windowSize: 65_536,
        reliableDataInTransit: 0,
        outgoingQueued: 0,
        totalWaitingData: 0,
        sentData: 0,
        receivedData: 0
      })
    }))

  it.effect("measure the round trip, and count what passes the throttle", () =>
    Effect.gen(function*() {
      const { toServer } = yield* pair()
      yield* pass(1000)
      const quiet = yield* toServer.statistics
      expect(quiet.roundTripTime).toBe(1)
      expect(quiet.roundTripTimeVariance).toBe(1)
      expect(quiet.packetLossEpoch).toBeGreaterThan(0)
      expect(quiet.packetThrottleEpoch).toBeGreaterThan(0)
      for (let i = 0; i < 3; i++) yield* toServer.send(0, "x", { mode: "unreliable" })
      yield* settle
      expect((yield* toServer.statistics).packetThrottleCounter).toBe(21)
    }))

  it.effect("count what is queued, under way and unread", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* pair()
      network.passes = () => false
      yield* toServer.send(0, new Uint8Array(100))
      expect(yield* toServer.statistics).toMatchObject({ outgoingQueued: 100, reliableDataInTransit: 0 })
      yield* settle
      expect(yield* toServer.statistics).toMatchObject({ outgoingQueued: 0, reliableDataInTransit: 100 })
      network.passes = () => true
      yield* pass(1000)
      expect(yield* toServer.statistics).toMatchObject({ outgoingQueued: 0, reliableDataInTransit: 0 })
      expect((yield* toClient.statistics).totalWaitingData).toBe(100)
    }))

  it.effect("count the bytes of datagrams in both directions", () =>
    Effect.gen(function*() {
      // limited, so that every second the totals start again by which bandwidth is shared
      const { client, network, server, toClient, toServer } = yield* pair({ server: { incomingBandwidth: 1_000_000 } })
      const totals = Effect.all([toServer.statistics, toClient.statistics])
      const [ours, theirs] = yield* totals
      const before = network.sent.length
      for (let i = 0; i < 30; i++) {
        yield* toServer.send(0, new Uint8Array(i * 100))
        yield* pass(100)
      }
      const [oursNow, theirsNow] = yield* totals
      const bytesOf = (port: number) =>
        network.sent.slice(before).filter(({ from }) => from === port).reduce((sum, { bytes }) => sum + bytes.length, 0)
      expect(bytesOf(client.address.port)).toBeGreaterThan(43_500)
      expect(bytesOf(server.address.port)).toBeGreaterThan(30 * 12)
      expect(oursNow.sentData - ours.sentData).toBe(bytesOf(client.address.port))
      expect(theirsNow.receivedData - theirs.receivedData).toBe(bytesOf(client.address.port))
      expect(theirsNow.sentData - theirs.sentData).toBe(bytesOf(server.address.port))
      expect(oursNow.receivedData - ours.receivedData).toBe(bytesOf(server.address.port))
    }))

  it.effect("estimate the loss of reliable commands every ten seconds", () =>
    Effect.gen(function*() {
      const { network, toServer } = yield* pair()
      let count = 0
      network.passes = ({ bytes }) => !kindsOf(bytes).includes("SendReliable") || count++ % 2 === 0
      for (let i = 0; i < 40; i++) {
        yield* toServer.send(0, "x")
        yield* pass(500)
      }
      const { packetLoss } = yield* toServer.statistics
      expect(packetLoss).toBeGreaterThan(0)
      expect(packetLoss).toBeLessThan(65_536)
    }))
})

describe("ping", () => {
  it.effect("asks for an acknowledgement at once", () =>
    Effect.gen(function*() {
      const { client, network, server, toServer } = yield* pair()
      yield* pass(100)
      const before = network.sent.length
      yield* toServer.ping
      yield* settle
      expect(network.sent.slice(before).map(({ bytes, from }) => [from, kindsOf(bytes)])).toEqual([
        [client.address.port, "Ping"],
        [server.address.port, "Acknowledge"]
      ])
    }))
})

describe("pingInterval", () => {
  const pingsIn = Effect.fnUntraced(function*(network: Network, port: number, milliseconds: number) {
    const before = network.sent.length
    yield* pass(milliseconds)
    return network.sent.slice(before).filter(({ bytes, from }) => from === port && kindsOf(bytes).includes("Ping"))
      .length
  })

  it.effect("is 500 ms, can be changed, and is restored by 0", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* pair()
      const port = client.address.port
      yield* pass(1250)
      expect(yield* pingsIn(network, port, 10_000)).toBe(20)
      yield* toServer.pingInterval(100)
      yield* pass(450)
      expect(yield* pingsIn(network, port, 10_000)).toBe(100)
      yield* toServer.pingInterval(60_000)
      expect(yield* pingsIn(network, port, 10_000)).toBe(0)
      yield* toServer.pingInterval(0)
      yield* pass(500)
      expect(yield* pingsIn(network, port, 10_000)).toBe(20)
    }))
})

describe("timeout", () => {
  /** When the connection is found to be lost, after everything is lost from now on. */
  const lostAfter = Effect.fnUntraced(function*(options: Parameters<EnetPeer.EnetPeer["timeout"]>[0]) {
    const { network, toServer } = yield* pair()
    yield* toServer.timeout(options)
    yield* pass(2000)
    network.passes = () => false
    yield* toServer.ping
    const start = yield* Clock.currentTimeMillis
    while ((yield* toServer.state) === "Connected") yield* pass(5)
    expect(yield* toServer.closed).toEqual({ _tag: "Timeout" })
    return (yield* Clock.currentTimeMillis) - start
  })

  it.effect("decides how fast a silent remote is given up", () =>
    Effect.gen(function*() {
      expect(yield* lostAfter({ limit: 1, minimum: 300, maximum: 1000 })).toBe(315)
      expect(yield* lostAfter({ limit: 32, minimum: 500, maximum: 2000 })).toBe(635)
      expect(yield* lostAfter({ limit: 0, minimum: 0, maximum: 0 })).toBe(5115)
      expect(yield* lostAfter({})).toBe(5115)
      expect(yield* lostAfter({ limit: 1000, minimum: 1, maximum: 2500 })).toBe(2555)
    }))

  it.effect("rules the attempt to connect, too", () =>
    Effect.gen(function*() {
      const client = yield* new Network().host()
      yield* Effect.forkChild(connectTo(client), { startImmediately: true })
      const [peer] = yield* client.peers
      yield* peer!.timeout({ maximum: 1000 })
      yield* pass(1500)
      expect(yield* peer!.closed).toEqual({ _tag: "Timeout" })
    }))
})

describe("throttleConfigure", () => {
  it.effect("changes the throttle on both sides", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      yield* toServer.throttleConfigure({ interval: 1234, acceleration: 5, deceleration: 6 })
      yield* settle
      const configured = {
        packetThrottleInterval: 1234,
        packetThrottleAcceleration: 5,
        packetThrottleDeceleration: 6
      }
      expect(yield* toServer.statistics).toMatchObject(configured)
      expect(yield* toClient.statistics).toMatchObject(configured)
      // what is left out stays
      yield* toClient.throttleConfigure({ interval: 99 })
      yield* settle
      expect(yield* toServer.statistics).toMatchObject({ ...configured, packetThrottleInterval: 99 })
    }))

  it.effect("with neither acceleration nor deceleration keeps the throttle where it is", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const client = yield* network.host()
      const peer = yield* connectTo(client)
      yield* peer.throttleConfigure({ acceleration: 0, deceleration: 0 })
      yield* pass(5000)
      expect((yield* peer.statistics).packetThrottle).toBe(32)
    }))
})
