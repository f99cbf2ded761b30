/**
 * What the tests of typed channels share: a small game's channels, and typed hosts on a network without a kernel.
 */
import { Channel, ChannelSet, EnetHost, type HostOptions, TypedHost } from "@effect-enet/core"
import { Effect, Fiber, Schema, Stream } from "effect"
import { localhost, Network, serverPort, settle } from "../host/Kit.ts"

export const Move = Channel.make("move", {
  id: 0,
  schema: Schema.Struct({ x: Schema.Finite, y: Schema.Finite }),
  mode: "unreliable"
})
export const Chat = Channel.make("chat", { id: 1, schema: Schema.String, bufferLimit: 1000 })
export const State = Channel.make("state", { id: 2, schema: Schema.Int, latest: true })
export const Score = Channel.make("score", { id: 3, schema: Schema.Record(Schema.String, Schema.Natural) })

export const game = ChannelSet.make([Move, Chat, State, Score])
export const checkedGame = ChannelSet.make([Move, Chat, State, Score], { check: true })

export type Channels = (typeof game)["channels"][number]

/** Typed channels on a new host of the network. */
export const typedHost = <C extends Channel.Any>(
  network: Network,
  set: ChannelSet.ChannelSet<C>,
  options: HostOptions.HostOptions = {},
  port?: number
) =>
  Effect.flatMap(
    network.host(options, port),
    (host) => Effect.provideService(TypedHost.make(set), EnetHost.EnetHost, host)
  )

export const server = { address: localhost, port: serverPort }

/** A server, a client that is connected to it, and what each sees of the other. */
export const typedPair = <C extends Channel.Any>(
  set: ChannelSet.ChannelSet<C>,
  options: { readonly server?: HostOptions.HostOptions; readonly client?: HostOptions.HostOptions } = {}
) =>
  Effect.gen(function*() {
    const network = new Network()
    const serverHost = yield* typedHost(network, set, options.server, serverPort)
    const clientHost = yield* typedHost(network, set, options.client)
    const toServer = yield* clientHost.connect(server)
    yield* settle
    const [toClient] = yield* serverHost.peers
    if (toClient === undefined) throw new Error("the server sees no peer")
    return { network, server: serverHost, client: clientHost, toServer, toClient }
  })

/** Reads a stream from now on. */
export const collect = <A, E>(stream: Stream.Stream<A, E>) =>
  Effect.gen(function*() {
    const values: Array<A> = []
    const fiber = yield* Effect.forkScoped(
      Stream.runForEach(stream, (value) => Effect.sync(() => void values.push(value))),
      { startImmediately: true }
    )
    return { values, fiber, stop: Fiber.interrupt(fiber) }
  })
