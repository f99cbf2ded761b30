import { NodeWebSocketClient } from "@effect-enet/websocket"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import * as Pki from "../../dtls/test/kit/Pki.ts"
import { eventsOf, eventually, expectEvent, type Host, portOf, serverOn, text, urlOf } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

/** An honest client gets its echo. */
const isServed = Effect.fnUntraced(function*(server: Host, secure: Partial<NodeWebSocketClient.Options> = {}) {
  const client = yield* NodeWebSocketClient.make({ url: urlOf(server), handshakeTimeout: 20_000, ...secure })
  yield* client.send(1, "anybody there?")
  const heard = yield* eventsOf(client)
  yield* expectEvent(heard, "PeerConnected")
  assert.strictEqual(text((yield* expectEvent(heard, "Packet")).bytes), "anybody there?")
}, Effect.scoped)

const echoing = Effect.fnUntraced(function*(options: Parameters<typeof serverOn>[0] = {}) {
  const server = yield* serverOn(options)
  yield* Effect.forkScoped(
    server.serve((peer) => Stream.runForEach(peer.messages, (bytes) => Effect.ignore(peer.send(bytes))))
  )
  return server
})

/** The head of a TLS record of 512 bytes with a ClientHello, and no more. */
const HALF_RECORD = Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252)

describe("handshakes that take long", () => {
  it.live("W2 a silent client is dropped after the timeout, one that sends its headers slowly as well", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ handshakeTimeout: 100 })
      const silent = yield* Wire.connect(portOf(server))
      const slow = yield* Wire.connect(portOf(server))
      const drip = yield* Effect.forkChild(
        Effect.andThen(
          slow.send("GET / HTTP/1.1\r\n"),
          Effect.forever(Effect.andThen(Effect.sleep(10), slow.send("X: y\r\n")))
        )
      )
      assert.strictEqual(yield* silent.closed, "")
      assert.strictEqual(yield* slow.closed, "")
      yield* Fiber.interrupt(drip)
      assert.deepStrictEqual(yield* server.statistics, { peers: 0, pending: 0, refused: { HandshakeTimeout: 2 } })
    }))

  it.live("W2 the timeout is read live, and does not touch who is connected", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ handshakeTimeout: 600_000 })
      const { wire: peer } = yield* Wire.join(portOf(server))
      const silent = yield* Wire.connect(portOf(server))
      yield* eventually(Effect.map(server.statistics, ({ pending }) => pending === 1))
      yield* server.configure({ handshakeTimeout: 1 })
      yield* silent.closed
      yield* peer.send(Wire.frame(Wire.Opcode.Ping, "still there?"))
      assert.strictEqual((yield* peer.frame).payload.toString(), "still there?")
    }))

  it.live(
    "1,000 connections that never finish keep nobody out, and as many are kept as the limit says",
    () =>
      Effect.gen(function*() {
        const server = yield* echoing({ handshakeTimeout: 600_000, pendingLimit: 100 })
        for (let n = 0; n < 1000; n += 100) {
          const wires = yield* Effect.replicateEffect(Wire.connect(portOf(server)), 100, { concurrency: 100 })
          for (const [index, wire] of wires.entries()) if (index % 2 === 0) yield* wire.send("GET / HTTP/1.1\r\nX: ")
        }
        yield* eventually(Effect.map(server.statistics, ({ refused }) => refused["TooManyPending"] === 900))
        assert.strictEqual((yield* server.statistics).pending, 100)
        yield* isServed(server)
        assert.isAtMost((yield* server.statistics).pending, 100)
      }),
    60_000
  )

  it.live(
    "1,000 connections that never finish TLS keep nobody out, silent ones and those that begin a record",
    () =>
      Effect.gen(function*() {
        const { keyPem, pem } = Pki.server()
        const tls = { key: keyPem, certificate: pem }
        const server = yield* echoing({ tls, handshakeTimeout: 600_000, pendingLimit: 100 })
        for (let n = 0; n < 1000; n += 100) {
          const wires = yield* Effect.replicateEffect(Wire.connect(portOf(server)), 100, { concurrency: 100 })
          for (const [index, wire] of wires.entries()) if (index % 2 === 0) yield* wire.send(HALF_RECORD)
        }
        yield* eventually(Effect.map(server.statistics, ({ refused }) => refused["TooManyPending"] === 900))
        assert.strictEqual((yield* server.statistics).pending, 100)
        yield* isServed(server, { url: `wss://localhost:${portOf(server)}`, tls: { roots: pem } })
        assert.isAtMost((yield* server.statistics).pending, 100)
      }),
    60_000
  )

  it.live("more peers than the server has room for are told so, with 503", () =>
    Effect.gen(function*() {
      const server = yield* serverOn({ maxPeers: 1 })
      const { wire } = yield* Wire.join(portOf(server))
      const other = yield* Wire.connect(portOf(server))
      yield* other.send(Wire.request())
      assert.match(yield* other.headers, /^HTTP\/1\.1 503 /)
      wire.socket.destroy()
      yield* eventually(Effect.map(server.statistics, ({ peers }) => peers === 0))
      yield* Wire.join(portOf(server))
    }))
})

describe("peers that behave badly", () => {
  it.live("one that floods is read as fast as the application reads; others are served", () =>
    Effect.gen(function*() {
      const server = yield* echoing()
      const { wire } = yield* Wire.join(portOf(server))
      const packets = Buffer.concat(
        Array.from({ length: 2000 }, () => Wire.frame(Wire.Opcode.Binary, new Uint8Array(30)))
      )
      const flood = () => {
        while (wire.socket.write(packets)) { /* until its buffer is full */ }
      }
      wire.socket.on("drain", flood)
      // it does not read its echoes either
      wire.socket.pause()
      flood()
      yield* eventually(Effect.flatMap(server.peers, ([peer]) =>
        peer === undefined ? Effect.succeed(false) : Effect.map(peer.outgoingQueued, ({ packets }) =>
          packets > 1000)))
      yield* isServed(server)
      for (const peer of yield* server.peers) {
        const { bytes, packets } = yield* peer.outgoingQueued
        assert.isAtMost(bytes, 65_535)
        assert.isAtMost(packets, 4096)
      }
    }), 30_000)

  it.live("one that floods with pings is dropped when it does not take the answers", () =>
    Effect.gen(function*() {
      const server = yield* echoing()
      const { wire } = yield* Wire.join(portOf(server))
      const pings = Buffer.concat(Array.from({ length: 2000 }, () => Wire.frame(Wire.Opcode.Ping, new Uint8Array(125))))
      wire.socket.pause()
      const flood = () => {
        while (!wire.socket.destroyed && wire.socket.write(pings)) { /* until its buffer is full */ }
      }
      wire.socket.on("drain", flood)
      flood()
      yield* eventually(Effect.map(server.statistics, ({ peers }) => peers === 0))
      yield* isServed(server)
    }), 30_000)

  const notText: ReadonlyArray<readonly [name: string, frames: ReadonlyArray<Uint8Array>]> = [
    ["that is no UTF-8", [Wire.frame(Wire.Opcode.Text, Uint8Array.of(0xff))]],
    ["with a surrogate", [Wire.frame(Wire.Opcode.Text, Uint8Array.of(0xed, 0xa0, 0x80))]],
    ["that ends inside of a character", [
      Wire.frame(Wire.Opcode.Text, "x", { fin: false }),
      Wire.frame(Wire.Opcode.Continuation, Uint8Array.of(0xe2, 0x82))
    ]]
  ]
  for (const [name, frames] of notText) {
    it.live(`one that sends text ${name} is told 1007; its text before was a packet, and others are served`, () =>
      Effect.gen(function*() {
        const server = yield* echoing()
        const { wire } = yield* Wire.join(portOf(server))
        yield* wire.send(Wire.frame(Wire.Opcode.Text, "grüße"))
        const echo = yield* wire.frame
        assert.deepStrictEqual([echo.opcode, echo.payload.toString()], [Wire.Opcode.Binary, "grüße"])
        yield* wire.send(...frames)
        assert.strictEqual(yield* wire.closeCode, 1007)
        yield* wire.closed
        yield* isServed(server)
        yield* eventually(Effect.map(server.statistics, ({ peers }) => peers === 0))
      }))
  }

  it.live("garbage of every kind, before and behind the upgrade, harms nobody", () =>
    Effect.gen(function*() {
      const server = yield* echoing()
      let state = 0x2545f491
      const garbage = (length: number) =>
        Uint8Array.from({ length }, () => {
          state ^= state << 13
          state ^= state >>> 17
          state ^= state << 5
          return state
        })
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, n) => n),
        (n) =>
          Effect.gen(function*() {
            const wire = n % 2 === 0 ? yield* Wire.connect(portOf(server)) : (yield* Wire.join(portOf(server))).wire
            yield* wire.send(garbage(n * 7), n % 3 === 0 ? "\r\n\r\n" : "")
            wire.socket.end()
            yield* wire.closed
          }).pipe(Effect.scoped),
        { concurrency: 20, discard: true }
      )
      yield* isServed(server)
      yield* eventually(Effect.map(server.statistics, ({ peers, pending }) => peers === 0 && pending === 0))
    }), 30_000)

  it.live("one that vanishes in the middle of a message leaves nothing behind", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const { wire } = yield* Wire.join(portOf(server))
      yield* expectEvent(events, "PeerConnected")
      yield* wire.send(Wire.frame(Wire.Opcode.Binary, "half", { fin: false }))
      wire.socket.resetAndDestroy()
      assert.deepInclude(yield* expectEvent(events, "PeerDisconnected"), { reason: { _tag: "Lost" } })
      assert.deepStrictEqual(yield* server.statistics, { peers: 0, pending: 0, refused: {} })
    }))
})
