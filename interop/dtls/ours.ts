/**
 * Our sides: an echo server and a client on UDP sockets of loopback, with DTLS.
 */
import { NodeDatagramSocket } from "@effect/platform-node"
import { Effect, Layer, Queue, Stream } from "effect"
import { NetAddress } from "effect/net"
import { DatagramSocket } from "effect/socket"
import { Dtls, type DtlsOptions, DtlsSocket } from "../../packages/dtls/src/index.ts"
import { fail } from "../matrix/CPeer.ts"
import { identity, type KeyKind, root } from "./identities.ts"

const loopback = NodeDatagramSocket.layer({ bind: { address: "127.0.0.1" } })

/** What happens to associations, one after another. */
const happenings = Effect.gen(function*() {
  const dtls = yield* DtlsSocket.DtlsSocket
  const queue = yield* Queue.unbounded<DtlsSocket.DtlsEvent>()
  yield* dtls.events.pipe(
    Stream.runForEach((event) => Queue.offer(queue, event)),
    Effect.forkScoped({ startImmediately: true })
  )
  const next = Queue.take(queue).pipe(
    Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => fail("nothing happens on our side") })
  )
  return {
    opened: Effect.flatMap(next, (event) => event._tag === "Opened" ? Effect.succeed(event) : Effect.fail(event.error)),
    ended: Effect.flatMap(
      next,
      (event) => event._tag === "Ended" ? Effect.succeed(event.error.reason) : fail("opened instead of ended")
    )
  }
})

/** Echoes every datagram. */
export const server = Effect.fnUntraced(function*(
  kind: KeyKind,
  options: Partial<DtlsOptions.ServerOptions> = {}
) {
  const { issued } = identity(kind)
  const layer = Dtls.layerServer({ key: issued.keyPem, certificate: issued.pem, ...options })
  const context = yield* Layer.build(layer.pipe(Layer.provide(loopback)))
  return yield* Effect.gen(function*() {
    const events = yield* happenings
    const socket = yield* DatagramSocket.DatagramSocket
    const reader = yield* socket.reader
    const writer = yield* socket.writer
    const texts: Array<string> = []
    yield* reader.pull.pipe(
      Effect.flatMap((batch) => {
        for (const { payload } of batch) texts.push(new TextDecoder().decode(payload))
        return writer.writeAll(batch)
      }),
      Effect.forever,
      Effect.ignore,
      Effect.forkScoped
    )
    return { port: reader.address.port, texts, ...events }
  }).pipe(Effect.provide(context))
})

/** Writes datagrams and reads answers. */
export const client = Effect.fnUntraced(function*(port: number, options: Partial<DtlsOptions.ClientOptions> = {}) {
  const layer = Dtls.layerClient({ roots: root.pem, hostName: "localhost", ...options })
  const context = yield* Layer.build(layer.pipe(Layer.provide(loopback)))
  return yield* Effect.gen(function*() {
    const events = yield* happenings
    const socket = yield* DatagramSocket.DatagramSocket
    const reader = yield* socket.reader
    const writer = yield* socket.writer
    const address = NetAddress.inetAddressFromIpStringUnsafe("127.0.0.1", port)
    return {
      ...events,
      write: (payload: string | Uint8Array) => writer.write({ payload, address }),
      read: Effect.map(reader.pull, (batch) => batch.map(({ payload }) => payload)).pipe(
        Effect.timeoutOrElse({ duration: "15 seconds", orElse: () => fail("no answer") })
      )
    }
  }).pipe(Effect.provide(context))
})
