import { EnetError } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Metric, Scope, Stream } from "effect"
import { connectTo, Network, onlyPeer, pass, reasonOf, record, serverPort, settle, text, told } from "./Kit.ts"
import { kindsOf } from "./Raw.ts"

/** A client whose scope the test closes, connected to a server. */
const closable = Effect.gen(function*() {
  const network = new Network()
  const server = yield* network.host({}, serverPort)
  const atServer = yield* record(server)
  const scope = yield* Scope.make()
  const client = yield* network.host({}, 5555).pipe(Scope.provide(scope))
  const peer = yield* connectTo(client)
  yield* pass(1250)
  return { network, server, atServer, client, peer, close: Scope.close(scope, Exit.void) }
})

describe("closing the scope of a host", () => {
  it.effect("tells each remote by one datagram", () =>
    Effect.gen(function*() {
      const { atServer, close, network, server } = yield* closable
      const before = network.between(5555).length
      yield* close
      yield* pass(60_000)
      expect(network.between(5555).slice(before).map(({ bytes }) => kindsOf(bytes))).toEqual(["Disconnect"])
      expect(told(atServer)).toEqual(["1 connect 0", "1 disconnect Remote 0"])
      expect(yield* server.peers).toEqual([])
    }))

  it.effect("sends first what is queued and may go", () =>
    Effect.gen(function*() {
      const { atServer, close, peer } = yield* closable
      yield* peer.send(0, "goodbye")
      yield* close
      yield* settle
      expect(told(atServer)).toEqual(["1 connect 0", "1 receive 0 goodbye", "1 disconnect Remote 0"])
    }))

  it.effect("closes the socket, so that its address can be bound again", () =>
    Effect.gen(function*() {
      const { close, network } = yield* closable
      expect((yield* reasonOf(network.host({}, 5555)))._tag).toBe("SocketFailed")
      yield* close
      const next = yield* network.host({}, 5555)
      yield* connectTo(next)
    }))

  it.effect("completes closed with Closed and ends messages and events", () =>
    Effect.gen(function*() {
      const { client, close, peer } = yield* closable
      const closed = yield* Effect.forkChild(peer.closed)
      const messages = yield* Effect.forkChild(Stream.runCollect(peer.messages))
      const events = yield* Effect.forkChild(Stream.runCollect(client.events))
      yield* settle
      yield* close
      expect(yield* Fiber.join(closed)).toEqual({ _tag: "Closed" })
      expect(yield* Fiber.join(messages)).toEqual([])
      expect(told(yield* Fiber.join(events))).toEqual(["1 connect 0", "1 disconnect Closed"])
      // and so they are from now on
      expect(yield* peer.closed).toEqual({ _tag: "Closed" })
      expect(yield* Stream.runCollect(peer.messages)).toEqual([])
      expect(yield* Stream.runCollect(client.events)).toEqual([])
    }))

  it.effect("leaves calls that fail or do nothing", () =>
    Effect.gen(function*() {
      const { client, close, peer } = yield* closable
      yield* close
      expect(yield* peer.state).toBe("Disconnected")
      for (const call of [peer.send(0, "x"), peer.disconnect(), peer.ping, peer.reset, peer.statistics]) {
        expect(yield* reasonOf(call)).toEqual(new EnetError.PeerDisconnected({ peer: 0 }))
      }
      expect((yield* reasonOf(connectTo(client)))._tag).toBe("HostClosed")
      expect((yield* reasonOf(client.serve(() => Effect.void)))._tag).toBe("HostClosed")
      expect(yield* client.peers).toEqual([])
      yield* client.flush
      yield* client.refuseNewConnections(true)
      yield* client.bandwidthLimit({ incoming: 1 })
      yield* client.channelLimit(1)
      expect((yield* client.statistics).sentPackets).toBeGreaterThan(0)
    }))

  it.effect("ends every fiber of the host", () =>
    Effect.gen(function*() {
      const running = new Set<object>()
      const counted = Metric.FiberRuntimeMetrics.of({
        recordFiberStart: () => void running.add({}),
        recordFiberEnd: () => void running.delete(running.values().next().value!)
      })
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      yield* Effect.forkScoped(server.serve((peer) => Stream.runForEach(peer.messages, () => Effect.void)))
      yield* settle
      const life = Effect.scoped(Effect.gen(function*() {
        const client = yield* network.host()
        yield* Effect.forkScoped(Stream.runDrain(client.events))
        const peer = yield* connectTo(client)
        yield* Effect.forkScoped(Stream.runDrain(peer.messages))
        yield* Effect.forkScoped(peer.closed)
        yield* Effect.forkScoped(client.serve(() => Effect.never))
        yield* Effect.forkScoped(connectTo(client, { port: 9 }))
        yield* peer.send(0, "x")
        yield* Effect.sleep(2000)
        expect(running.size).toBeGreaterThan(5)
      }))
      const fiber = yield* Effect.forkDetach(Effect.provideService(life, Metric.FiberRuntimeMetrics, counted))
      yield* pass(2000)
      yield* Fiber.join(fiber)
      expect(running.size).toBe(0)
    }))

  it.effect("with many peers tells them all", () =>
    Effect.gen(function*() {
      const network = new Network()
      const scope = yield* Scope.make()
      const server = yield* network.host({ maxPeers: 200 }, serverPort).pipe(Scope.provide(scope))
      const client = yield* network.host({ maxPeers: 200 })
      const peers = yield* Effect.all(Array.from({ length: 200 }, () => connectTo(client)))
      yield* settle
      expect((yield* server.peers).length).toBe(200)
      yield* Scope.close(scope, Exit.void)
      yield* settle
      for (const peer of peers) expect(yield* peer.closed).toEqual({ _tag: "Remote", data: 0 })
    }))

  it.effect("drops packets that nobody has read, and ends at once all the same", () =>
    Effect.gen(function*() {
      const { client, close, peer, server } = yield* closable
      yield* (yield* onlyPeer(server)).send(0, "unread")
      yield* settle
      expect((yield* peer.statistics).totalWaitingData).toBe("unread".length)
      yield* close
      const events = yield* Stream.runCollect(client.events)
      expect(
        events.filter(({ _tag }) => _tag === "Receive").map((event) =>
          event._tag === "Receive" ? text(event.packet) : ""
        )
      ).toEqual([])
    }))
})
