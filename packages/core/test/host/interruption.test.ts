import type { EnetError } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Scheduler, type Scope, Stream } from "effect"
import { connectTo, type Host, Network, onlyPeer, pair, pass, serverPort, settle, text } from "./Kit.ts"

type Connected = Effect.Success<ReturnType<typeof pair>>

/** Every public effect that can wait, and some that do not. */
const effects: Readonly<
  Record<string, (connected: Connected) => Effect.Effect<unknown, EnetError.EnetError, Scope.Scope>>
> = {
  "events": ({ server }) => Stream.runDrain(server.events),
  "serve": ({ server }) => server.serve(() => Effect.never),
  "connect": ({ client }) => Effect.andThen(connectTo(client), Effect.never),
  "connect to nobody": ({ client }) => connectTo(client, { port: 9 }),
  "connect with a timeout": ({ client }) => connectTo(client, { port: 9, timeout: 1000 }),
  "messages": ({ toClient }) => Stream.runDrain(toClient.messages),
  "closed": ({ toClient }) => toClient.closed,
  "send": ({ toServer }) => Effect.forever(toServer.send(0, new Uint8Array(100))),
  "a large send": ({ toServer }) => Effect.forever(toServer.send(0, new Uint8Array(100_000))),
  "broadcast": ({ server }) => server.broadcast(0, new Uint8Array(100)),
  "flush": ({ server }) => server.flush,
  "ping": ({ toServer }) => toServer.ping,
  "bandwidthLimit": ({ server }) => server.bandwidthLimit({ incoming: 0, outgoing: 0 }),
  "throttleConfigure": ({ toServer }) => toServer.throttleConfigure({}),
  "socketSend": ({ server }) => server.socketSend({ address: "127.0.0.1", port: 9 }, "x"),
  "a host": ({ network }) => Effect.andThen(network.host(), Effect.never)
}

/** A new client can connect to the server and gets its packets echoed. */
const isUsable = Effect.fnUntraced(function*(server: Host, network: Network) {
  const serving = yield* Effect.forkChild(
    server.serve((peer) => Stream.runForEach(peer.messages, ({ channel, packet }) => peer.send(channel, packet)))
  )
  yield* Effect.scoped(Effect.gen(function*() {
    const client = yield* network.host()
    const peer = yield* connectTo(client)
    for (let i = 0; i < 10; i++) yield* peer.send(0, `${i}`)
    const echoes = yield* peer.messages.pipe(Stream.take(10), Stream.runCollect)
    expect(echoes.map(({ packet }) => text(packet))).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`))
  }))
  yield* Fiber.interrupt(serving)
})

/** With so many interruptions of the scheduler, everything takes longer. */
const calm = Effect.repeat(settle, { times: 9 })

const interruptAfter = Effect.fnUntraced(function*(
  name: string,
  turns: number,
  effect: (connected: Connected) => Effect.Effect<unknown, EnetError.EnetError, Scope.Scope>
) {
  const connected = yield* pair({
    server: { maximumWaitingData: 10_000, maxPeers: 3 },
    client: { outgoingQueueLimit: 10_000, maxPeers: 2 }
  })
  const { client, network, server, toClient, toServer } = connected
  const fiber = yield* Effect.forkChild(Effect.scoped(effect(connected)), { startImmediately: true })
  for (let i = 0; i < turns; i++) yield* Effect.yieldNow
  yield* Fiber.interrupt(fiber)
  yield* calm
  if (name !== "serve") {
    // what was half open is gone, what was connected is not
    expect(yield* onlyPeer(client)).toBe(toServer)
    expect(yield* onlyPeer(server)).toBe(toClient)
    // nobody reads any more, so a packet waits
    const before = (yield* toClient.statistics).totalWaitingData
    yield* toServer.send(0, "x", { mode: "unsequenced", whenFull: "drop" })
    yield* calm
    if (before < 10_000) expect((yield* toClient.statistics).totalWaitingData).toBe(before + 1)
    yield* toServer.disconnectNow()
  }
  yield* calm
  yield* isUsable(server, network)
})

describe("interrupting", () => {
  for (const [name, effect] of Object.entries(effects)) {
    it.effect(`${name} leaves the hosts usable, at whatever point it comes`, () =>
      Effect.gen(function*() {
        for (const turns of [0, 1, 2, 3, 5, 8, 20]) {
          yield* Effect.scoped(interruptAfter(name, turns, effect))
        }
        // with every fiber set aside again and again
        for (let turns = 0; turns < 40; turns += 3) {
          yield* Effect.scoped(interruptAfter(name, turns, effect)).pipe(
            Effect.provideService(Scheduler.MaxOpsBeforeYield, 3)
          )
        }
      }), 60_000)
  }

  it.effect("many readers of events does not let packets pile up unread", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* pair({ server: { maximumWaitingData: 10_000 } })
      for (let i = 0; i < 50; i++) {
        const reader = yield* Effect.forkChild(Stream.runDrain(server.events))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(reader)
      }
      for (let i = 0; i < 50; i++) yield* toServer.send(0, new Uint8Array(1000))
      yield* pass(1000)
      const { totalWaitingData } = yield* toClient.statistics
      expect(totalWaitingData).toBeGreaterThanOrEqual(10_000)
      expect(totalWaitingData).toBeLessThan(11_000)
    }))

  it.effect("the making of a host closes the socket that it may have opened", () =>
    Effect.gen(function*() {
      const network = new Network()
      for (let turns = 0; turns < 20; turns++) {
        const making = yield* Effect.forkChild(
          Effect.scoped(Effect.andThen(network.host({}, serverPort), Effect.never)).pipe(
            Effect.provideService(Scheduler.MaxOpsBeforeYield, 3)
          )
        )
        for (let i = 0; i < turns; i++) yield* Effect.yieldNow
        yield* Fiber.interrupt(making)
        yield* settle
      }
      yield* network.host({}, serverPort)
    }))
})
