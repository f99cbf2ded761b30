/**
 * A network as plain data and functions: datagrams go in with the time, and come out when they are due. It reads no
 * clock, opens no socket, and draws from its seed only, so the same calls give the same result.
 *
 * A datagram passes up to three stretches: out of the place that sends it, over the link between the two hosts, and
 * into the place that receives it. A place is a host (`"10.0.0.2"`) or one of its sockets (`"10.0.0.2:7777"`); what is
 * said of a socket goes before what is said of its host. Without more, a place is perfect and every link alike.
 *
 * @since 0.1.0
 */
import { type Conditions, isPerfect, perfect } from "./Conditions.ts"
import { DueQueue } from "./DueQueue.ts"
import { Pipe } from "./Pipe.ts"
import { SeededRandom } from "./SeededRandom.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/**
 * How many datagrams met which fate. Sent and duplicated ones are, in the end, delivered or lost in one of five ways;
 * those that are neither are under way.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counters {
  readonly sent: number
  readonly delivered: number
  /** By chance. */
  readonly lost: number
  /** In a burst of losses. */
  readonly lostInBurst: number
  /** The queue before a rate limit was full. */
  readonly queueFull: number
  /** Between places that a partition divides. */
  readonly partitioned: number
  /** Nobody is bound to the destination, or its address has changed. */
  readonly unreachable: number
  readonly corrupted: number
  readonly duplicated: number
  readonly reordered: number
}

/**
 * @since 0.1.0
 * @category models
 */
export type Fate = keyof Counters

/**
 * Something that happened to a datagram.
 *
 * @since 0.1.0
 * @category models
 */
export interface PacketRecord {
  readonly time: number
  /** The datagram's number; a copy has the number of its original. */
  readonly id: number
  /** The sender as the receiver sees it, `host:port`. */
  readonly from: string
  readonly to: string
  readonly fate: Fate
  readonly bytes: Uint8Array
}

/**
 * A datagram that has arrived.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  /** The sender as the receiver sees it. */
  readonly from: Endpoint
  /** The socket, as it was bound. */
  readonly to: Endpoint
  readonly bytes: Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface EmulatorOptions {
  /** Default 0. */
  readonly seed?: number | undefined
  /** Of every link; what is left out is as in `perfect`. */
  readonly conditions?: Partial<Conditions> | undefined
  /** Is told everything that happens to datagrams. */
  readonly observe?: ((record: PacketRecord) => void) | undefined
}

/** Conditions of the two directions of a place. */
interface Access {
  readonly up: Pipe
  readonly down: Pipe
}

interface Socket {
  readonly local: Endpoint
  readonly key: string
  /** Where the rest of the world sees it. */
  external: Endpoint
}

interface Flight {
  readonly id: number
  readonly sender: Socket
  readonly from: Endpoint
  readonly to: Endpoint
  readonly bytes: Uint8Array
  /**
   * The stretch that it enters next: 0 out of the sender's place, 1 the link, 2 into the receiver's place, 3 arrived.
   */
  readonly stage: number
}

/**
 * @since 0.1.0
 * @category conversions
 */
export const keyOf = ({ host, port }: Endpoint): string => `${host}:${port}`

const complete = (conditions: Partial<Conditions>): Conditions => ({ ...perfect, ...conditions })

const none: Counters = {
  sent: 0,
  delivered: 0,
  lost: 0,
  lostInBurst: 0,
  queueFull: 0,
  partitioned: 0,
  unreachable: 0,
  corrupted: 0,
  duplicated: 0,
  reordered: 0
}

/**
 * Times are milliseconds and must not go back from call to call.
 *
 * @since 0.1.0
 * @category models
 */
export class NetworkEmulator {
  private readonly random: SeededRandom
  private readonly observe: ((record: PacketRecord) => void) | undefined
  private readonly counted: { -readonly [Key in Fate]: number } = { ...none }
  private readonly flights = new DueQueue<Flight>()
  private readonly local = new Map<string, Socket>()
  private readonly external = new Map<string, Socket>()
  private readonly accesses = new Map<string, Access>()
  private readonly links = new Map<string, Pipe>()
  private readonly linkConditions = new Map<string, Conditions>()
  private partitions: Array<(a: Socket, b: Endpoint) => boolean> = []
  private everyLink: Conditions
  private nextId = 1
  private nextPort = 49_152

  constructor(options: EmulatorOptions = {}) {
    this.random = new SeededRandom(options.seed ?? 0)
    this.observe = options.observe
    this.everyLink = complete(options.conditions ?? {})
  }

  get counters(): Counters {
    return { ...this.counted }
  }

  /** Datagrams under way. */
  get inFlight(): number {
    return this.flights.size
  }

  /** When something is due next. */
  get next(): number | undefined {
    return this.flights.next
  }

  /** Changes the conditions of all links that have none of their own. */
  setConditions(conditions: Partial<Conditions>): void {
    this.everyLink = complete(conditions)
    for (const [key, pipe] of this.links) pipe.conditions = this.linkConditions.get(key) ?? this.everyLink
  }

  /** Conditions of the link from one host to another, in this direction; `undefined`: as all links. */
  setLink(from: string, to: string, conditions: Partial<Conditions> | undefined): void {
    const key = `${from}>${to}`
    if (conditions === undefined) this.linkConditions.delete(key)
    else this.linkConditions.set(key, complete(conditions))
    const pipe = this.links.get(key)
    if (pipe !== undefined) pipe.conditions = this.linkConditions.get(key) ?? this.everyLink
  }

  /** Conditions of what a place sends (`up`) and receives (`down`). */
  setAccess(place: string, up: Partial<Conditions>, down: Partial<Conditions>): void {
    const access = this.accesses.get(place)
    if (access === undefined) {
      this.accesses.set(place, {
        up: new Pipe(complete(up), this.random.fork(`up ${place}`)),
        down: new Pipe(complete(down), this.random.fork(`down ${place}`))
      })
    } else {
      access.up.conditions = complete(up)
      access.down.conditions = complete(down)
    }
  }

  /** Nothing passes any more between the places of `a` and those of `b`, in either direction. */
  partition(a: ReadonlyArray<string>, b: ReadonlyArray<string>): void {
    const isIn = (places: ReadonlyArray<string>, host: string, key: string) =>
      places.some((place) => place === host || place === key)
    this.partitions.push((sender, to) => {
      const receiver = this.external.get(keyOf(to))
      const [host, key] = receiver === undefined ? [to.host, keyOf(to)] : [receiver.local.host, receiver.key]
      const { host: from } = sender.local
      return (isIn(a, from, sender.key) && isIn(b, host, key)) || (isIn(b, from, sender.key) && isIn(a, host, key))
    })
  }

  /** Ends all partitions. */
  heal(): void {
    this.partitions = []
  }

  /** Takes an address into use, with a port of its own if it is 0; `undefined` when it is in use already. */
  bind({ host, port: wanted }: Endpoint): Endpoint | undefined {
    const endpoint = { host, port: wanted === 0 ? this.freePort(host) : wanted }
    const key = keyOf(endpoint)
    if (this.local.has(key) || this.external.has(key)) return undefined
    const socket: Socket = { local: endpoint, key, external: endpoint }
    this.local.set(key, socket)
    this.external.set(key, socket)
    return endpoint
  }

  /** What is under way to the address, and what is sent to it from now on, is lost. */
  unbind(endpoint: Endpoint): void {
    const socket = this.local.get(keyOf(endpoint))
    if (socket === undefined) return
    this.local.delete(socket.key)
    this.external.delete(keyOf(socket.external))
  }

  /**
   * As when a router forgets a client: what the socket sends comes from another address from now on, and nothing that
   * is sent to the old one reaches it. The socket itself does not notice. A port of 0 is the next free one.
   */
  rebind(endpoint: Endpoint, to: Endpoint): Endpoint | undefined {
    const socket = this.local.get(keyOf(endpoint))
    const external = { host: to.host, port: to.port === 0 ? this.freePort(to.host) : to.port }
    const key = keyOf(external)
    if (socket === undefined || this.external.has(key)) return undefined
    this.external.delete(keyOf(socket.external))
    this.external.set(key, socket)
    socket.external = external
    return external
  }

  /** Where others see the socket that is bound to an address. */
  externalOf(endpoint: Endpoint): Endpoint | undefined {
    return this.local.get(keyOf(endpoint))?.external
  }

  /** A datagram from a bound socket. The bytes are copied. */
  send(now: number, from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    const sender = this.local.get(keyOf(from))
    if (sender === undefined) return
    const flight: Flight = {
      id: this.nextId++,
      sender,
      from: sender.external,
      to: { host: to.host, port: to.port },
      // not by `slice`: a `Buffer` of Node shares its memory with its slices
      bytes: new Uint8Array(bytes),
      stage: 0
    }
    this.count(now, flight, "sent")
    if (this.partitions.some((divides) => divides(sender, to))) this.count(now, flight, "partitioned")
    else this.enter(now, flight)
  }

  /** What has arrived by now, in the order of arrival. */
  receive(now: number): ReadonlyArray<Delivery> {
    const deliveries: Array<Delivery> = []
    for (let next = this.flights.shift(now); next !== undefined; next = this.flights.shift(now)) {
      const { due, item: flight } = next
      if (flight.stage < 3) {
        this.enter(due, flight)
        continue
      }
      const receiver = this.external.get(keyOf(flight.to))
      if (receiver === undefined) {
        this.count(due, flight, "unreachable")
        continue
      }
      this.count(due, flight, "delivered")
      deliveries.push({ from: flight.from, to: receiver.local, bytes: flight.bytes })
    }
    return deliveries
  }

  /** Lets a datagram into its next stretch that is not perfect. */
  private enter(now: number, flight: Flight): void {
    let stage = flight.stage
    for (; stage < 3; stage++) {
      const pipe = this.pipe(stage, flight)
      if (pipe === undefined || isPerfect(pipe.conditions)) continue
      const passage = pipe.pass(now, flight.bytes)
      if (typeof passage === "string") return this.count(now, flight, passage)
      const onward = { ...flight, bytes: passage.bytes, stage: stage + 1 }
      if (passage.corrupted) this.count(now, onward, "corrupted")
      if (passage.reordered) this.count(now, onward, "reordered")
      // whole milliseconds, as clocks of programs have them
      this.flights.push(Math.ceil(passage.due), onward)
      if (passage.copyDue !== undefined) {
        this.count(now, onward, "duplicated")
        this.flights.push(Math.ceil(passage.copyDue), { ...onward, bytes: onward.bytes.slice() })
      }
      return
    }
    this.flights.push(now, { ...flight, stage })
  }

  private pipe(stage: number, flight: Flight): Pipe | undefined {
    if (stage === 0) return this.accessOf(flight.sender)?.up
    if (stage === 1) return this.link(flight.sender.local.host, flight.to)
    const receiver = this.external.get(keyOf(flight.to))
    return receiver === undefined ? undefined : this.accessOf(receiver)?.down
  }

  private accessOf(socket: Socket): Access | undefined {
    return this.accesses.get(socket.key) ?? this.accesses.get(socket.local.host)
  }

  private link(from: string, to: Endpoint): Pipe {
    const key = `${from}>${this.external.get(keyOf(to))?.local.host ?? to.host}`
    let pipe = this.links.get(key)
    if (pipe === undefined) {
      pipe = new Pipe(this.linkConditions.get(key) ?? this.everyLink, this.random.fork(key))
      this.links.set(key, pipe)
    }
    return pipe
  }

  private freePort(host: string): number {
    while (
      this.local.has(keyOf({ host, port: this.nextPort })) || this.external.has(keyOf({ host, port: this.nextPort }))
    ) {
      this.nextPort = this.nextPort === 65_535 ? 49_152 : this.nextPort + 1
    }
    const port = this.nextPort
    this.nextPort = port === 65_535 ? 49_152 : port + 1
    return port
  }

  private count(time: number, flight: Flight, fate: Fate): void {
    this.counted[fate]++
    this.observe?.({ time, id: flight.id, from: keyOf(flight.from), to: keyOf(flight.to), fate, bytes: flight.bytes })
  }
}
