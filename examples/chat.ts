/**
 * A chat room. The server runs one fiber per peer: the first packet of a peer is its name, every later one goes to all.
 * Three scripted clients talk and leave; the program ends when the last one has left.
 *
 * npm run example:chat
 */
import { EnetHost, type EnetPeer } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Stream } from "effect"

const decoder = new TextDecoder()
const lines = (peer: EnetPeer.EnetPeer) => peer.messages.pipe(Stream.map(({ packet }) => decoder.decode(packet)))

const room = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  const announce = (line: string) => Effect.ignore(host.broadcast(0, line))

  yield* host.serve((peer) => {
    let name = ""
    return lines(peer).pipe(
      Stream.runForEach((line) => {
        if (name !== "") return announce(`${name}: ${line}`)
        name = line
        return announce(`* ${name} joined`)
      }),
      // `serve` interrupts this fiber when the peer goes, for whatever reason.
      Effect.ensuring(Effect.suspend(() => name === "" ? Effect.void : announce(`* ${name} left`)))
    )
  })
})

interface Script {
  readonly name: string
  /** What to say, and after how many milliseconds. */
  readonly says: ReadonlyArray<readonly [after: number, line: string]>
}

const member = (port: number, { name, says }: Script) =>
  Effect.gen(function*() {
    const host = yield* EnetHost.EnetHost
    const peer = yield* host.connect({ address: "127.0.0.1", port })
    yield* lines(peer).pipe(
      Stream.runForEach((line) => Console.log(`${name} sees  ${line}`)),
      Effect.forkScoped({ startImmediately: true })
    )
    yield* peer.send(0, name)
    for (const [after, line] of says) {
      yield* Effect.sleep(after)
      yield* peer.send(0, line)
    }
    yield* Effect.sleep(200)
    yield* peer.disconnectLater()
    yield* peer.closed
  }).pipe(Effect.scoped, Effect.provide(NodeEnetHost.layer({ maxPeers: 1 })))

const program = Effect.gen(function*() {
  const { address } = yield* EnetHost.EnetHost
  yield* Effect.forkScoped(room)
  yield* Effect.all([
    member(address.port, { name: "Ada", says: [[300, "Hello?"], [600, "Nice. This is UDP, you know."]] }),
    Effect.delay(
      member(address.port, { name: "Bob", says: [[300, "Hello Ada!"], [500, "And still in order."]] }),
      200
    ),
    Effect.delay(member(address.port, { name: "Eve", says: [[200, "I have to go."]] }), 400)
  ], { concurrency: "unbounded" })
})

program.pipe(
  Effect.scoped,
  Effect.provide(NodeEnetHost.layer({ bind: { address: "127.0.0.1" } })),
  NodeRuntime.runMain
)
