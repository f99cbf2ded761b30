/**
 * An echo server and a client of it, in one process: the smallest whole program.
 *
 * npm run example:echo
 */
import { EnetEvent, EnetHost } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"

// A server is an effect that reads the events of a host. Sending to a peer that has just left fails; an echo may ignore it.
const echo = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  yield* host.events.pipe(
    Stream.runForEach(EnetEvent.match({
      Connect: ({ peer }) => Console.log(`server: + peer ${peer.id}`),
      Receive: ({ channel, mode, packet, peer }) => Effect.ignore(peer.send(channel, packet, { mode })),
      Disconnect: ({ peer, reason }) => Console.log(`server: - peer ${peer.id} (${reason._tag})`)
    }))
  )
})

// A client is a host as well. The scope of `connect` owns the connection: at its end the peer is disconnected.
const client = (port: number) =>
  Effect.gen(function*() {
    const host = yield* EnetHost.EnetHost
    const peer = yield* host.connect({ address: "127.0.0.1", port })
    yield* peer.send(0, "hello")
    yield* peer.messages.pipe(
      Stream.take(1),
      Stream.runForEach(({ packet }) => Console.log(`client: ${new TextDecoder().decode(packet)} came back`))
    )
    yield* peer.disconnect()
    const reason = yield* peer.closed
    yield* Console.log(`client: disconnected (${reason._tag})`)
  }).pipe(Effect.scoped, Effect.provide(NodeEnetHost.layer({ maxPeers: 1 })))

const program = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  yield* Console.log(`server: listening on port ${host.address.port}`)
  yield* Effect.forkScoped(echo)
  yield* client(host.address.port)
})

program.pipe(
  Effect.scoped,
  Effect.provide(NodeEnetHost.layer({ bind: { address: "127.0.0.1" } })),
  NodeRuntime.runMain
)
