import { Channel, ChannelSet, EnetHost, type EnetPeer, TypedHost } from "@effect-enet/core"
import { SimulatedNetwork, TestTime } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Schema, Scope, Stream } from "effect"
import { RpcClient, RpcSerialization, RpcServer } from "effect/rpc"
import { EnetRpc } from "../src/index.ts"
import { address, Api, clientOn, handlers, makeLog, overBadNetwork, serverOn } from "./Kit.ts"

/** What a call fails with when its connection does: the reason of the error, in short. */
const reasonOf = <A, E extends { readonly _tag: string; readonly reason?: { readonly _tag: string } }>(
  call: Effect.Effect<A, E>
) => Effect.map(Effect.flip(call), (error) => `${error._tag} ${error.reason?._tag}`)

const sockets = Effect.gen(function*() {
  const network = yield* SimulatedNetwork.make({ conditions: { latency: 20 } })
  return { network, server: network.layer({ host: address.address, port: address.port }) }
})

const clientFor = (socket: Parameters<typeof clientOn>[0]) =>
  Effect.flatMap(Layer.build(clientOn(socket)), (protocol) => Effect.provideContext(RpcClient.make(Api), protocol))

/** A connection to the server that speaks no RPC. */
const rawPeer = (socket: Parameters<typeof clientOn>[0]) =>
  Effect.flatMap(
    Effect.provide(EnetHost.make(), socket),
    (host): Effect.Effect<EnetPeer.EnetPeer, unknown, Scope.Scope> => host.connect(address)
  )

describe("a connection that ends", () => {
  it.effect("fails the calls that wait, and those that come, with a socket close error", () =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const { network, server } = yield* sockets
      const log = makeLog()
      const built = yield* Layer.build(serverOn(server, log))
      const client = yield* clientFor(network.layer())
      const waiting = yield* Effect.forkChild(Effect.flip(client.Slow()))
      const streaming = yield* Effect.forkChild(reasonOf(Stream.runDrain(client.Ticks())))
      yield* Deferred.await(log.started)
      yield* Effect.sleep(100)
      for (const peer of yield* Context.get(built, EnetHost.EnetHost).peers) yield* peer.disconnectNow(7)
      const error = yield* Fiber.join(waiting)
      expect(error.message).toBe("SocketCloseError: 7: the server disconnected")
      expect(yield* Fiber.join(streaming)).toBe("RpcClientError SocketCloseError")
      expect(yield* reasonOf(client.Add({ a: 1, b: 1 }))).toBe("RpcClientError SocketCloseError")
    }))))

  it.effect("fails calls with a socket read error when the server answers no more", () =>
    overBadNetwork((client, network) =>
      Effect.gen(function*() {
        const waiting = yield* Effect.forkChild(Effect.flip(client.Slow()))
        yield* Effect.sleep(1000)
        yield* network.partition(["10.0.0.1"], ["10.0.0.2"])
        const error = yield* Fiber.join(waiting)
        expect(error.message).toContain("SocketReadError")
      })
    ))

  it.effect("interrupts the calls of the client that is gone, and only those", () =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const { network, server } = yield* sockets
      const log = makeLog()
      yield* Layer.build(serverOn(server, log))
      const scope = yield* Scope.make()
      const leaving = yield* clientFor(network.layer()).pipe(Scope.provide(scope))
      const staying = yield* clientFor(network.layer())
      yield* Effect.forkChild(Effect.exit(leaving.Slow()))
      const waiting = yield* Effect.forkChild(staying.Slow())
      yield* Effect.sleep(500)
      yield* Scope.close(scope, Exit.void)
      yield* Effect.sleep(1000)
      expect(log.interrupted).toBe(1)
      expect(waiting.pollUnsafe()).toBeUndefined()
      expect(yield* staying.Add({ a: 1, b: 2 })).toBe(3)
    }))))

  it.effect("is what a client gets for packets that are no RPC", () =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const { network, server } = yield* sockets
      yield* Layer.build(serverOn(server, makeLog()))
      const client = yield* clientFor(network.layer())
      for (const garbage of [new Uint8Array([1, 2, 3]), new Uint8Array(2000)]) {
        const peer = yield* rawPeer(network.layer())
        yield* peer.send(0, garbage)
        expect(yield* peer.closed).toEqual({ _tag: "Remote", data: EnetRpc.MALFORMED })
      }
      expect(yield* client.Add({ a: 1, b: 2 })).toBe(3)
    }))))

  it.effect("is what a client of JSON gets for what is JSON and no message", () =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const { network, server } = yield* sockets
      yield* Layer.build(
        RpcServer.layer(Api).pipe(
          Layer.provide(handlers(makeLog())),
          Layer.provide(EnetRpc.layerServer()),
          Layer.provide(EnetHost.layer()),
          Layer.provide(server),
          Layer.provide(RpcSerialization.layerJson)
        )
      )
      for (const text of ["null", "[1]", "{}", "\"Request\""]) {
        const peer = yield* rawPeer(network.layer())
        yield* peer.send(0, text)
        expect(yield* peer.closed).toEqual({ _tag: "Remote", data: EnetRpc.MALFORMED })
      }
    }))))
})

describe("RPC beside other channels", () => {
  const Lobby = EnetRpc.channel("lobby", { id: 0 })
  const Chat = Channel.make("chat", { id: 1, schema: Schema.String })
  const set = ChannelSet.make([Lobby, Chat], { check: true })

  const typedHost = (socket: Parameters<typeof clientOn>[0]) =>
    Effect.flatMap(
      Effect.provide(EnetHost.make(), socket),
      (host) => Effect.provideService(TypedHost.make(set), EnetHost.EnetHost, host)
    )

  it.effect("shares the connection, and knows the peer that calls", () =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const { network, server } = yield* sockets
      const log = makeLog()
      const host = yield* typedHost(server)
      yield* Layer.build(
        RpcServer.layer(Api).pipe(
          Layer.provide(handlers(log)),
          Layer.provide(Layer.effect(RpcServer.Protocol, EnetRpc.makeProtocolServer(host, Lobby))),
          Layer.provide(RpcSerialization.layerSchemaBinary())
        )
      )
      const connected = Effect.gen(function*() {
        const client = yield* typedHost(network.layer())
        const peer = yield* client.connect(address)
        const protocol = yield* EnetRpc.makeProtocolClient(peer, Lobby)
        const api = yield* Effect.provideService(RpcClient.make(Api), RpcClient.Protocol, protocol)
        return { api, peer }
      }).pipe(Effect.provide(RpcSerialization.layerSchemaBinary()))
      const [first, second] = [yield* connected, yield* connected]
      yield* second.peer.send(Chat, "hello")
      expect(yield* second.api.Caller()).toBe(2)
      expect(yield* first.api.Caller()).toBe(1)
      const said = yield* host.poll(Chat)
      expect(said.map(({ message, peer }) => `${peer.connection} ${message}`)).toEqual(["2 hello"])
    }))))
})
