/**
 * Sockets with DTLS on a network without a kernel.
 */
import { Effect, Layer, type Scope, Stream } from "effect"
import { NetAddress } from "effect/net"
import { DatagramSocket } from "effect/socket"
import { TestClock } from "effect/testing"
import * as Dtls from "../../src/Dtls.ts"
import type { ClientOptions, ServerOptions } from "../../src/DtlsOptions.ts"
import { type DtlsEvent, DtlsSocket } from "../../src/DtlsSocket.ts"
import * as Pki from "./Pki.ts"

export const root = Pki.ca("root")
export const identity = Pki.server(root, {
  extensions: [Pki.alternativeNames(Pki.dns("localhost"), Pki.ip(127, 0, 0, 1), Pki.ip(10, 0, 0, 1))]
})

export const serverOptions = (changes: Partial<ServerOptions> = {}): ServerOptions => ({
  key: identity.keyPem,
  certificate: identity.pem,
  ...changes
})

export const clientOptions = (changes: Partial<ClientOptions> = {}): ClientOptions => ({
  roots: root.pem,
  hostName: "localhost",
  ...changes
})

export const serverPort = 7777

export type Network = (port?: number) => Layer.Layer<DatagramSocket.DatagramSocket>

export const addressOf = (host: string, port: number): NetAddress.InetAddress =>
  NetAddress.inetAddressFromIpStringUnsafe(host, port)

/** Lets everything run that can run without the clock moving. */
export const settle: Effect.Effect<void> = Effect.promise(async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
})

/** Lets time pass, in which everything happens in its order. */
export const pass = (milliseconds: number): Effect.Effect<void> =>
  Effect.andThen(settle, Effect.andThen(TestClock.adjust(milliseconds), settle))

export interface Socket {
  readonly address: NetAddress.InetAddress
  readonly received: Array<{ readonly from: NetAddress.InetAddress; readonly text: string }>
  readonly events: Array<DtlsEvent>
  readonly dtls: DtlsSocket["Service"]
  readonly write: (
    to: NetAddress.InetAddress,
    payload: string | Uint8Array
  ) => Effect.Effect<void, DatagramSocket.DatagramSocketError>
  readonly texts: () => ReadonlyArray<string>
}

/** An open socket that notes what it receives and what happens. */
export const open = <E>(
  layer: Layer.Layer<DatagramSocket.DatagramSocket | DtlsSocket, E>
): Effect.Effect<Socket, E | DatagramSocket.DatagramSocketError, Scope.Scope> =>
  Effect.gen(function*() {
    const socket = yield* DatagramSocket.DatagramSocket
    const dtls = yield* DtlsSocket
    const events: Array<DtlsEvent> = []
    yield* dtls.events.pipe(
      Stream.runForEach((event) => Effect.sync(() => void events.push(event))),
      Effect.forkScoped({ startImmediately: true })
    )
    const reader = yield* socket.reader
    const writer = yield* socket.writer
    const received: Socket["received"] = []
    yield* reader.pull.pipe(
      Effect.map((batch) => {
        for (const { address, payload } of batch) {
          received.push({ from: address, text: new TextDecoder().decode(payload) })
        }
      }),
      Effect.forever,
      Effect.ignore,
      Effect.forkScoped({ startImmediately: true })
    )
    const result: Socket = {
      address: reader.address,
      received,
      events,
      dtls,
      write: (address, payload) => writer.write({ address, payload }),
      texts: () => received.map(({ text }) => text)
    }
    return result
  }).pipe(Effect.provide(layer))

export const openServer = (network: Network, changes: Partial<ServerOptions> = {}) =>
  open(Dtls.layerServer(serverOptions(changes)).pipe(Layer.provide(network(serverPort))))

export const openClient = (network: Network, changes: Partial<ClientOptions> = {}) =>
  open(Dtls.layerClient(clientOptions(changes)).pipe(Layer.provide(network())))

/** The reasons for which associations have ended. */
export const reasons = ({ events }: Socket) =>
  events.flatMap((event) => event._tag === "Ended" ? [event.error.reason] : [])
