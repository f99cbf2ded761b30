import * as WebSocketClient from "@effect-enet/websocket/WebSocketClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { eventsOf, eventually, expectEvent, portOf, reasonOf, serverOn, text, urlOf } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

// Node has the WebSocket of browsers too
describe("a client on the platform's WebSocket", () => {
  it.live("W7 connects, sends and hears, and is told why it was disconnected", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ supportedProtocols: ["chat"] })
      const events = yield* eventsOf(server)
      const client = yield* WebSocketClient.make({ url: urlOf(server), supportedProtocols: ["chat"] })
      const heard = yield* eventsOf(client)
      const { id } = yield* expectEvent(events, "PeerConnected")
      const { peer } = yield* expectEvent(heard, "PeerConnected")
      assert.deepStrictEqual([yield* client.uniqueId, peer.address, peer.protocol], [id, undefined, "chat"])
      yield* client.send(1, "up")
      assert.strictEqual(text((yield* expectEvent(events, "Packet")).bytes), "up")
      yield* server.send("all", "down")
      assert.strictEqual(text((yield* expectEvent(heard, "Packet")).bytes), "down")
      yield* eventually(Effect.map(peer.outgoingQueued, ({ packets }) => packets === 0))
      yield* server.disconnectPeer(id, { code: 4001, reason: "kicked" })
      assert.deepInclude(yield* expectEvent(heard, "PeerDisconnected"), {
        reason: { _tag: "Remote", code: 4001, reason: "kicked" }
      })
    }))

  it.live("W16 disconnects with code and reason", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const client = yield* WebSocketClient.make({ url: urlOf(server) })
      yield* expectEvent(events, "PeerConnected")
      yield* client.disconnectPeer(1, { code: 3001, reason: "bye" })
      assert.deepInclude(yield* expectEvent(events, "PeerDisconnected"), {
        reason: { _tag: "Remote", code: 3001, reason: "bye" }
      })
      const last = yield* Stream.runCollect(client.events)
      assert.deepInclude(last.at(-1), { _tag: "PeerDisconnected", reason: { _tag: "Local" } })
    }))

  it.live("W16 a server that never answers the Close holds nobody up when the scope closes", () =>
    Effect.gen(function*() {
      const { port } = yield* Wire.listen((wire) =>
        Effect.andThen(
          Wire.upgrade(wire),
          wire.send(Wire.frame(Wire.Opcode.Binary, Uint8Array.of(9, 0, 0, 0), { mask: false }))
        )
      )
      yield* Effect.scoped(WebSocketClient.make({ url: `ws://127.0.0.1:${port}`, closeTimeout: 50 }))
    }))

  it.live("W3 closes with a code that scripts may send when a message is too large: 4009", () =>
    Effect.gen(function*() {
      const { port } = yield* Wire.listen((wire) =>
        Effect.gen(function*() {
          yield* Wire.upgrade(wire)
          yield* wire.send(
            Wire.frame(Wire.Opcode.Binary, Uint8Array.of(9, 0, 0, 0), { mask: false }),
            Wire.frame(Wire.Opcode.Binary, new Uint8Array(101), { mask: false })
          )
          code = yield* wire.closeCode
        })
      )
      let code = 0
      const client = yield* WebSocketClient.make({ url: `ws://127.0.0.1:${port}`, inboundBufferSize: 100 })
      const events = yield* eventsOf(client)
      yield* expectEvent(events, "PeerConnected")
      const { reason } = yield* expectEvent(events, "PeerDisconnected")
      assert.deepInclude(reason, { _tag: "Violation", code: 1009 })
      yield* eventually(Effect.sync(() => code === 4009))
    }))

  it.live("W5 waits, fails or drops when the server does not read", () =>
    Effect.gen(function*() {
      const wires: Array<Wire.Wire> = []
      const { port } = yield* Wire.listen((wire) =>
        Effect.gen(function*() {
          yield* Wire.upgrade(wire)
          yield* wire.send(Wire.frame(Wire.Opcode.Binary, Uint8Array.of(9, 0, 0, 0), { mask: false }))
          wire.socket.pause()
          wires.push(wire)
        })
      )
      const client = yield* WebSocketClient.make({ url: `ws://127.0.0.1:${port}` })
      const packet = new Uint8Array(60_000)
      const reason = yield* reasonOf(
        Effect.andThen(Effect.sleep(1), client.send(1, packet, { whenFull: "fail" })).pipe(Effect.forever)
      )
      assert.deepInclude(reason, { _tag: "QueueFull" })
      yield* Effect.sync(() => wires[0]?.socket.resume())
      yield* client.send(1, packet)
    }), 20_000)

  it.live("W1 cannot send header lines, and says so", () =>
    Effect.gen(function*() {
      const reason = yield* reasonOf(
        WebSocketClient.make({ url: "ws://localhost", handshakeHeaders: ["X-Game: chess"] })
      )
      assert.deepInclude(reason, { _tag: "Unsupported", feature: "handshakeHeaders" })
    }))

  it.live("W2 W7 fails when nobody answers, and when nobody listens", () =>
    Effect.gen(function*() {
      const silent = yield* Wire.listen(() => Effect.never)
      const late = yield* reasonOf(
        WebSocketClient.make({ url: `ws://127.0.0.1:${silent.port}`, handshakeTimeout: 50 })
      )
      assert.deepInclude(late, { _tag: "ConnectTimeout", waitedFor: "handshake" })
      const server = yield* Effect.scoped(serverOn())
      const reason = yield* reasonOf(WebSocketClient.make({ url: `ws://127.0.0.1:${portOf(server)}` }))
      assert.deepInclude(reason, { _tag: "ConnectFailed" })
    }))
})
