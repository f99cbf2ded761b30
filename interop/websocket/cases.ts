/**
 * What both sides must be able to do with each other. Every case runs with a Python server and our client, and with our
 * server and a Python client.
 */
import {
  NodeWebSocketClient,
  NodeWebSocketServer,
  type WebSocketEvent,
  type WebSocketHost
} from "@effect-enet/websocket"
import { Effect, Queue, type Scope, Stream } from "effect"
import { type Case, must } from "../matrix/cases.ts"
import { type CPeer, fail } from "../matrix/CPeer.ts"
import { type Identity, identity } from "./identity.ts"
import { pythonClient, pythonServer } from "./Python.ts"

type Host = WebSocketHost.WebSocketHost["Service"]

const SIZES = [1, 125, 126, 1000, 65_535]

const pattern = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, n) => (7 * n + size) % 251)

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const echoServer = Effect.fnUntraced(function*(options: Partial<NodeWebSocketServer.Options> = {}) {
  const host = yield* NodeWebSocketServer.make({ port: 0, bindAddress: "127.0.0.1", ...options })
  const ends = yield* Queue.unbounded<{ readonly id: number; readonly reason: WebSocketEvent.DisconnectReason }>()
  yield* Effect.forkScoped(host.serve((peer) =>
    Stream.runForEach(peer.messages, (bytes) => peer.send(bytes)).pipe(
      Effect.andThen(peer.closed),
      Effect.flatMap((reason) => Queue.offer(ends, { id: peer.id, reason })),
      Effect.uninterruptible
    )
  ))
  const scheme = options.tls === undefined ? "ws" : "wss"
  return { host, ends, url: `${scheme}://localhost:${host.address?.port ?? 0}/` }
})

const clientOf = Effect.fnUntraced(function*(port: number, options: Partial<NodeWebSocketClient.Options> = {}) {
  const scheme = options.tls === undefined ? "ws" : "wss"
  const host = yield* NodeWebSocketClient.make({ url: `${scheme}://localhost:${port}/`, ...options })
  const events = yield* Queue.unbounded<WebSocketEvent.WebSocketEvent>()
  yield* Effect.forkScoped(Stream.runForEach(host.events, (event) => Queue.offer(events, event)))
  const expect = (tag: WebSocketEvent.WebSocketEvent["_tag"]) =>
    Effect.flatMap(
      Queue.take(events),
      (event) => event._tag === tag ? Effect.succeed(event) : fail(`${event._tag} instead of ${tag}`)
    )
  yield* expect("PeerConnected")
  return { host, expect }
})

const packet = Effect.fnUntraced(function*({ expect }: Effect.Success<ReturnType<typeof clientOf>>) {
  const event = yield* expect("Packet")
  return event._tag === "Packet" ? event.bytes : new Uint8Array(0)
})

const exchange = Effect.fnUntraced(function*(client: Effect.Success<ReturnType<typeof clientOf>>, sizes = SIZES) {
  for (const size of sizes) {
    yield* client.host.send(1, pattern(size))
    yield* must(same(yield* packet(client), pattern(size)), `${size} bytes come back different`)
  }
})

const checkId = Effect.fnUntraced(function*(peer: CPeer, host: Host) {
  const { id, length, text } = yield* peer.expect("joined")
  const [known] = yield* host.peers
  yield* must(id === known?.id, `the Python client has id ${id}, our server says ${known?.id}`)
  yield* must(length === 4 && text === "bytes", `the id message is ${length} ${text}`)
})

const echoed = Effect.fnUntraced(function*(peer: CPeer, count: number) {
  const { received } = yield* peer.expect("echoed")
  yield* must(received === count, `${received} of ${count} packets came back`)
})

const sizes = SIZES.flatMap((size) => ["--echo", size])

const checkClosed = Effect.fnUntraced(function*(peer: CPeer, code: number, reason: string) {
  const { data, text } = yield* peer.expect("closed")
  yield* must(data === code && text === reason, `Python sees a Close with ${data} "${text}"`)
})

const checkRemote = (reason: WebSocketEvent.DisconnectReason, code: number, text: string) =>
  must(
    reason._tag === "Remote" && reason.code === code && reason.reason === text,
    `we see ${JSON.stringify(reason)}`
  )

const echo = (
  name: string,
  args: ReadonlyArray<string | number>,
  secured: Effect.Effect<Identity | undefined, never, Scope.Scope> = Effect.succeed(undefined)
): Case => ({
  name,
  ourClient: Effect.gen(function*() {
    const secret = yield* secured
    const files = secret === undefined ? [] : ["--cert", secret.certificateFile, "--key", secret.keyFile]
    const { port } = yield* pythonServer(...args, ...files)
    const client = yield* clientOf(port, secret && { tls: { roots: secret.certificate } })
    const id = yield* client.host.uniqueId
    yield* must(id === 77, `our id is ${id}`)
    yield* exchange(client)
  }),
  ourServer: Effect.gen(function*() {
    const secret = yield* secured
    const { host, url } = yield* echoServer(secret && { tls: secret })
    const peer = yield* pythonClient(url, ...args, ...sizes, ...(secret ? ["--ca", secret.certificateFile] : []))
    yield* checkId(peer, host)
    yield* echoed(peer, SIZES.length)
  })
})

export const cases: ReadonlyArray<Case> = [
  echo("the id, and packets of 1 to 65,535 bytes", []),
  echo("messages in fragments", ["--fragments"]),
  echo("W19 TLS, with a certificate that is checked", [], identity),
  {
    name: "text messages are packets, and text may be the id",
    ourClient: Effect.gen(function*() {
      const { port } = yield* pythonServer("--text", "--first", "41424344")
      const { host } = yield* clientOf(port)
      const id = yield* host.uniqueId
      yield* must(id === 0x44434241, `our id is ${id}`)
    }),
    ourServer: Effect.gen(function*() {
      const { url } = yield* echoServer()
      const peer = yield* pythonClient(url, "--text", "--echo", 5, "--echo", 300)
      yield* echoed(peer, 2)
    })
  },
  {
    name: "pings are answered",
    ourClient: Effect.gen(function*() {
      const { expect, port } = yield* pythonServer("--ping")
      yield* clientOf(port)
      yield* expect("pong")
    }),
    ourServer: Effect.gen(function*() {
      const { url } = yield* echoServer()
      yield* (yield* pythonClient(url, "--ping")).expect("pong")
    })
  },
  {
    name: "we close, with code and reason",
    ourClient: Effect.gen(function*() {
      const peer = yield* pythonServer()
      const { expect, host } = yield* clientOf(peer.port)
      yield* host.disconnectPeer(1, { code: 4001, reason: "enough — goodbye" })
      yield* checkClosed(peer, 4001, "enough — goodbye")
      const event = yield* expect("PeerDisconnected")
      yield* must(event._tag === "PeerDisconnected" && event.reason._tag === "Local", "we do not see our own end")
    }),
    ourServer: Effect.gen(function*() {
      const { host, url } = yield* echoServer()
      const peer = yield* pythonClient(url)
      const { id = 0 } = yield* peer.expect("joined")
      yield* host.send(id, "last words")
      yield* host.disconnectPeer(id, { code: 4001, reason: "kicked", linger: 50 })
      const { length } = yield* peer.expect("received")
      yield* must(length === 10, "the last packet is lost")
      yield* checkClosed(peer, 4001, "kicked")
    })
  },
  {
    name: "the other side closes, with code and reason",
    ourClient: Effect.gen(function*() {
      const { port } = yield* pythonServer("--close", 4002, "--reason", "maintenance")
      const client = yield* clientOf(port)
      yield* exchange(client, [3])
      const event = yield* client.expect("PeerDisconnected")
      if (event._tag === "PeerDisconnected") yield* checkRemote(event.reason, 4002, "maintenance")
    }),
    ourServer: Effect.gen(function*() {
      const { ends, url } = yield* echoServer()
      const peer = yield* pythonClient(url, "--close", 4002, "--reason", "bored")
      const { id } = yield* peer.expect("joined")
      const end = yield* Queue.take(ends)
      yield* must(end.id === id, "another peer is gone")
      yield* checkRemote(end.reason, 4002, "bored")
      yield* checkClosed(peer, 4002, "bored")
    })
  },
  {
    name: "a message above the limit is closed with 1009",
    ourClient: Effect.gen(function*() {
      const peer = yield* pythonServer("--size", 65_536)
      const { expect } = yield* clientOf(peer.port)
      yield* checkClosed(peer, 1009, "")
      const event = yield* expect("PeerDisconnected")
      yield* must(event._tag === "PeerDisconnected" && event.reason._tag === "Violation", "we do not see why")
    }),
    ourServer: Effect.gen(function*() {
      const { ends, url } = yield* echoServer()
      const peer = yield* pythonClient(url, "--size", 65_536)
      yield* checkClosed(peer, 1009, "")
      const { reason } = yield* Queue.take(ends)
      yield* must(reason._tag === "Violation" && reason.code === 1009, `we see ${JSON.stringify(reason)}`)
    })
  },
  {
    name: "sub-protocols and header lines",
    ourClient: Effect.gen(function*() {
      const { expect, port } = yield* pythonServer("--protocol", "b", "--protocol", "a")
      const { host } = yield* clientOf(port, { supportedProtocols: ["a", "b"], handshakeHeaders: ["X-Game: chess"] })
      const { text = "" } = yield* expect("request")
      yield* must(text.includes("X-Game: chess") && text.includes("Sec-WebSocket-Protocol: a,b"), `asked: ${text}`)
      const { protocol } = yield* host.peer(1)
      yield* must(protocol === "a" || protocol === "b", `the protocol is ${protocol}`)
    }),
    ourServer: Effect.gen(function*() {
      const { url } = yield* echoServer({ supportedProtocols: ["c", "b"], handshakeHeaders: ["X-Server: ours"] })
      const peer = yield* pythonClient(url, "--protocol", "a", "--protocol", "b", "--protocol", "c")
      const { text: answer = "" } = yield* peer.expect("answer")
      yield* must(answer.includes("X-Server: ours") && !/extensions/i.test(answer), `answered: ${answer}`)
      const { text } = yield* peer.expect("protocol")
      yield* must(text === "b", `the protocol is ${text}`)
    })
  },
  {
    name: "who does not belong here is turned away",
    ourClient: Effect.gen(function*() {
      const peer = yield* pythonServer("--first", "01000000")
      const url = `ws://localhost:${peer.port}/`
      const { reason } = yield* Effect.flip(NodeWebSocketClient.make({ url }))
      yield* must(reason._tag === "InvalidPeerId", `our client fails with ${reason._tag}`)
      yield* checkClosed(peer, 1000, "")
    }),
    ourServer: Effect.gen(function*() {
      const { url } = yield* echoServer({ supportedProtocols: ["chess"] })
      const { data } = yield* (yield* pythonClient(url, "--protocol", "go")).expect("denied")
      yield* must(data === 400, `Python sees status ${data}`)
    })
  }
]
