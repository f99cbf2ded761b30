import { NodeWebSocketClient } from "@effect-enet/websocket"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { eventsOf, eventually, expectEvent, portOf, reasonOf, serverOn, urlOf } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

const answerTo = Effect.fnUntraced(function*(port: number, request: string) {
  const wire = yield* Wire.connect(port)
  yield* wire.send(request)
  return (yield* wire.headers).split("\r\n")
})

describe("the request", () => {
  it.live("W1 the answer is a 101 with the server's header lines behind its own, and no extensions", () =>
    Effect.gen(function*() {
      const handshakeHeaders = ["X-Server: a: b", "Set-Cookie: c=1", "Set-Cookie: d=2"]
      const server = yield* serverOn({ handshakeHeaders })
      const lines = yield* answerTo(
        portOf(server),
        Wire.request({ "Sec-WebSocket-Extensions": "permessage-deflate" })
      )
      assert.deepStrictEqual(lines, [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Accept: ${Wire.accept(Wire.KEY)}`,
        ...handshakeHeaders,
        "",
        ""
      ])
    }))

  for (
    const [name, request] of [
      ["Godot's Host of an IPv6 address", Wire.request({ Host: "::1:8000" })],
      ["no Host", Wire.request({ Host: undefined })],
      ["another path", Wire.request({}, "GET /some/where?x HTTP/1.1")],
      ["an Origin", Wire.request({ Origin: "https://example.com" })],
      ["Upgrade in capitals", Wire.request({ Upgrade: "WebSocket", Connection: "keep-alive, upgrade" })]
    ] as const
  ) {
    it.live(`a request with ${name} is accepted`, () =>
      Effect.gen(function*() {
        const [status] = yield* answerTo(portOf(yield* serverOn()), request)
        assert.strictEqual(status, "HTTP/1.1 101 Switching Protocols")
      }))
  }

  for (
    const [name, request, status] of [
      ["another method", Wire.request({}, "POST / HTTP/1.1"), 400],
      ["HTTP/1.0", Wire.request({}, "GET / HTTP/1.0"), 400],
      ["another upgrade", Wire.request({ Upgrade: "h2c" }), 400],
      ["no key", Wire.request({ "Sec-WebSocket-Key": undefined }), 400],
      ["a short key", Wire.request({ "Sec-WebSocket-Key": "c2hvcnQ=" }), 400],
      ["another version", Wire.request({ "Sec-WebSocket-Version": "8" }), 400],
      ["a second version", Wire.request({ "sec-websocket-version": "13" }), 400],
      ["no upgrade at all", "GET / HTTP/1.1\r\n\r\n", 426],
      ["a header without a colon", Wire.request().replace("Host: localhost", "Host"), 400],
      ["headers above 4096 bytes", Wire.request({ "X-Long": "x".repeat(4096) }), 431]
    ] as const
  ) {
    it.live(`a request with ${name} is denied with ${status}, and the connection closed`, () =>
      Effect.gen(function*() {
        const server = yield* serverOn()
        const wire = yield* Wire.connect(portOf(server))
        yield* wire.send(request)
        assert.match(yield* wire.headers, new RegExp(`^HTTP/1\\.1 ${status} `))
        yield* wire.closed
        yield* eventually(Effect.map(server.statistics, ({ peers, pending }) => pending === 0 && peers === 0))
      }))
  }
})

describe("sub-protocols", () => {
  const table: ReadonlyArray<
    readonly [asks: ReadonlyArray<string>, supports: ReadonlyArray<string>, result: string | undefined | false]
  > = [
    [[], [], undefined],
    [[], ["a"], false],
    [["a"], [], false],
    [["a"], ["b"], false],
    [["a"], ["A"], false],
    [[" a ", "b", "c"], ["c", " b"], "b"]
  ]
  for (const [asks, supports, result] of table) {
    const shown = result === false ? "no connection" : result ?? "no protocol"
    it.live(`W6 [${asks.join()}] of a client and [${supports.join()}] of a server give ${shown}`, () =>
      Effect.gen(function*() {
        const server = yield* serverOn({ supportedProtocols: supports })
        const connecting = NodeWebSocketClient.make({ url: urlOf(server), supportedProtocols: asks })
        if (result === false) {
          assert.deepInclude(yield* reasonOf(connecting), { _tag: "ConnectFailed" })
          assert.deepStrictEqual((yield* server.statistics).refused, { NoCommonProtocol: 1 })
        } else {
          const client = yield* connecting
          assert.strictEqual((yield* client.peer(1)).protocol, result)
          assert.strictEqual((yield* server.peers)[0]?.protocol, result)
        }
      }))
  }

  it.live("W6 a client asks with commas and without spaces", () =>
    Effect.gen(function*() {
      let asked = ""
      const { port } = yield* Wire.listen((wire) =>
        Effect.gen(function*() {
          asked = yield* Wire.upgrade(wire, ["Sec-WebSocket-Protocol: b"])
          yield* wire.send(Wire.frame(Wire.Opcode.Binary, Uint8Array.of(7, 0, 0, 0), { mask: false }))
        })
      )
      const url = `ws://127.0.0.1:${port}`
      const client = yield* NodeWebSocketClient.make({ url, supportedProtocols: ["a", " b", "c"] })
      assert.include(asked, "\r\nSec-WebSocket-Protocol: a,b,c\r\n")
      assert.strictEqual((yield* client.peer(1)).protocol, "b")
    }))

  for (
    const [name, asks, answers] of [
      ["a protocol that it did not ask for", ["a"], ["Sec-WebSocket-Protocol: b"]],
      ["a protocol although it asked for none", [], ["Sec-WebSocket-Protocol: b"]],
      ["no protocol although it asked", ["a"], []]
    ] as const
  ) {
    it.live(`W6 a client that gets ${name} fails`, () =>
      Effect.gen(function*() {
        const { port } = yield* Wire.listen((wire) => Wire.upgrade(wire, answers))
        const url = `ws://127.0.0.1:${port}`
        const reason = yield* reasonOf(NodeWebSocketClient.make({ url, supportedProtocols: asks }))
        assert.deepInclude(reason, { _tag: "ConnectFailed" })
      }))
  }
})

describe("the answer", () => {
  for (
    const [name, answer] of [
      ["another status", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
      ["a redirect", "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"],
      [
        "a wrong key",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Accept: AAAA\r\n\r\n"
      ],
      ["no HTTP", "hello\r\n\r\n"]
    ] as const
  ) {
    it.live(`W7 with ${name} fails the client with ConnectFailed`, () =>
      Effect.gen(function*() {
        const { port } = yield* Wire.listen((wire) => Effect.andThen(wire.headers, wire.send(answer)))
        const reason = yield* reasonOf(NodeWebSocketClient.make({ url: `ws://127.0.0.1:${port}` }))
        assert.deepInclude(reason, { _tag: "ConnectFailed" })
      }))
  }
})

describe("refusing new connections", () => {
  it.live("W17 newcomers wait without an answer until refusing ends, the ninth is dropped, and peers stay", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const { id, wire } = yield* Wire.join(portOf(server))
      yield* expectEvent(events, "PeerConnected")
      yield* server.refuseNewConnections(true)
      const waiting = yield* Effect.forEach(
        Array.from({ length: 8 }),
        () => Effect.forkChild(Wire.join(portOf(server)), { startImmediately: true })
      )
      yield* eventually(Effect.map(server.statistics, ({ pending }) => pending === 8))
      yield* (yield* Wire.connect(portOf(server))).closed
      yield* server.send(id, "still here")
      assert.strictEqual((yield* wire.frame).payload.toString(), "still here")
      assert.deepStrictEqual(yield* server.statistics, { peers: 1, pending: 8, refused: { Refusing: 1 } })
      yield* server.refuseNewConnections(false)
      yield* Effect.forEach(waiting, (fiber) => Fiber.join(fiber))
      assert.strictEqual((yield* server.statistics).peers, 9)
    }))

  it.live("W17 one whose handshake has begun is not upgraded any more", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const wire = yield* Wire.connect(portOf(server))
      yield* wire.send("GET / HTTP/1.1\r\n")
      yield* eventually(Effect.map(server.statistics, ({ pending }) => pending === 1))
      yield* server.refuseNewConnections(true)
      yield* wire.send(Wire.request().replace("GET / HTTP/1.1\r\n", ""))
      assert.match(yield* wire.headers, /^HTTP\/1\.1 503 /)
      yield* wire.closed
    }))

  it.live("W17 a server may refuse from the start, and a client that waits gives up", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ refuseNewConnections: true })
      const reason = yield* reasonOf(NodeWebSocketClient.make({ url: urlOf(server), handshakeTimeout: 50 }))
      assert.deepInclude(reason, { _tag: "ConnectTimeout", waitedFor: "handshake" })
      yield* eventually(Effect.map(server.statistics, ({ pending }) => pending === 0))
    }))
})
