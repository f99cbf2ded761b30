import { NodeWebSocketClient, NodeWebSocketServer, PeerId } from "@effect-enet/websocket"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Logger, Scope, Stream } from "effect"
import { formatIp } from "effect/net/NetAddress"
import { connected, eventsOf, eventually, expectEvent, portOf, reasonOf, serverOn, text, urlOf } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

const join3 = Effect.gen(function*() {
  const server = yield* serverOn()
  const events = yield* eventsOf(server)
  const clients = []
  for (let n = 0; n < 3; n++) {
    const host = yield* NodeWebSocketClient.make({ url: urlOf(server) })
    const heard = yield* eventsOf(host)
    yield* expectEvent(heard, "PeerConnected")
    yield* expectEvent(events, "PeerConnected")
    clients.push({ host, heard, id: yield* host.uniqueId })
  }
  const [a, b, c] = clients
  if (a === undefined || b === undefined || c === undefined) throw new Error("three clients")
  return { server, events, a, b, c }
})

const hears = (events: Parameters<typeof expectEvent>[0]) =>
  Effect.map(expectEvent(events, "Packet"), ({ bytes }) => text(bytes))

describe("creating a server", () => {
  it.live("W8 a server is connected at once, with id 1, on the port that it tells", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      assert.strictEqual(yield* server.status, "Connected")
      assert.strictEqual(yield* server.uniqueId, 1)
      assert.isAbove(portOf(server), 0)
      yield* server.connected
    }))

  it.live("W8 a port that is taken, and an address of somebody else, fail with SocketFailed", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const taken = yield* reasonOf(serverOn({ port: portOf(server) }))
      assert.deepInclude(taken, { _tag: "SocketFailed", operation: "open", detail: "address in use" })
      const foreign = yield* reasonOf(serverOn({ bindAddress: "192.0.2.1" }))
      assert.deepInclude(foreign, { _tag: "SocketFailed", detail: "address not available" })
    }))

  it.live("W8 a port and an address that cannot be are invalid options", () =>
    Effect.gen(function*() {
      for (const port of [-1, 65_536, 1.5]) {
        assert.deepInclude(yield* reasonOf(serverOn({ port })), { _tag: "InvalidOption", field: "port" })
      }
      for (const bindAddress of ["", "localhost", "[::1]", "a.b.c.d", "1.2.3", "256.1.1.1"]) {
        const reason = yield* reasonOf(serverOn({ bindAddress }))
        assert.deepInclude(reason, { _tag: "InvalidOption", field: "bindAddress" })
      }
    }))

  it.live("W8 `*` takes clients of both families; the port is free when the scope closes", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const server = yield* Scope.provide(NodeWebSocketServer.make({ port: 0 }), scope)
      yield* NodeWebSocketClient.make({ url: urlOf(server) })
      const port = portOf(server)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* server.status, "Disconnected")
      yield* serverOn({ port })
    }))
})

describe("peers", () => {
  it.live("W9 W10 W11 are found by id, with address and port; IPv4 is shown as IPv4 on a dual-stack socket", () =>
    Effect.gen(function*() {
      const server = yield* NodeWebSocketServer.make({ port: 0 })
      const events = yield* eventsOf(server)
      const { wire } = yield* Wire.join(portOf(server))
      const { id } = yield* expectEvent(events, "PeerConnected")
      const peer = yield* server.peer(id)
      assert.strictEqual(formatIp(peer.address!.address), "127.0.0.1")
      assert.strictEqual(peer.address!.port, wire.socket.localPort)
      assert.deepInclude(yield* reasonOf(server.peer(id + 1)), { _tag: "UnknownPeer", peer: id + 1 })
      assert.deepInclude(yield* reasonOf(server.peer(1)), { _tag: "UnknownPeer" })
    }))

  it.live("W9 a client knows the server by id 1, with address and port, and nobody else", () =>
    Effect.gen(function*() {
      const { client, id, server } = yield* connected()
      const peer = yield* client.peer(1)
      assert.strictEqual(peer.address?.port, portOf(server))
      assert.strictEqual(formatIp(peer.address!.address), "127.0.0.1")
      assert.deepInclude(yield* reasonOf(client.peer(id)), { _tag: "UnknownPeer" })
    }))

  it.effect("W18 unique ids are drawn from 2 to 2147483647", () =>
    Effect.gen(function*() {
      const ids = yield* Effect.replicateEffect(PeerId.generate, 200)
      assert.isTrue(ids.every((id) => Number.isInteger(id) && id >= 2 && id <= 2147483647))
      assert.isAbove(new Set(ids).size, 190)
    }))

  it.live("W12 the id is the first frame behind the 101, unmasked and binary, and the one that the server uses", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const wire = yield* Wire.connect(portOf(server))
      yield* wire.send(Wire.request(), Wire.frame(Wire.Opcode.Binary, "early"))
      assert.match(yield* wire.headers, /^HTTP\/1\.1 101 /)
      const first = yield* wire.frame
      assert.deepInclude(first, { fin: true, opcode: 2, isMasked: false })
      const { id } = yield* expectEvent(events, "PeerConnected")
      assert.strictEqual(first.payload.readInt32LE(), id)
      const packet = yield* expectEvent(events, "Packet")
      assert.deepStrictEqual([packet.from, text(packet.bytes)], [id, "early"], "sent with the request, not lost")
    }))
})

describe("sending", () => {
  it.live("W13 goes to one, to all, or to all but one", () =>
    Effect.gen(function*() {
      const { a, b, c, server } = yield* join3
      yield* server.send(b.id, "one")
      yield* server.send("all", "all")
      yield* server.send({ allBut: a.id }, "not a")
      yield* server.send({ allBut: 1 }, "nobody is left out")
      const rest = ["all", "not a", "nobody is left out"]
      assert.deepStrictEqual([yield* hears(a.heard), yield* hears(a.heard)], ["all", "nobody is left out"])
      assert.deepStrictEqual(yield* Effect.replicateEffect(hears(b.heard), 4), ["one", ...rest])
      assert.deepStrictEqual(yield* Effect.replicateEffect(hears(c.heard), 3), rest)
    }))

  it.live("W13 fails for an unknown peer, and for the server itself; an empty packet is not sent", () =>
    Effect.gen(function*() {
      const { a, server } = yield* join3
      assert.deepInclude(yield* reasonOf(server.send(1, "me")), { _tag: "UnknownPeer", peer: 1 })
      yield* server.send(a.id, "")
      yield* server.send("all", new Uint8Array(0))
      yield* server.send(a.id, "last")
      assert.strictEqual(yield* hears(a.heard), "last")
    }))

  it.live("W13 a client's packets go to the server, whatever the target", () =>
    Effect.gen(function*() {
      const { client, id, serverEvents } = yield* connected()
      for (const target of [1, 12345, "all", { allBut: 1 }] as const) {
        yield* client.send(target, JSON.stringify(target))
        const packet = yield* expectEvent(serverEvents, "Packet")
        assert.deepStrictEqual([packet.from, text(packet.bytes)], [id, JSON.stringify(target)])
      }
    }))

  it.live("W14 packets arrive whole and in order, with their sender", () =>
    Effect.gen(function*() {
      const { a, b, events } = yield* join3
      for (let n = 0; n < 20; n++) {
        yield* a.host.send("all", `a${n}`)
        yield* b.host.send("all", `b${n}`)
      }
      const heard = yield* Effect.replicateEffect(expectEvent(events, "Packet"), 40)
      for (const [id, name] of [[a.id, "a"], [b.id, "b"]] as const) {
        assert.deepStrictEqual(
          heard.filter(({ from }) => from === id).map(({ bytes }) => text(bytes)),
          Array.from({ length: 20 }, (_, n) => `${name}${n}`)
        )
      }
    }))

  it.live("W14 each message is one unfragmented binary frame; the application may change its bytes afterwards", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const { id, wire } = yield* Wire.join(portOf(server))
      const bytes = new Uint8Array(40_000).fill(1)
      yield* server.send(id, bytes)
      bytes.fill(2)
      const { fin, isMasked, opcode, payload } = yield* wire.frame
      assert.deepStrictEqual([fin, isMasked, opcode, payload.length], [true, false, 2, 40_000])
      assert.isTrue(payload.every((byte) => byte === 1))
    }))
})

describe("disconnecting", () => {
  it.live("W16 a server's disconnect sends code and reason at once and tells its application; the client hears why", () =>
    Effect.gen(function*() {
      const { client, clientEvents, id, peer, server, serverEvents } = yield* connected()
      yield* server.disconnectPeer(id, { code: 4001, reason: "kicked" })
      assert.deepInclude(yield* expectEvent(serverEvents, "PeerDisconnected"), { id, reason: { _tag: "Local" } })
      assert.deepInclude(yield* expectEvent(clientEvents, "PeerDisconnected"), {
        id: 1,
        reason: { _tag: "Remote", code: 4001, reason: "kicked" }
      })
      assert.deepStrictEqual([yield* client.status, yield* client.uniqueId], ["Disconnected", 0])
      assert.deepStrictEqual(yield* peer.closed, { _tag: "Local" })
      assert.deepInclude(yield* reasonOf(server.peer(id)), { _tag: "UnknownPeer" })
      assert.deepInclude(yield* reasonOf(server.disconnectPeer(id)), { _tag: "UnknownPeer" })
      assert.deepInclude(yield* reasonOf(peer.send("late")), { _tag: "PeerDisconnected" })
      assert.deepInclude(yield* reasonOf(client.send(1, "late")), { _tag: "PeerDisconnected" })
    }))

  it.live("W16 the Close has code 1000 and no reason unless there is one; TCP ends with the client's reply", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const { id, wire } = yield* Wire.join(portOf(server))
      yield* server.disconnectPeer(id)
      const close = yield* wire.frame
      assert.deepStrictEqual([close.opcode, close.payload], [8, Buffer.from([0x03, 0xe8])])
      yield* wire.send(Wire.frame(Wire.Opcode.Close, close.payload))
      yield* wire.closed
    }))

  it.live("W16 a peer that never answers the Close is dropped", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ closeTimeout: 50 })
      const { id, wire } = yield* Wire.join(portOf(server))
      yield* server.disconnectPeer(id)
      yield* wire.closed
    }))

  it.live("W16 force drops the connection behind the Close", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ closeTimeout: 60_000 })
      const events = yield* eventsOf(server)
      const { id, wire } = yield* Wire.join(portOf(server))
      yield* expectEvent(events, "PeerConnected")
      yield* server.disconnectPeer(id, { force: true })
      yield* wire.closed
      assert.deepInclude(yield* expectEvent(events, "PeerDisconnected"), { id, reason: { _tag: "Closed" } })
    }))

  it.live("W16 a client's disconnect ends with the server's Close, on both sides", () =>
    Effect.gen(function*() {
      const { client, clientEvents, id, serverEvents } = yield* connected()
      yield* client.disconnectPeer(1, { code: 3000, reason: "had enough" })
      assert.deepInclude(yield* expectEvent(serverEvents, "PeerDisconnected"), {
        id,
        reason: { _tag: "Remote", code: 3000, reason: "had enough" }
      })
      assert.deepInclude(yield* expectEvent(clientEvents, "PeerDisconnected"), { id: 1, reason: { _tag: "Local" } })
    }))

  it.live("W16 with linger the last packet comes first and alone, so that Godot can read it", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const { id, wire } = yield* Wire.join(portOf(server))
      yield* server.send(id, "farewell")
      const leaving = yield* Effect.forkChild(server.disconnectPeer(id, { linger: 50 }), { startImmediately: true })
      assert.strictEqual((yield* wire.frame).payload.toString(), "farewell")
      assert.isUndefined(leaving.pollUnsafe(), "the Close has not been sent")
      assert.strictEqual(yield* wire.closeCode, 1000)
    }))

  it.live("W16 codes that Godot refuses, and reasons that do not fit, are invalid options", () =>
    Effect.gen(function*() {
      const { peer } = yield* connected()
      for (const code of [999, 1005, 1012, 5000]) {
        assert.deepInclude(yield* reasonOf(peer.disconnect({ code })), { _tag: "InvalidOption", field: "code" })
      }
      const reason = "ä".repeat(62)
      assert.deepInclude(yield* reasonOf(peer.disconnect({ reason })), { _tag: "InvalidOption", field: "reason" })
    }))

  it.live("W16 closing the scope tells all peers, with 1001, and frees the port", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const server = yield* Scope.provide(serverOn(), scope)
      const client = yield* NodeWebSocketClient.make({ url: urlOf(server) })
      const heard = yield* eventsOf(client)
      yield* expectEvent(heard, "PeerConnected")
      yield* Scope.close(scope, Exit.void)
      assert.deepInclude(yield* expectEvent(heard, "PeerDisconnected"), {
        reason: { _tag: "Remote", code: 1001, reason: "" }
      })
      assert.deepInclude(yield* reasonOf(server.send("all", "x")), { _tag: "HostClosed" })
    }))

  it.live("W16 a client whose scope closes is done: 1000", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      yield* Effect.scoped(NodeWebSocketClient.make({ url: urlOf(server) }))
      yield* expectEvent(events, "PeerConnected")
      assert.deepInclude(yield* expectEvent(events, "PeerDisconnected"), {
        reason: { _tag: "Remote", code: 1000, reason: "" }
      })
    }))

  it.live("W15 a lost TCP connection is told as such, behind the packets that came before", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const { id, wire } = yield* Wire.join(portOf(server))
      yield* expectEvent(events, "PeerConnected")
      yield* wire.send(Wire.frame(Wire.Opcode.Binary, "last words"))
      wire.socket.end()
      assert.strictEqual(text((yield* expectEvent(events, "Packet")).bytes), "last words")
      assert.deepInclude(yield* expectEvent(events, "PeerDisconnected"), { id, reason: { _tag: "Lost" } })
    }))
})

describe("serving", () => {
  it.live("gives each peer a fiber, which ends with the peer after its last packets, and the peer with the fiber", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const log: Array<string> = []
      yield* Effect.forkScoped(server.serve((peer) =>
        peer.messages.pipe(
          Stream.map(text),
          Stream.takeUntil((line) => line === "quit"),
          Stream.runForEach((line) => Effect.andThen(Effect.sync(() => log.push(line)), peer.send(line))),
          Effect.ensuring(Effect.sync(() => log.push("end")))
        )
      ))
      const first = yield* Wire.join(portOf(server))
      yield* first.wire.send(Wire.frame(Wire.Opcode.Binary, "a"), Wire.frame(Wire.Opcode.Binary, "b"))
      first.wire.socket.end()
      yield* eventually(Effect.sync(() => log.join() === "a,b,end"))
      const second = yield* Wire.join(portOf(server))
      yield* second.wire.send(Wire.frame(Wire.Opcode.Binary, "quit"))
      assert.strictEqual((yield* second.wire.frame).payload.toString(), "quit")
      assert.strictEqual(yield* second.wire.closeCode, 1000)
      assert.deepStrictEqual(log.slice(3), ["quit", "end"])
    }))

  it.live("a handler that fails is logged, and its peer is told 1011; others are served", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => {
        logged.push(String(message))
      })
      yield* Effect.forkScoped(
        server.serve((peer) =>
          Stream.runForEach(
            peer.messages,
            (bytes) => text(bytes) === "fail" ? Effect.die("so be it") : peer.send(bytes)
          )
        ).pipe(Effect.provide(Logger.layer([logger])))
      )
      const first = yield* Wire.join(portOf(server))
      const second = yield* Wire.join(portOf(server))
      yield* first.wire.send(Wire.frame(Wire.Opcode.Binary, "fail"))
      assert.strictEqual(yield* first.wire.closeCode, 1011)
      yield* second.wire.send(Wire.frame(Wire.Opcode.Binary, "fine"))
      assert.strictEqual((yield* second.wire.frame).payload.toString(), "fine")
      assert.strictEqual(logged.length, 1)
      assert.include(logged[0], `the handler of peer ${first.id}`)
    }))

  it.live("serves also those who came before, with what they had sent", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const { wire } = yield* Wire.join(portOf(server))
      yield* wire.send(Wire.frame(Wire.Opcode.Binary, "early"), Wire.frame(Wire.Opcode.Ping, "x"))
      assert.strictEqual((yield* wire.frame).opcode, Wire.Opcode.Pong)
      yield* Effect.forkScoped(server.serve((peer) => Stream.runForEach(peer.messages, (line) => peer.send(line))))
      assert.strictEqual((yield* wire.frame).payload.toString(), "early")
    }))

  it.live("a peer's own reader takes its packets from the events, and gives them back when it ends", () =>
    Effect.gen(function*() {
      const { client, peer, serverEvents } = yield* connected()
      const own = yield* Effect.forkChild(
        peer.messages.pipe(Stream.take(1), Stream.runCollect),
        { startImmediately: true }
      )
      yield* client.send(1, "for the reader")
      assert.deepStrictEqual((yield* Fiber.join(own)).map(text), ["for the reader"])
      yield* client.send(1, "for all")
      assert.strictEqual(text((yield* expectEvent(serverEvents, "Packet")).bytes), "for all")
    }))
})
