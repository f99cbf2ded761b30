import { Checksum, Compressor, EnetError, FastLz, RangeCoder } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { connectTo, localhost, Network, pass, reasonOf, serverPort, settle } from "./Kit.ts"
import { connect, datagram, firstOf, verify } from "./Raw.ts"

const address = `${localhost}:${serverPort}`

const timeout = (hint?: string) => new EnetError.ConnectTimeout(hint === undefined ? { address } : { address, hint })

/** Why a client with these layers cannot connect to a server with those. */
const why = (client: Layer.Layer<never>, server: Layer.Layer<never>, handshake: "proving" | "enet" = "proving") =>
  Effect.gen(function*() {
    const network = new Network()
    yield* network.host({}, serverPort).pipe(Effect.provide(server))
    const host = yield* network.host({ maxPeers: 1, handshake }).pipe(Effect.provide(client))
    const attempt = yield* Effect.forkChild(reasonOf(connectTo(host)))
    yield* pass(31_500)
    return yield* Fiber.join(attempt)
  })

/** Why a client with these layers cannot connect to a remote that answers with such datagrams. */
const whyWith = (client: Layer.Layer<never>, answer: (request: Uint8Array) => Uint8Array, from = serverPort) =>
  Effect.gen(function*() {
    const network = new Network()
    // its first peer id is 0
    const host = yield* network.host({ maxPeers: 1, handshake: "enet" }).pipe(Effect.provide(client))
    const remote = yield* network.raw(serverPort)
    const sender = from === serverPort ? remote : yield* network.raw(from)
    const attempt = yield* Effect.forkChild(reasonOf(connectTo(host, { timeout: 1000 })))
    yield* settle
    yield* sender.send(host.address.port, answer(remote.received[0]!))
    yield* pass(1000)
    return yield* Fiber.join(attempt)
  })

const none = Layer.empty

/** Sends everything as it is. */
const silent = (decompress: Compressor.Compressor["decompress"]) =>
  Compressor.layer(() => ({ compress: () => 0, decompress }))

/** Reads the same from everything. */
const reading = (bytes: Uint8Array) =>
  silent((_, output) => {
    output.set(bytes)
    return bytes.length
  })

const compressed = timeout(
  "its datagrams are compressed, and this host has no compressor; provide the one that it uses"
)
const unpackable = timeout("its datagrams cannot be decompressed; provide the compressor that it uses")
const wrongChecksum = timeout("its datagrams have a wrong checksum; both sides must use the same, or none")
const nonsense = timeout("its datagrams make no sense; perhaps it uses a checksum, or it does not speak ENet 1.3")

describe("a connection attempt between hosts that are set up differently says so", () => {
  it.effect("when the answers are compressed and the client has no compressor", () =>
    Effect.gen(function*() {
      expect(yield* why(none, RangeCoder.layer)).toEqual(compressed)
      expect(yield* why(none, FastLz.layer)).toEqual(compressed)
      expect(compressed.message).toBe(
        "no answer from 127.0.0.1:7777: its datagrams are compressed, and this host has no compressor; " +
          "provide the one that it uses"
      )
    }))

  it.effect("when the answers are compressed in another way", () =>
    Effect.gen(function*() {
      expect(yield* why(silent(FastLz.make().decompress), RangeCoder.layer)).toEqual(unpackable)
    }))

  it.effect("when another compressor's datagrams are read as something that they are not", () =>
    Effect.gen(function*() {
      // the range coder makes something of almost anything
      const verifyConnect = datagram({ peerID: 0 }, verify(connect())).subarray(4)
      expect(yield* why(reading(verifyConnect), FastLz.layer)).toEqual(
        timeout(
          "its datagrams make no sense; perhaps it uses another compressor or a checksum, or it does not speak ENet 1.3"
        )
      )
      // to ENet's own handshake it looks like a wrong answer
      expect(yield* why(reading(verifyConnect), FastLz.layer, "enet")).toEqual(
        new EnetError.ConnectRejected({ address, hint: "perhaps it uses another compressor" })
      )
      expect(yield* why(reading(Uint8Array.of(1, 2, 3, 4)), FastLz.layer)).toEqual(
        timeout(
          "its datagrams make no sense; perhaps it uses another compressor or a checksum, or it does not speak ENet 1.3"
        )
      )
      const both = (layer: Layer.Layer<never>) => Layer.merge(layer, Checksum.layerCrc32)
      expect(yield* why(both(reading(verifyConnect)), both(FastLz.layer))).toEqual(wrongChecksum)
    }))

  it.effect("when nothing comes back, because the remote cannot read what a compressor or a checksum made", () =>
    Effect.gen(function*() {
      const same = (what: string) => timeout(`if it is there, it may not use the same ${what} as this host`)
      expect(yield* why(RangeCoder.layer, none)).toEqual(same("compressor"))
      expect(yield* why(FastLz.layer, RangeCoder.layer)).toEqual(same("compressor"))
      expect(yield* why(Checksum.layerCrc32, none)).toEqual(same("checksum"))
      expect(yield* why(Layer.merge(RangeCoder.layer, Checksum.layerCrc32), RangeCoder.layer)).toEqual(
        same("compressor and checksum")
      )
    }))

  it.effect("not when the client uses neither: a remote that is not there looks the same", () =>
    Effect.gen(function*() {
      const reason = yield* why(none, Checksum.layerCrc32)
      expect(reason).toEqual(timeout())
      expect(reason.message).toBe("no answer from 127.0.0.1:7777")
    }))

  it.effect("when the answers have a wrong checksum", () =>
    Effect.gen(function*() {
      const reason = yield* whyWith(Checksum.layerCrc32, () => datagram({ peerID: 0 }, verify(connect())))
      expect(reason).toEqual(wrongChecksum)
    }))

  it.effect("when the answers make no sense", () =>
    Effect.gen(function*() {
      const withChecksum = (request: Uint8Array) => {
        const answer = datagram({ peerID: 0 }, verify(firstOf(request, "Connect")!))
        return Uint8Array.of(...answer.subarray(0, 4), 0xcb, 0xf4, 0x39, 0x26, ...answer.subarray(4))
      }
      expect(yield* whyWith(none, withChecksum)).toEqual(nonsense)
      const noise = () => Uint8Array.of(0, 0, 0xff, 0xff, 0xff, 0xff)
      expect(yield* whyWith(none, noise)).toEqual(nonsense)
      expect(yield* whyWith(none, noise, serverPort + 1)).toEqual(timeout())
    }))

  it.effect("and only for the connection that it belongs to", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort).pipe(Effect.provide(RangeCoder.layer))
      const host = yield* network.host()
      const attempts = yield* Effect.forkChild(Effect.all(
        [serverPort, serverPort + 1].map((port) => reasonOf(host.connect({ address: localhost, port, timeout: 5000 }))),
        { concurrency: "unbounded" }
      ))
      yield* pass(5000)
      expect((yield* Fiber.join(attempts)).map(({ message }) => message.length > 40)).toEqual([true, false])
    }))
})
