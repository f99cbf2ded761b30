/**
 * Hosts of ENet on sockets with DTLS. The programs are those that run on plain sockets.
 */
import { EnetError, EnetHost } from "@effect-enet/core"
import { MemoryNetwork, SimulatedNetwork } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { DatagramSocket } from "effect/socket"
import * as Dtls from "../../src/Dtls.ts"
import { DtlsError } from "../../src/DtlsError.ts"
import type { ClientOptions } from "../../src/DtlsOptions.ts"
import { clientOptions, pass, serverOptions, serverPort, settle } from "../kit/layers.ts"
import * as Pki from "../kit/Pki.ts"

interface Seen {
  readonly from: number
  readonly bytes: Uint8Array
}

/** Notes what a socket writes. */
const tap = (seen: Array<Seen>) =>
  Layer.effect(
    DatagramSocket.DatagramSocket,
    Effect.map(DatagramSocket.DatagramSocket, (socket) => {
      let from = 0
      const note = (payload: Uint8Array | string) =>
        seen.push({ from, bytes: typeof payload === "string" ? new TextEncoder().encode(payload) : payload.slice() })
      return DatagramSocket.make({
        reader: Effect.tap(socket.reader, (reader) => Effect.sync(() => void (from = reader.address.port))),
        writer: Effect.map(socket.writer, (writer) => ({
          write: (datagram) => Effect.andThen(Effect.sync(() => note(datagram.payload)), writer.write(datagram)),
          writeAll: (datagrams) =>
            Effect.andThen(
              Effect.sync(() => datagrams.forEach(({ payload }) => note(payload))),
              writer.writeAll(datagrams)
            )
        }))
      })
    })
  )

/** A network with a tap above DTLS and one below it. */
const tapped = () => {
  const network = MemoryNetwork.make()
  const plain: Array<Seen> = []
  const encrypted: Array<Seen> = []
  const server = tap(plain).pipe(
    Layer.provide(Dtls.layerServer(serverOptions())),
    Layer.provide(tap(encrypted)),
    Layer.provide(network.layer({ port: serverPort }))
  )
  const client = () =>
    tap(plain).pipe(
      Layer.provide(Dtls.layerClient(clientOptions())),
      Layer.provide(tap(encrypted)),
      Layer.provide(network.layer())
    )
  return { server, client, plain, encrypted }
}

/** The programs: nothing in them knows what is below. */
const echo = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  yield* host.serve((peer) =>
    Stream.runForEach(peer.messages, ({ channel, mode, packet }) => peer.send(channel, packet, { mode }))
  )
})

const ask = Effect.fnUntraced(function*(address: string, count: number) {
  const host = yield* EnetHost.EnetHost
  const peer = yield* host.connect({ address, port: serverPort, channels: 2 })
  const answers = yield* Effect.forkChild(peer.messages.pipe(Stream.take(count), Stream.runCollect))
  for (let i = 0; i < count; i++) yield* peer.send(i % 2, `packet ${i}`)
  const messages = yield* Fiber.join(answers)
  yield* peer.disconnect(7)
  return { texts: messages.map(({ packet }) => new TextDecoder().decode(packet)), reason: yield* peer.closed }
}, Effect.scoped)

const packets = (count: number) => Array.from({ length: count }, (_, i) => `packet ${i}`).sort()

describe("hosts on sockets with DTLS", () => {
  it.effect("run the same programs", () =>
    Effect.gen(function*() {
      const { client, encrypted, server } = tapped()
      yield* Effect.forkScoped(echo.pipe(Effect.provide(EnetHost.layer()), Effect.provide(server)))
      const { reason, texts } = yield* ask("127.0.0.1", 100).pipe(
        Effect.provide(EnetHost.layer()),
        Effect.provide(client())
      )
      expect([...texts].sort()).toEqual(packets(100))
      expect(reason).toEqual({ _tag: "Local" })
      // not a byte of them on the network
      const all = encrypted.map(({ bytes }) => Buffer.from(bytes).toString("latin1")).join("")
      expect(all).not.toContain("packet 1")
    }))

  it.effect("count what DTLS ignores, by its reasons and with its name", () =>
    Effect.gen(function*() {
      const network = MemoryNetwork.make()
      const server = yield* EnetHost.make().pipe(
        Effect.provide(Dtls.layerServer(serverOptions())),
        Effect.provide(network.layer({ port: serverPort }))
      )
      const client = yield* EnetHost.make().pipe(
        Effect.provide(Dtls.layerClient(clientOptions())),
        Effect.provide(network.layer())
      )
      yield* client.connect({ address: "127.0.0.1", port: serverPort })
      expect((yield* server.statistics).dropped).toEqual({})
      const socket = yield* Effect.provide(DatagramSocket.DatagramSocket, network.layer())
      yield* socket.reader
      const stranger = yield* socket.writer
      const { address } = server
      for (const length of [0, 40, 400]) yield* stranger.write({ address, payload: new Uint8Array(length) })
      yield* settle
      expect((yield* server.popStatistics).dropped).toEqual({ DtlsMalformed: 3 })
      expect((yield* server.statistics).dropped).toEqual({})
    }))

  it.effect("connect without a retransmission, and without time passing", () =>
    Effect.gen(function*() {
      const { client, plain, server } = tapped()
      yield* Effect.forkScoped(echo.pipe(Effect.provide(EnetHost.layer()), Effect.provide(server)))
      const host = yield* EnetHost.make().pipe(Effect.provide(client()))
      yield* host.connect({ address: "127.0.0.1", port: serverPort })
      expect(yield* Clock.currentTimeMillis).toBe(0)
      // CONNECT and the answer to VERIFY_CONNECT
      expect(plain.filter(({ from }) => from !== serverPort).length).toBe(2)
    }))

  it.effect("send full datagrams in records of 37 bytes more", () =>
    Effect.gen(function*() {
      const { client, encrypted, plain, server } = tapped()
      yield* Effect.forkScoped(echo.pipe(Effect.provide(EnetHost.layer()), Effect.provide(server)))
      const host = yield* EnetHost.make().pipe(Effect.provide(client()))
      const peer = yield* host.connect({ address: "127.0.0.1", port: serverPort })
      yield* settle
      plain.length = 0
      encrypted.length = 0
      yield* peer.send(0, new Uint8Array(20_000))
      yield* settle
      expect(Math.max(...plain.map(({ bytes }) => bytes.length))).toBe(1392)
      const sizes = (seen: ReadonlyArray<Seen>) => seen.map(({ bytes }) => bytes.length).sort((a, b) => a - b)
      expect(sizes(encrypted)).toEqual(sizes(plain).map((size) => size + 37))
      // as UDP over IPv4, one of them fits an Ethernet frame
      expect(1392 + 37 + 28).toBeLessThanOrEqual(1500)
    }))

  it.effect("tell each other when they close", () =>
    Effect.gen(function*() {
      const { client, server } = tapped()
      const there = yield* EnetHost.make().pipe(Effect.provide(server))
      const gone = yield* Effect.forkScoped(there.events.pipe(Stream.take(2), Stream.runCollect))
      const scope = yield* Scope.make()
      const here = yield* EnetHost.make().pipe(Effect.provide(client()), Scope.provide(scope))
      yield* here.connect({ address: "127.0.0.1", port: serverPort }).pipe(Scope.provide(scope))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      expect((yield* Fiber.join(gone)).map(({ _tag }) => _tag)).toEqual(["Connect", "Disconnect"])
    }))

  it.effect("learn at once, and by a typed reason, that no association came about", () =>
    Effect.gen(function*() {
      const network = MemoryNetwork.make()
      const server = Dtls.layerServer(serverOptions()).pipe(Layer.provide(network.layer({ port: serverPort })))
      yield* EnetHost.make().pipe(Effect.provide(server))
      const reasonFor = Effect.fnUntraced(function*(changes: Partial<ClientOptions>) {
        const client = Dtls.layerClient(clientOptions(changes)).pipe(Layer.provide(network.layer()))
        const host = yield* EnetHost.make().pipe(Effect.provide(client))
        const { reason } = yield* Effect.flip(host.connect({ address: "127.0.0.1", port: serverPort }))
        expect(yield* Clock.currentTimeMillis).toBe(0)
        expect(reason).toBeInstanceOf(EnetError.Unreachable)
        return reason._tag === "Unreachable" && reason.cause instanceof DtlsError ? reason.cause.reason._tag : undefined
      })
      expect(yield* reasonFor({ hostName: "elsewhere.example" })).toBe("HostNameMismatch")
      expect(yield* reasonFor({ roots: Pki.ca("nobody").pem })).toBe("CertificateRefused")
    }))

  it.effect("find together on a network that loses a tenth of everything", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({
        seed: 3,
        conditions: { latency: 40, jitter: 20, loss: 0.1, duplicate: 0.05, reorder: 0.1 }
      })
      const server = Dtls.layerServer(serverOptions()).pipe(
        Layer.provide(network.layer({ host: "10.0.0.1", port: serverPort }))
      )
      yield* Effect.forkScoped(echo.pipe(Effect.provide(EnetHost.layer()), Effect.provide(server)))
      const asking = yield* Effect.forEach(Array.from({ length: 5 }), () =>
        Effect.forkScoped(
          ask("10.0.0.1", 50).pipe(
            Effect.provide(EnetHost.layer()),
            Effect.provide(Dtls.layerClient(clientOptions()).pipe(Layer.provide(network.layer())))
          )
        ))
      for (let i = 0; i < 600; i++) yield* pass(100)
      for (const fiber of asking) expect([...(yield* Fiber.join(fiber)).texts].sort()).toEqual(packets(50))
    }), 60_000)
})
