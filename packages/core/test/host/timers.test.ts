import { describe, expect, it } from "@effect/vitest"
import { Clock, Duration, Effect, Scope } from "effect"
import { connectTo, Network, pass, patiently, record, serverPort, settle } from "./Kit.ts"
import { kindsOf } from "./Raw.ts"

/** A host whose looks at the clock and whose sleeps are counted. */
const watchedHost = Effect.fnUntraced(function*(network: Network, port?: number, maxPeers = 32) {
  const clock = yield* Clock.Clock
  const sleeps: Array<number> = []
  let looks = 0
  const watched: Clock.Clock = {
    currentTimeMillis: clock.currentTimeMillis,
    currentTimeNanos: clock.currentTimeNanos,
    monotonicTimeNanos: clock.monotonicTimeNanos,
    currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe(),
    currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
    monotonicTimeNanosUnsafe: () => {
      looks++
      return clock.monotonicTimeNanosUnsafe()
    },
    sleep: (duration) => {
      sleeps.push(Duration.toMillis(duration))
      return clock.sleep(duration)
    }
  }
  const host = yield* network.host({ maxPeers }, port).pipe(Effect.provideService(Clock.Clock, watched))
  const during = <A>(effect: Effect.Effect<A>) =>
    Effect.suspend(() => {
      const before = { sleeps: sleeps.length, looks, sent: network.sent.length }
      return Effect.map(effect, () => ({
        sleeps: sleeps.slice(before.sleeps),
        looks: looks - before.looks,
        datagrams: network.sent.slice(before.sent)
      }))
    })
  return { host, during }
})

describe("a host with nothing to do", () => {
  it.effect("does not wake at all", () =>
    Effect.gen(function*() {
      const { during } = yield* watchedHost(new Network())
      yield* settle
      expect(yield* during(pass(86_400_000))).toEqual({ sleeps: [], looks: 0, datagrams: [] })
    }))

  it.effect("does not wake after its last peer has gone", () =>
    Effect.gen(function*() {
      const network = new Network()
      const { during, host } = yield* watchedHost(network, serverPort)
      yield* record(host)
      const client = yield* network.host()
      yield* Effect.scoped(Effect.andThen(connectTo(client), pass(5000)))
      // until nobody's proof counts any more
      yield* pass(6000)
      expect(yield* during(pass(86_400_000))).toEqual({ sleeps: [], looks: 0, datagrams: [] })
    }))
})

describe("a host with idle peers", () => {
  it.effect("wakes for its pings and the deadlines of their acknowledgements only", () =>
    Effect.gen(function*() {
      const network = new Network()
      const { during } = yield* watchedHost(network, serverPort)
      const client = yield* network.host()
      yield* connectTo(client)
      yield* pass(4999)
      const { datagrams, looks, sleeps } = yield* during(pass(10_000))
      const pings = datagrams.filter(({ bytes, from }) => from === serverPort && kindsOf(bytes).includes("Ping"))
      expect(pings.length).toBe(20)
      // two for each ping: until it is due, and for its acknowledgement, which comes in time
      expect(sleeps.length).toBeLessThanOrEqual(41)
      expect(sleeps.every((duration) => duration > 0)).toBe(true)
      expect(looks).toBeLessThan(20 * 16)
    }))

  it.effect("does not wake more often for 1,000 peers that are in step than for one", () =>
    Effect.gen(function*() {
      const network = new Network()
      const { during, host } = yield* watchedHost(network, serverPort, 1000)
      const client = yield* network.host({ maxPeers: 1000 })
      const scope = yield* Scope.make()
      for (let i = 0; i < 1000; i++) yield* connectTo(client).pipe(Scope.provide(scope))
      yield* pass(1499)
      const { datagrams, sleeps } = yield* during(pass(1000))
      expect((yield* host.statistics).connectedPeers).toBe(1000)
      // a ping and an acknowledgement each way, twice
      expect(datagrams.length).toBeGreaterThanOrEqual(1000 * 2)
      expect(datagrams.length).toBeLessThanOrEqual(1000 * 4 * 2)
      expect(sleeps.every((duration) => duration > 0)).toBe(true)
      expect(sleeps.length).toBeLessThanOrEqual(2 * 2 + 1)
    }).pipe(patiently), 30_000)

  it.effect("sleeps from the ping of one peer to that of the next when they are not in step", () =>
    Effect.gen(function*() {
      const network = new Network()
      const { during } = yield* watchedHost(network, serverPort)
      const client = yield* network.host()
      for (let i = 0; i < 10; i++) {
        yield* connectTo(client)
        yield* pass(50)
      }
      yield* pass(5000)
      const { datagrams, sleeps } = yield* during(pass(1000))
      expect(datagrams.filter(({ bytes, from }) => from === serverPort && kindsOf(bytes).includes("Ping")).length).toBe(
        20
      )
      expect(sleeps.length).toBeLessThanOrEqual(20 * 2 + 1)
      expect(sleeps.every((duration) => duration > 0)).toBe(true)
    }))

  it.effect("with long ping intervals sleeps that long", () =>
    Effect.gen(function*() {
      const network = new Network()
      const { during, host } = yield* watchedHost(network, serverPort)
      const client = yield* network.host()
      const toServer = yield* connectTo(client)
      yield* settle
      yield* toServer.pingInterval(600_000)
      for (const peer of yield* host.peers) yield* peer.pingInterval(600_000)
      yield* pass(5000)
      const { sleeps } = yield* during(pass(3_600_000))
      // six pings from here and six from there
      expect(sleeps.length).toBeLessThanOrEqual(6 * 2 + 2)
    }))
})

describe("a deadline", () => {
  it.effect("is kept to the millisecond: nothing goes out before it, and not later either", () =>
    Effect.gen(function*() {
      const network = new Network()
      const client = yield* network.host()
      yield* Effect.forkChild(connectTo(client))
      network.passes = () => false
      let now = 0
      for (const [count, time] of [0, 500, 1500, 3500, 7500, 15_500].entries()) {
        if (time > 0) yield* pass(time - 1 - now)
        expect(network.sent.length).toBe(count)
        yield* pass(time > 0 ? 1 : 0)
        expect(network.sent.length).toBe(count + 1)
        now = time
      }
    }))

  it.effect("that comes while a later one is waited for is met", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const peer = yield* connectTo(client)
      yield* pass(5000)
      for (const each of [peer, ...(yield* server.peers)]) yield* each.pingInterval(60_000)
      yield* pass(1000)
      network.passes = () => false
      const before = network.sent.length
      yield* peer.send(0, "x")
      yield* pass(4)
      expect(network.sent.length - before).toBe(1)
      yield* pass(1)
      expect(network.sent.length - before).toBe(2)
    }))
})
