/**
 * What the tests of hosts share: hosts on a recorded network without a kernel, under the test clock.
 */
import { type EnetError, type EnetEvent, EnetHost, type EnetPeer, type HostOptions } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { Effect, Layer, Logger, type Scope, Stream } from "effect"
import { NetAddress } from "effect/net"
import { DatagramSocket } from "effect/socket"
import { TestClock } from "effect/testing"

export interface Datagram {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
}

export interface RawSocket {
  readonly port: number
  readonly received: Array<Uint8Array>
  readonly send: (port: number, bytes: Uint8Array) => Effect.Effect<void>
}

export const serverPort = 7777
export const localhost = "127.0.0.1"

export const addressOf = (port: number): NetAddress.InetAddress =>
  NetAddress.inetAddressFromIpStringUnsafe(localhost, port)

/** Datagrams that any network was given to carry. */
let traffic = 0

/** A network that keeps a list of what was sent, and loses what does not pass. */
export class Network {
  readonly sent: Array<Datagram> = []
  passes: (datagram: Datagram) => boolean = () => true
  readonly memory = MemoryNetwork.make()

  layer(port?: number): Layer.Layer<DatagramSocket.DatagramSocket> {
    const tapped = Effect.map(DatagramSocket.DatagramSocket, (socket) => {
      let from = 0
      const admit = (datagram: DatagramSocket.OutgoingDatagram): boolean => {
        const bytes = typeof datagram.payload === "string"
          ? new TextEncoder().encode(datagram.payload)
          : datagram.payload
        const sent = { from, to: portOf(datagram), bytes: bytes.slice() }
        this.sent.push(sent)
        traffic++
        return this.passes(sent)
      }
      return DatagramSocket.make({
        reader: Effect.tap(socket.reader, (reader) => Effect.sync(() => void (from = reader.address.port))),
        writer: Effect.map(socket.writer, (writer) => ({
          write: (datagram) => Effect.suspend(() => admit(datagram) ? writer.write(datagram) : Effect.void),
          writeAll: (datagrams) =>
            Effect.forEach(
              datagrams,
              (datagram) => Effect.suspend(() => admit(datagram) ? writer.write(datagram) : Effect.void),
              { discard: true }
            )
        }))
      })
    })
    return Layer.effect(DatagramSocket.DatagramSocket, tapped).pipe(Layer.provide(this.memory.layer({ port })))
  }

  readonly host = (options: HostOptions.HostOptions = {}, port?: number) =>
    EnetHost.make(options).pipe(Effect.provide(this.layer(port)))

  /** A socket that speaks no ENet. */
  readonly raw = Effect.fnUntraced(function*(this: Network, port?: number) {
    const socket = yield* DatagramSocket.DatagramSocket.pipe(Effect.provide(this.memory.layer({ port })))
    const reader = yield* socket.reader
    const writer = yield* socket.writer
    const received: Array<Uint8Array> = []
    yield* reader.pull.pipe(
      Effect.map((batch) => received.push(...batch.map(({ payload }) => payload))),
      Effect.forever,
      Effect.forkScoped({ startImmediately: true })
    )
    const raw: RawSocket = {
      port: reader.address.port,
      received,
      send: (to, bytes) => Effect.orDie(writer.write({ payload: bytes, address: addressOf(to) }))
    }
    return raw
  }).bind(this)

  /** Datagrams from one port, or between two. */
  between(from: number, to?: number): ReadonlyArray<Datagram> {
    return this.sent.filter((datagram) => datagram.from === from && (to === undefined || datagram.to === to))
  }
}

const portOf = ({ address }: DatagramSocket.OutgoingDatagram): number =>
  address === undefined ? 0 : "payload" in address ? address.address.port : address.port

export type Host = EnetHost.EnetHost["Service"]

/** A server and a client that is connected to it, and what each sees of the other. */
export const pair = Effect.fnUntraced(function*(options: {
  readonly server?: HostOptions.HostOptions | undefined
  readonly client?: HostOptions.HostOptions | undefined
  readonly channels?: number | undefined
} = {}) {
  const network = new Network()
  const server = yield* network.host(options.server, serverPort)
  const client = yield* network.host(options.client)
  const toServer = yield* connectTo(client, { channels: options.channels ?? 2 })
  yield* settle
  const toClient = yield* onlyPeer(server)
  return { network, server, client, toServer, toClient }
})

export const connectTo = (host: Host, options: Partial<EnetHost.ConnectOptions> = {}) =>
  host.connect({ address: localhost, port: serverPort, ...options })

export const onlyPeer = (host: Host) =>
  Effect.map(host.peers, (peers): EnetPeer.EnetPeer => {
    if (peers.length !== 1) throw new Error(`${peers.length} peers instead of one`)
    return peers[0]!
  })

/** Lets everything run that can run without the clock moving: until nothing was sent for some turns. */
export const settle: Effect.Effect<void> = Effect.promise(async () => {
  let seen = traffic
  for (let quiet = 0, turns = 0; quiet < 20 && turns < 20_000; quiet++, turns++) {
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (traffic === seen) continue
    seen = traffic
    quiet = 0
  }
})

/** Lets time pass, in which everything happens in its order. */
export const pass = (milliseconds: number): Effect.Effect<void> =>
  Effect.andThen(settle, Effect.andThen(TestClock.adjust(milliseconds), settle))

/** For tests whose virtual milliseconds take long: the test clock waits for them without a warning. */
export const patiently = Effect.provide(TestClock.layer({ warningDelay: "1 minute" }))

/** Reads a host's events from now on. */
export const record = (host: Host): Effect.Effect<Array<EnetEvent.EnetEvent>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const events: Array<EnetEvent.EnetEvent> = []
    yield* host.events.pipe(
      Stream.runForEachArray((batch) => Effect.sync(() => void events.push(...batch))),
      Effect.forkScoped({ startImmediately: true })
    )
    return events
  })

/** Events as short lines, for comparing. */
export const told = (events: ReadonlyArray<EnetEvent.EnetEvent>): Array<string> =>
  events.map((event) => {
    switch (event._tag) {
      case "Connect":
        return `${event.peer.connection} connect ${event.data}`
      case "Receive":
        return `${event.peer.connection} receive ${event.channel} ${text(event.packet)}`
      case "Disconnect":
        return `${event.peer.connection} disconnect ${reasonText(event.reason)}`
    }
  })

const reasonText = (reason: EnetEvent.DisconnectReason): string =>
  reason._tag === "Remote" ? `Remote ${reason.data}` : reason._tag

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** The reason for which an effect fails. */
export const reasonOf = <A, R>(
  effect: Effect.Effect<A, EnetError.EnetError, R>
): Effect.Effect<EnetError.EnetErrorReason, A, R> => Effect.map(Effect.flip(effect), ({ reason }) => reason)

/** A logger that keeps its lines. */
export const captureLog = () => {
  const lines: Array<string> = []
  return { lines, layer: Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))]) }
}

/** A generator of 32-bit numbers that repeats itself. */
export const seeded = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}
