/**
 * One chat room, served over ENet, DTLS and WebSocket at once, with a page as a client.
 *
 * npm run example:websocket              on the ports 7777 to 7779, the page on 8080, until it is interrupted
 * npm run example:websocket -- --free    on free ports
 * npm run example:websocket -- --once    on free ports, ends when the scripted members have talked
 */
import { EnetHost } from "@effect-enet/core"
import { Dtls } from "@effect-enet/dtls"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeWebSocketClient, NodeWebSocketServer, WebSocketHost } from "@effect-enet/websocket"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Context, Effect, Layer } from "effect"
import { makeIdentity } from "../identity.ts"
import { openEnet, openWebSocket } from "./doors.ts"
import { servePage } from "./pageServer.ts"
import { Room } from "./room.ts"
import { overEnet, overWebSocket, visit } from "./visitors.ts"

const isOnce = process.argv.includes("--once")
const isFree = isOnce || process.argv.includes("--free")
const portOf = (port: number): number => isFree ? 0 : port
const address = "127.0.0.1"

const identity = makeIdentity()

const plain = NodeEnetHost.layer({ bind: { address, port: portOf(7777) } })
const encrypted = EnetHost.layer().pipe(
  Layer.provide(Dtls.layerServer(identity)),
  Layer.provide(NodeEnetHost.layerSocket({ bind: { address, port: portOf(7778) } }))
)
const webSocket = NodeWebSocketServer.layer({ port: portOf(7779), bindAddress: address, inboundBufferSize: 4096 })

const plainClient = NodeEnetHost.layer({ maxPeers: 1 })
const encryptedClient = EnetHost.layer({ maxPeers: 1 }).pipe(
  Layer.provide(Dtls.layerClient({ roots: identity.certificate, hostName: "localhost" })),
  Layer.provide(NodeEnetHost.layerSocket())
)

const program = Effect.gen(function*() {
  const room = new Room()
  const [enet, dtls, web] = yield* Effect.all([Layer.build(plain), Layer.build(encrypted), Layer.build(webSocket)])
  yield* Effect.forkScoped(Effect.provide(openEnet(room, "ENet"), enet))
  yield* Effect.forkScoped(Effect.provide(openEnet(room, "DTLS"), dtls))
  yield* Effect.forkScoped(Effect.provide(openWebSocket(room), web))

  const [enetPort, dtlsPort] = [enet, dtls].map((context) => Context.get(context, EnetHost.EnetHost).address.port)
  const url = `ws://${address}:${Context.get(web, WebSocketHost.WebSocketHost).address?.port}/`
  yield* Console.log(`the room: ENet on port ${enetPort}, DTLS on port ${dtlsPort}, WebSocket at ${url}`)
  if (!isOnce) {
    yield* Console.log(`the page: ${yield* servePage(portOf(8080), url)}`)
    yield* Console.log("Ctrl-C closes the room")
  }

  const leaves = isOnce
  yield* Effect.all([
    visit(
      { name: "Ada", says: [[300, "Hello from plain UDP."], [600, "And who else?"]], leaves },
      overEnet(enetPort ?? 0)
    ).pipe(Effect.provide(plainClient)),
    visit(
      { name: "Bob", says: [[500, "Hello from DTLS: nobody on the way reads this."]], leaves },
      overEnet(dtlsPort ?? 0)
    ).pipe(Effect.provide(encryptedClient)),
    visit(
      { name: "Eve", says: [[700, "Hello from a WebSocket."]], leaves },
      overWebSocket
    ).pipe(Effect.provide(NodeWebSocketClient.layer({ url })))
  ], { concurrency: "unbounded" })
  if (!isOnce) yield* Effect.never
})

program.pipe(Effect.scoped, NodeRuntime.runMain)
