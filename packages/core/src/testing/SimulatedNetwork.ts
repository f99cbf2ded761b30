/**
 * A network that behaves as networks do, from a seed and on Effect's clock: with `TestClock`, hours pass in moments,
 * and the same seed gives the same run.
 *
 * Sockets of one network reach each other. The network belongs to a scope, and each socket to the scope of its layer.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import { formatHost, type InetAddress, inetAddressFromIpStringUnsafe } from "effect/net/NetAddress"
import type * as Scope from "effect/Scope"
import * as DatagramSocket from "effect/socket/DatagramSocket"
import type { Conditions } from "./Conditions.ts"
import { type Counters, type Endpoint, keyOf, NetworkEmulator, type PacketRecord } from "./NetworkEmulator.ts"
import { format, type TimelineOptions } from "./Timeline.ts"

/**
 * A host, such as `"10.0.0.2"`, or one socket: `"10.0.0.2:7777"`, or the address that a host of ENet gives.
 *
 * @since 0.1.0
 * @category models
 */
export type Place = string | InetAddress

/**
 * @since 0.1.0
 * @category models
 */
export interface SocketOptions {
  /** An IP address. Default: one that no other socket has, 10.0.1.1, 10.0.1.2, and so on. */
  readonly host?: string | undefined
  /** Default: the next free one. */
  readonly port?: number | undefined
  /** Datagrams that wait to be read; see `DatagramSocket`. */
  readonly receiveBuffer?: DatagramSocket.ReceiveBufferOptions | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface NetworkOptions {
  /** Default 0. */
  readonly seed?: number | undefined
  /** Of every link. What is left out is perfect; so is everything by default. */
  readonly conditions?: Partial<Conditions> | undefined
  /** How many of the last things that happened to datagrams `records` and `timeline` know. Default 0. */
  readonly log?: number | undefined
  /** Is told everything that happens to datagrams. Must not throw. */
  readonly observe?: ((record: PacketRecord) => void) | undefined
}

/**
 * A datagram passes what its sender's place does to it, then the link between the hosts, then what its receiver's place
 * does to it. All conditions may change at any time; they hold for the datagrams that come to them from then on.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulatedNetwork {
  /** A socket on this network. */
  readonly layer: (options?: SocketOptions) => Layer.Layer<DatagramSocket.DatagramSocket>
  /** The conditions of every link. */
  readonly setConditions: (conditions: Partial<Conditions>) => Effect.Effect<void>
  /** The conditions from one host to another, in this direction only; `undefined`: as every link again. */
  readonly setLink: (from: string, to: string, conditions: Partial<Conditions> | undefined) => Effect.Effect<void>
  /**
   * The conditions of what a place sends and receives: its line to the network, shared by all it talks to. Without
   * `down` they are alike in both directions.
   */
  readonly setAccess: (place: Place, up: Partial<Conditions>, down?: Partial<Conditions>) => Effect.Effect<void>
  /** Cuts all lines between two groups of places. What is under way arrives. */
  readonly partition: (a: ReadonlyArray<Place>, b: ReadonlyArray<Place>) => Effect.Effect<void>
  /** Ends all partitions. */
  readonly heal: Effect.Effect<void>
  /**
   * What a router does to a client behind it: others see the socket at a new port, and a new address if one is given.
   * What is sent to the old one is lost, and the socket is not told. Gives the new address; a socket that is not there
   * keeps the address it was named by.
   */
  readonly rebind: (socket: InetAddress, to?: Partial<Endpoint>) => Effect.Effect<InetAddress>
  /** What happened to datagrams so far. */
  readonly counters: Effect.Effect<Counters>
  /** Datagrams under way. */
  readonly inFlight: Effect.Effect<number>
  /** The last things that happened to datagrams, as many as `log` says. */
  readonly records: Effect.Effect<ReadonlyArray<PacketRecord>>
  /** The same, to read: a line each, with the commands of the datagrams. */
  readonly timeline: (options?: TimelineOptions) => Effect.Effect<string>
}

const failed = (kind: "AddressInUse" | "AddressNotAvailable", message: string) =>
  new DatagramSocket.DatagramSocketError({
    reason: new DatagramSocket.DatagramSocketOpenError({ kind, cause: new Error(message) })
  })

const endpointOf = (address: InetAddress): Endpoint => ({ host: formatHost(address), port: address.port })

const placeOf = (place: Place): string => typeof place === "string" ? place : keyOf(endpointOf(place))

/** The last `capacity` records; the oldest is overwritten. */
class RecordLog {
  private readonly capacity: number
  private readonly ring: Array<PacketRecord> = []
  private start = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  push(record: PacketRecord): void {
    if (this.ring.length < this.capacity) this.ring.push(record)
    else {
      this.ring[this.start] = record
      this.start = (this.start + 1) % this.capacity
    }
  }

  records(): ReadonlyArray<PacketRecord> {
    return [...this.ring.slice(this.start), ...this.ring.slice(0, this.start)]
  }
}

/**
 * A network of its own. Its deliveries stop with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: NetworkOptions = {}): Effect.Effect<SimulatedNetwork, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
    const log = new RecordLog(options.log ?? 0)
    const { observe } = options
    const emulator = new NetworkEmulator({
      seed: options.seed,
      conditions: options.conditions,
      observe: options.log === undefined || options.log <= 0 ? observe : (record) => {
        log.push(record)
        observe?.(record)
      }
    })
    const readers = new Map<string, DatagramSocket.BackingEvents>()
    const run = yield* FiberSet.makeRuntime<never, void, never>()
    const hosts = new Set<string>()
    let nextHost = 257
    const freeHost = (): string => {
      const host = `10.0.${nextHost >>> 8}.${nextHost & 0xff}`
      nextHost++
      return hosts.has(host) ? freeHost() : host
    }
    /** When fibers wake to deliver, the earliest first. */
    const alarms: Array<number> = []

    const deliver = () => {
      for (const { bytes, from, to } of emulator.receive(now())) {
        readers.get(keyOf(to))?.onPacket(bytes, from.host, from.port)
      }
    }
    /** Delivers what is due next, and then what is due after that, unless another fiber is earlier. */
    const attend: Effect.Effect<void> = Effect.suspend(() => {
      const at = emulator.next
      if (at === undefined || (alarms[0] !== undefined && alarms[0] <= at)) return Effect.void
      alarms.unshift(at)
      const delay = at - now()
      return Effect.andThen(
        // never within the call of a sender
        delay > 0 ? Effect.sleep(delay) : Effect.yieldNow,
        Effect.suspend(() => {
          alarms.splice(alarms.indexOf(at), 1)
          deliver()
          return attend
        })
      )
    })

    const send = (from: Endpoint, to: Endpoint | undefined, bytes: Uint8Array) => {
      if (to === undefined) return
      emulator.send(now(), from, to, bytes)
      if ((emulator.next ?? Infinity) < (alarms[0] ?? Infinity)) run(attend)
    }

    const open = (wanted: SocketOptions) => (events: DatagramSocket.BackingEvents) =>
      Effect.suspend(() => {
        const host = wanted.host ?? freeHost()
        hosts.add(host)
        const bound = emulator.bind({ host, port: wanted.port ?? 0 })
        if (bound === undefined) return Effect.fail(failed("AddressInUse", "address in use"))
        const key = keyOf(bound)
        readers.set(key, events)
        const backing: DatagramSocket.BackingSocket = {
          address: bound,
          send: (payload, to, done) => {
            send(bound, to, payload)
            done()
          },
          sendMany: (payloads, to, done) => {
            payloads.forEach((payload, index) => send(bound, to[index], payload))
            done()
          },
          joinMulticast: () => Effect.die(new Error("the simulated network has no multicast")),
          close: () => {
            if (readers.get(key) !== events) return
            readers.delete(key)
            emulator.unbind(bound)
          }
        }
        return Effect.succeed(backing)
      })

    return {
      layer: (socket = {}) =>
        Layer.effect(
          DatagramSocket.DatagramSocket,
          DatagramSocket.makeFromBackingSocket(open(socket), { receiveBuffer: socket.receiveBuffer })
        ),
      setConditions: (conditions) => Effect.sync(() => emulator.setConditions(conditions)),
      setLink: (from, to, conditions) => Effect.sync(() => emulator.setLink(from, to, conditions)),
      setAccess: (place, up, down) => Effect.sync(() => emulator.setAccess(placeOf(place), up, down ?? up)),
      partition: (a, b) => Effect.sync(() => emulator.partition(a.map(placeOf), b.map(placeOf))),
      heal: Effect.sync(() => emulator.heal()),
      rebind: (socket, to) =>
        Effect.sync(() => {
          const endpoint = endpointOf(socket)
          const external = emulator.rebind(endpoint, { host: to?.host ?? endpoint.host, port: to?.port ?? 0 })
          return external === undefined ? socket : inetAddressFromIpStringUnsafe(external.host, external.port)
        }),
      counters: Effect.sync(() => emulator.counters),
      inFlight: Effect.sync(() => emulator.inFlight),
      records: Effect.sync(() => log.records()),
      timeline: (options) => Effect.sync(() => format(log.records(), options))
    }
  })
