import { NodeWebSocketClient } from "@effect-enet/websocket"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { connected, eventsOf, eventually, expectEvent, reasonOf, serverOn, text, urlOf } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

/** The servers of these tests answer no Close. */
const closeTimeout = 20

const urlTo = (port: number) => `ws://127.0.0.1:${port}`

const idOf = (id: number): Uint8Array => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(id)
  return bytes
}

const unmasked = { mask: false } as const

/** A server that says this behind the upgrade, and keeps what it hears. */
const saying = (...frames: ReadonlyArray<Uint8Array>) => {
  const wires: Array<Wire.Wire> = []
  return Effect.map(
    Wire.listen((wire) =>
      Effect.gen(function*() {
        yield* Wire.upgrade(wire)
        yield* wire.send(...frames)
        wires.push(wire)
      })
    ),
    ({ port }) => ({ port, wires })
  )
}

describe("connecting", () => {
  it.live("W7 a client is connecting with id 0, then connected with the id that the server gave", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const client = yield* NodeWebSocketClient.open({ url: urlOf(server) })
      assert.deepStrictEqual([yield* client.status, yield* client.uniqueId], ["Connecting", 0])
      assert.deepInclude(yield* reasonOf(client.send(1, "early")), { _tag: "PeerDisconnected" })
      yield* client.connected
      assert.strictEqual(yield* client.status, "Connected")
      assert.isAtLeast(yield* client.uniqueId, 2)
    }))

  it.live("W7 URLs are read as Godot reads them: no scheme, no path, any case, IPv6 in brackets", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const { port } = yield* Wire.listen((wire) =>
        Effect.gen(function*() {
          asked.push((yield* Wire.upgrade(wire)).split("\r\n")[0] ?? "")
          yield* wire.send(Wire.frame(Wire.Opcode.Binary, idOf(2), unmasked))
        })
      )
      for (
        const url of [
          `127.0.0.1:${port}`,
          `WS://127.0.0.1:${port}/Path?query#fragment`,
          `ws://user:secret@LOCALHOST:${port}/x`,
          `ws://127.0.0.1:${port}?query`
        ]
      ) yield* NodeWebSocketClient.make({ url })
      const targets = ["/", "/Path?query", "/x", "/?query"]
      assert.deepStrictEqual(asked, targets.map((target) => `GET ${target} HTTP/1.1`))
    }))

  for (
    const url of [
      "",
      "ws://",
      "http://localhost",
      "wss:/",
      "ws://[::1",
      "ws://[]",
      "ws://::1",
      "localhost:",
      "localhost:0",
      "localhost:65536",
      "localhost:x",
      "localhost:80x"
    ]
  ) {
    it.live(`W7 the URL ${JSON.stringify(url)} is an invalid option`, () =>
      Effect.gen(function*() {
        const reason = yield* reasonOf(NodeWebSocketClient.open({ url }))
        assert.deepInclude(reason, { _tag: "InvalidOption", field: "url" })
      }))
  }

  it.live("W7 a closed port and an unknown host fail with ConnectFailed, and the client has no events", () =>
    Effect.gen(function*() {
      const { port, server } = yield* Effect.map(Wire.listen(() => Effect.void), (server) => ({
        server,
        port: server.port
      }))
      yield* Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
      })
      const client = yield* NodeWebSocketClient.open({ closeTimeout, url: urlTo(port) })
      assert.deepInclude(yield* reasonOf(client.connected), { _tag: "ConnectFailed", detail: "connection refused" })
      assert.strictEqual(yield* client.status, "Disconnected")
      assert.deepStrictEqual(yield* Stream.runCollect(client.events), [])
      const unknown = yield* reasonOf(NodeWebSocketClient.make({ url: "ws://nowhere.invalid" }))
      assert.deepInclude(unknown, { _tag: "ConnectFailed" })
    }))

  it.live("W1 header lines are in the request, as they are", () =>
    Effect.gen(function*() {
      let asked = ""
      const { port } = yield* Wire.listen((wire) =>
        Effect.gen(function*() {
          asked = yield* Wire.upgrade(wire)
          yield* wire.send(Wire.frame(Wire.Opcode.Binary, idOf(2), unmasked))
        })
      )
      const handshakeHeaders = ["Authorization: Bearer x:y", "X-Two: 1", "X-Two: 2"]
      yield* NodeWebSocketClient.make({ closeTimeout, url: urlTo(port), handshakeHeaders })
      for (const line of handshakeHeaders) assert.include(asked.split("\r\n"), line)
      assert.notMatch(asked, /extensions|permessage/i, "no extensions are offered")
    }))

  for (const line of ["no colon", "Bad Name: x", "X: a\r\nY: b", "Upgrade: h2c", "Sec-WebSocket-Key: x", ": x"]) {
    it.live(`W1 the header line ${JSON.stringify(line)} is an invalid option`, () =>
      Effect.gen(function*() {
        const reason = yield* reasonOf(NodeWebSocketClient.open({ url: "ws://localhost", handshakeHeaders: [line] }))
        assert.deepInclude(reason, { _tag: "InvalidOption", field: "handshakeHeaders" })
      }))
  }
})

describe("the handshake timeout", () => {
  it.live("W2 a server that does not answer fails the client with ConnectTimeout, and its socket is closed", () =>
    Effect.gen(function*() {
      const closed: Array<string> = []
      const { port } = yield* Wire.listen((wire) => Effect.map(wire.closed, (rest) => closed.push(rest)))
      const reason = yield* reasonOf(NodeWebSocketClient.make({ closeTimeout, url: urlTo(port), handshakeTimeout: 50 }))
      assert.deepInclude(reason, { _tag: "ConnectTimeout", waitedFor: "handshake" })
      yield* eventually(Effect.sync(() => closed.length === 1))
    }))

  it.live("W2 it can be changed while it runs", () =>
    Effect.gen(function*() {
      const { port } = yield* Wire.listen(() => Effect.never)
      const client = yield* NodeWebSocketClient.open({ closeTimeout, url: urlTo(port), handshakeTimeout: 600_000 })
      yield* client.configure({ handshakeTimeout: 1 })
      assert.deepInclude(yield* reasonOf(client.connected), { _tag: "ConnectTimeout" })
      assert.strictEqual((yield* client.options).handshakeTimeout, 1)
      const reason = yield* reasonOf(client.configure({ handshakeTimeout: 0 }))
      assert.deepInclude(reason, { _tag: "InvalidOption", field: "handshakeTimeout" })
      assert.strictEqual((yield* client.options).handshakeTimeout, 1, "unchanged")
    }))

  it.live("W2 it ends with the upgrade: an id that comes later is fine", () =>
    Effect.gen(function*() {
      const { port, wires } = yield* saying()
      const client = yield* NodeWebSocketClient.open({ closeTimeout, url: urlTo(port), handshakeTimeout: 1000 })
      yield* eventually(Effect.sync(() => wires.length === 1))
      yield* Effect.sleep(1200)
      assert.strictEqual(yield* client.status, "Connecting")
      yield* wires[0]!.send(Wire.frame(Wire.Opcode.Binary, idOf(9), unmasked))
      yield* client.connected
      assert.strictEqual(yield* client.uniqueId, 9)
    }))

  it.live("W12 an id that never comes fails the client in the end", () =>
    Effect.gen(function*() {
      const { port } = yield* saying()
      const reason = yield* reasonOf(NodeWebSocketClient.make({ closeTimeout, url: urlTo(port), idTimeout: 50 }))
      assert.deepInclude(reason, { _tag: "ConnectTimeout", waitedFor: "id" })
    }))
})

describe("the id message", () => {
  for (
    const [name, frames] of [
      ["text", [Wire.frame(Wire.Opcode.Text, idOf(77), unmasked)]],
      ["in fragments", [
        Wire.frame(Wire.Opcode.Binary, idOf(77).subarray(0, 1), { mask: false, fin: false }),
        Wire.frame(Wire.Opcode.Continuation, idOf(77).subarray(1), unmasked)
      ]]
    ] as const
  ) {
    it.live(`W12 may be ${name}; what follows at once is a packet`, () =>
      Effect.gen(function*() {
        const { port } = yield* saying(...frames, Wire.frame(Wire.Opcode.Binary, "next", unmasked))
        const client = yield* NodeWebSocketClient.make({ closeTimeout, url: urlTo(port) })
        assert.strictEqual(yield* client.uniqueId, 77)
        const events = yield* eventsOf(client)
        assert.deepInclude(yield* expectEvent(events, "PeerConnected"), { id: 1 })
        assert.strictEqual(text((yield* expectEvent(events, "Packet")).bytes), "next")
      }))
  }

  for (
    const [name, body] of [
      ["empty", ""],
      ["three bytes long", "abc"],
      ["five bytes long", "abcde"],
      ["0", idOf(0)],
      ["1", idOf(1)],
      ["-5", idOf(-5)]
    ] as const
  ) {
    it.live(`W12 that is ${name} is answered with Close 1000, and fails the client`, () =>
      Effect.gen(function*() {
        const { port, wires } = yield* saying(
          Wire.frame(Wire.Opcode.Binary, body, unmasked),
          Wire.frame(Wire.Opcode.Binary, idOf(9), unmasked)
        )
        const client = yield* NodeWebSocketClient.open({ closeTimeout, url: urlTo(port) })
        assert.deepInclude(yield* reasonOf(client.connected), { _tag: "InvalidPeerId" })
        yield* eventually(Effect.sync(() => wires.length === 1))
        const close = yield* wires[0]!.frame
        assert.deepStrictEqual([close.opcode, close.isMasked, close.payload.readUInt16BE()], [8, true, 1000])
        assert.strictEqual(close.payload.length, 2)
        assert.deepStrictEqual(yield* Stream.runCollect(client.events), [])
        assert.deepStrictEqual([yield* client.status, yield* client.uniqueId], ["Disconnected", 0])
      }))
  }

  it.live("W15 a server that closes instead fails the client, without events", () =>
    Effect.gen(function*() {
      const { port } = yield* saying(Wire.frame(Wire.Opcode.Close, Wire.closeBody(1000), unmasked))
      const client = yield* NodeWebSocketClient.open({ closeTimeout, url: urlTo(port) })
      assert.deepInclude(yield* reasonOf(client.connected), { _tag: "ConnectFailed" })
      assert.deepStrictEqual(yield* Stream.runCollect(client.events), [])
    }))
})

describe("a connected client", () => {
  it.live("W14 sends one masked binary frame for each packet", () =>
    Effect.gen(function*() {
      const { port, wires } = yield* saying(Wire.frame(Wire.Opcode.Binary, idOf(5), unmasked))
      const client = yield* NodeWebSocketClient.make({ closeTimeout, url: urlTo(port) })
      yield* client.send(1, new Uint8Array(60_000))
      yield* eventually(Effect.sync(() => wires.length === 1))
      const { fin, isMasked, opcode, payload } = yield* wires[0]!.frame
      assert.deepStrictEqual([fin, isMasked, opcode, payload.length], [true, true, 2, 60_000])
    }))

  it.live("W15 status, id and packets are there when it hears of PeerConnected; all is over with PeerDisconnected", () =>
    Effect.gen(function*() {
      const { port } = yield* saying(
        Wire.frame(Wire.Opcode.Binary, idOf(5), unmasked),
        Wire.frame(Wire.Opcode.Binary, "1", unmasked),
        Wire.frame(Wire.Opcode.Text, "2", unmasked),
        Wire.frame(Wire.Opcode.Binary, "", unmasked),
        Wire.frame(Wire.Opcode.Close, Wire.closeBody(4000, "over"), unmasked)
      )
      const client = yield* NodeWebSocketClient.make({ closeTimeout, url: urlTo(port) })
      const events = yield* Stream.runCollect(client.events)
      assert.deepStrictEqual(
        events.map((event) => event._tag === "Packet" ? text(event.bytes) : event._tag),
        ["PeerConnected", "1", "2", "PeerDisconnected"],
        "nothing that came before the Close is lost"
      )
      assert.deepInclude(events.at(-1), { id: 1, reason: { _tag: "Remote", code: 4000, reason: "over" } })
      assert.deepInclude(yield* reasonOf(client.connected), { _tag: "HostClosed" })
    }))

  it.live("W9 serves its server as a server serves its clients", () =>
    Effect.gen(function*() {
      const { client, id, server, serverEvents } = yield* connected()
      const own = yield* NodeWebSocketClient.make({ url: urlOf(server) })
      const { id: ownId } = yield* expectEvent(serverEvents, "PeerConnected")
      const fiber = yield* Effect.forkChild(
        own.serve((peer) => Stream.runForEach(peer.messages, (bytes) => peer.send(`${peer.id} said ${text(bytes)}`)))
      )
      yield* server.send({ allBut: id }, "hello")
      assert.strictEqual(text((yield* expectEvent(serverEvents, "Packet")).bytes), "1 said hello")
      yield* server.disconnectPeer(ownId)
      assert.deepInclude(yield* reasonOf(Fiber.join(fiber)), { _tag: "HostClosed" })
      assert.strictEqual(yield* client.status, "Connected")
    }))
})
