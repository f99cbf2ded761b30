/**
 * `echo.ts` with DTLS: the programs are the same, each host gets one layer more. The certificate is made on the spot, by
 * openssl; the client trusts that one certificate and nothing else.
 *
 * npm run example:dtls
 */
import { EnetEvent, EnetHost } from "@effect-enet/core"
import { Dtls, DtlsSocket } from "@effect-enet/dtls"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Stream } from "effect"
import { makeIdentity } from "./identity.ts"

// a server has its key and its certificate in files
const identity = makeIdentity()

const serverHost = EnetHost.layer().pipe(
  Layer.provideMerge(Dtls.layerServer(identity)),
  Layer.provide(NodeEnetHost.layerSocket({ bind: { address: "127.0.0.1" } }))
)

const clientHost = EnetHost.layer({ maxPeers: 1 }).pipe(
  Layer.provide(Dtls.layerClient({ roots: identity.certificate, hostName: "localhost" })),
  Layer.provide(NodeEnetHost.layerSocket())
)

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

// Below ENet there are associations, one for each address. A program need not know of them.
const associations = Effect.gen(function*() {
  const dtls = yield* DtlsSocket.DtlsSocket
  yield* dtls.events.pipe(
    Stream.runForEach((event) =>
      Console.log(
        event._tag === "Opened" ? `dtls:   ${event.cipherSuite}, ${event.group}` : `dtls:   ${event.error.message}`
      )
    )
  )
})

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
  }).pipe(Effect.scoped, Effect.provide(clientHost))

const program = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  yield* Console.log(`server: listening on port ${host.address.port}`)
  yield* Effect.forkScoped(echo)
  yield* Effect.forkScoped(associations, { startImmediately: true })
  yield* client(host.address.port)
})

program.pipe(Effect.scoped, Effect.provide(serverHost), NodeRuntime.runMain)
