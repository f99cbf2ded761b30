/**
 * What the tests of RPC share: an API that does one of each, its server, and a client over a simulated network.
 */
import { EnetHost } from "@effect-enet/core"
import { SimulatedNetwork, TestTime } from "@effect-enet/core/testing"
import { Deferred, Effect, Layer, Schema, Stream } from "effect"
import { Rpc, RpcClient, type RpcClientError, RpcGroup, RpcSerialization, RpcServer } from "effect/rpc"
import type { DatagramSocket } from "effect/socket"
import { EnetRpc } from "../src/index.ts"

export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { name: Schema.String }) {}

export const Api = RpcGroup.make(
  Rpc.make("Add", { payload: { a: Schema.Finite, b: Schema.Finite }, success: Schema.Finite }),
  Rpc.make("Find", { payload: { name: Schema.String }, success: Schema.String, error: NotFound }),
  Rpc.make("Count", { payload: { to: Schema.Finite }, success: Schema.Finite, stream: true }),
  Rpc.make("FailAt", { payload: { at: Schema.Finite }, success: Schema.Finite, error: NotFound, stream: true }),
  Rpc.make("Echo", { payload: { text: Schema.String }, success: Schema.String }),
  Rpc.make("Slow", { success: Schema.String }),
  Rpc.make("Die"),
  Rpc.make("Ticks", { success: Schema.Finite, stream: true }),
  Rpc.make("Caller", { success: Schema.Finite }),
  Rpc.make("Header", { payload: { name: Schema.String }, success: Schema.String }),
  Rpc.make("Note", { payload: { text: Schema.String }, success: Schema.String, error: NotFound }),
  Rpc.make("Blocks", { payload: { size: Schema.Finite }, success: Schema.String, stream: true })
)

/** What happened to calls that do not end by themselves, what was noted, and how many blocks were made. */
export const makeLog = () => ({
  interrupted: 0,
  started: Deferred.makeUnsafe<void>(),
  notes: new Array<string>(),
  blocks: 0
})
export type Log = ReturnType<typeof makeLog>

export const handlers = (log: Log) => {
  const endless = Effect.andThen(
    Deferred.succeed(log.started, undefined),
    Effect.onInterrupt(Effect.never, () => Effect.sync(() => log.interrupted++))
  )
  return Api.toLayer({
    Add: ({ a, b }) => Effect.succeed(a + b),
    Find: ({ name }) => name === "Ada" ? Effect.succeed("found") : Effect.fail(new NotFound({ name })),
    Count: ({ to }) => Stream.range(1, to),
    FailAt: ({ at }) => Stream.concat(Stream.range(1, at), Stream.fail(new NotFound({ name: String(at) }))),
    Echo: ({ text }) => Effect.succeed(text),
    Slow: () => endless,
    Die: () => Effect.die(new Error("the handler is broken")),
    Ticks: () =>
      Stream.range(1, 1_000_000).pipe(
        Stream.tap(() => Effect.sleep(10)),
        Stream.onStart(Deferred.succeed(log.started, undefined)),
        Stream.ensuring(Effect.sync(() => log.interrupted++))
      ),
    Caller: (_, { client }) => Effect.succeed(client.id),
    Header: ({ name }, { headers }) => Effect.succeed(headers[name] ?? "none"),
    // the answer takes long, and is an error in the end
    Note: ({ text }) =>
      Effect.sync(() => log.notes.push(text)).pipe(
        Effect.andThen(Effect.sleep("10 seconds")),
        Effect.andThen(Effect.fail(new NotFound({ name: text })))
      ),
    Blocks: ({ size }) =>
      Stream.fromEffectRepeat(Effect.sync(() => {
        log.blocks++
        return "x".repeat(size)
      }))
  })
}

export const address = { address: "10.0.0.1", port: 7777 }

/** A server of the API on a socket. */
export const serverOn = (socket: Layer.Layer<DatagramSocket.DatagramSocket>, log: Log, options = {}) =>
  RpcServer.layer(Api, { disableFatalDefects: true }).pipe(
    Layer.provide(handlers(log)),
    Layer.provideMerge(EnetRpc.layerServer()),
    Layer.provideMerge(EnetHost.layer(options)),
    Layer.provide(socket),
    Layer.provide(RpcSerialization.layerSchemaBinary()),
    Layer.orDie
  )

/** A client of the API on a socket. */
export const clientOn = (socket: Layer.Layer<DatagramSocket.DatagramSocket>, options = {}) =>
  EnetRpc.layerClient(address).pipe(
    Layer.provide(EnetHost.layer(options)),
    Layer.provide(socket),
    Layer.provide(RpcSerialization.layerSchemaBinary())
  )

export const bad = { latency: 30, jitter: 20, loss: 0.1 }

/** Runs a program with a client, over a network with a tenth of all datagrams lost, in virtual time. */
export const overBadNetwork = <A, E>(
  program: (
    client: RpcClient.FromGroup<typeof Api, RpcClientError.RpcClientError>,
    network: SimulatedNetwork.SimulatedNetwork,
    log: Log
  ) => Effect.Effect<A, E>,
  options: { readonly seed?: number | undefined; readonly conditions?: Partial<typeof bad> | undefined } = {}
) =>
  TestTime.run(Effect.scoped(Effect.gen(function*() {
    const network = yield* SimulatedNetwork.make({ seed: options.seed ?? 1, conditions: options.conditions ?? bad })
    const log = makeLog()
    yield* Layer.build(serverOn(network.layer({ host: address.address, port: address.port }), log))
    const protocol = yield* Layer.build(clientOn(network.layer({ host: "10.0.0.2" })))
    const client = yield* Effect.provideContext(RpcClient.make(Api), protocol)
    return yield* program(client, network, log)
  })))
