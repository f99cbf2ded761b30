/**
 * Effect metrics and spans of a host, as a layer from `EnetHost` to `EnetHost`: the host above is the one below, observed.
 * Without this layer there is none of it, but for the span of the handshake.
 *
 * Counters and peers are read once in each interval.
 *
 * | span | from | to |
 * | --- | --- | --- |
 * | `EnetHost.connect` | the call of `connect` | the connection is established, or has failed |
 * | `EnetHost.handshake`, within it | the address is known | the same |
 * | `EnetHost.connection` | a connection of this host, or one that `serve` handles, is established | it is gone; `reason` says why |
 * | `EnetHost.disconnect` | a call of `disconnect`, `disconnectNow` or `disconnectLater`, or the end of the scope of `connect` or of a handler of `serve` | the remote has acknowledged that, or timed out |
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { formatSocketAddress } from "effect/net/NetAddress"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { DisconnectReason } from "./EnetEvent.ts"
import { EnetHost, type HostStatistics } from "./EnetHost.ts"
import type { EnetPeer, PeerState, PeerStatistics } from "./EnetPeer.ts"
import * as Series from "./internal/metrics/Series.ts"
import { watch } from "./internal/watching.ts"

const counter = (name: string, description: string) => Metric.counter(name, { description, incremental: true })

/**
 * Datagrams, with the attribute `direction`: `in` or `out`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const datagrams = counter("enet_datagrams_total", "datagrams handed to the socket, and received from it")

/**
 * Bytes of datagrams, without UDP and IP headers, with the attribute `direction`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const bytes = counter("enet_bytes_total", "bytes of datagrams, without UDP and IP headers")

/**
 * Datagrams, or rests of datagrams, that were ignored, with the attribute `reason`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const dropped = counter("enet_datagrams_dropped_total", "datagrams that were ignored")

/**
 * Connections, disconnections and packets that the application was given, with the attribute `event`; `Disconnect` also
 * has its `reason`. Connections are those of `events`, `serve` and `connect`, packets those of `events` and of the
 * `messages` and `receive` of these peers.
 *
 * @since 0.1.0
 * @category metrics
 */
export const events = counter("enet_events_total", "events that the application was given")

/**
 * Peers, with the attribute `state`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const peers = Metric.gauge("enet_peers", { description: "peers by state" })

/**
 * Mean round trip times of the connected peers, milliseconds, each once in an interval.
 *
 * @since 0.1.0
 * @category metrics
 */
export const roundTripTime = Metric.histogram("enet_round_trip_time_ms", {
  description: "mean round trip times of connected peers",
  boundaries: Metric.exponentialBoundaries({ start: 1, factor: 2, count: 12 })
})

/**
 * Mean loss of the connected peers, 0 to 1, each once in an interval.
 *
 * @since 0.1.0
 * @category metrics
 */
export const packetLoss = Metric.histogram("enet_packet_loss_ratio", {
  description: "mean loss of reliable commands of connected peers",
  boundaries: [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
})

/**
 * How many of 32 unreliable packets pass to the connected peers, each once in an interval.
 *
 * @since 0.1.0
 * @category metrics
 */
export const packetThrottle = Metric.histogram("enet_packet_throttle", {
  description: "how many of 32 unreliable packets pass to connected peers",
  boundaries: Metric.linearBoundaries({ start: 0, width: 4, count: 9 })
})

/**
 * Bytes of all peers together, with the attribute `queue`: `outgoing` is not sent yet, `in_transit` not acknowledged,
 * `waiting` not taken by the application.
 *
 * @since 0.1.0
 * @category metrics
 */
export const queued = Metric.gauge("enet_queued_bytes", { description: "bytes of all peers that wait" })

/**
 * Steps of the protocol.
 *
 * @since 0.1.0
 * @category metrics
 */
export const steps = counter("enet_steps_total", "steps of the protocol")

/**
 * Mean time of a step, microseconds, once in an interval with steps.
 *
 * @since 0.1.0
 * @category metrics
 */
export const stepTime = Metric.histogram("enet_step_time_us", {
  description: "mean time of a step of the protocol",
  boundaries: Metric.exponentialBoundaries({ start: 0.5, factor: 2, count: 14 })
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How often the host is read. Default 1 second. */
  readonly interval?: Duration.Input | undefined
  /** Attributes of every metric, to tell hosts of one process apart. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

type Traffic = Omit<HostStatistics, "connectedPeers">

const nothing: Traffic = {
  sentData: 0,
  sentPackets: 0,
  receivedData: 0,
  receivedPackets: 0,
  dropped: {},
  steps: 0,
  stepTime: 0
}

/** Counts what was added since the last time. */
const trafficCounter = ({ family, series }: Series.Registry) => {
  const out = { direction: "out" }
  const into = { direction: "in" }
  const [datagramsOut, datagramsIn] = [series(datagrams, out), series(datagrams, into)]
  const [bytesOut, bytesIn] = [series(bytes, out), series(bytes, into)]
  const [allSteps, meanTime] = [series(steps), series(stepTime)]
  const droppedFor = family(dropped, "reason")
  return (now: Traffic, before: Traffic): void => {
    datagramsOut(now.sentPackets - before.sentPackets)
    datagramsIn(now.receivedPackets - before.receivedPackets)
    bytesOut(now.sentData - before.sentData)
    bytesIn(now.receivedData - before.receivedData)
    const stepped = now.steps - before.steps
    if (stepped > 0) {
      allSteps(stepped)
      meanTime(Math.max((now.steps * now.stepTime - before.steps * before.stepTime) / stepped, 0))
    }
    for (const [reason, count] of Object.entries(now.dropped)) {
      droppedFor(reason)(count - (before.dropped[reason] ?? 0))
    }
  }
}

const peerCounter = ({ family, series }: Series.Registry) => {
  const inState = family(peers, "state")
  const [roundTrip, loss, throttle] = [series(roundTripTime), series(packetLoss), series(packetThrottle)]
  const queue = (name: string) => series(queued, { queue: name })
  const [unsent, unacknowledged, unread] = [queue("outgoing"), queue("in_transit"), queue("waiting")]
  /** Peers that are not there any more leave a state that has to be told as empty. */
  return (states: ReadonlyMap<PeerState, number>, statistics: ReadonlyArray<PeerStatistics>): void => {
    for (const [state, count] of states) inState(state)(count)
    let [outgoing, inTransit, waiting] = [0, 0, 0]
    for (const peer of statistics) {
      roundTrip(peer.roundTripTime)
      loss(peer.packetLoss / 65_536)
      throttle(peer.packetThrottle)
      outgoing += peer.outgoingQueued
      inTransit += peer.reliableDataInTransit
      waiting += peer.totalWaitingData
    }
    unsent(outgoing)
    unacknowledged(inTransit)
    unread(waiting)
  }
}

const sampler = (host: EnetHost["Service"], registry: Series.Registry) => {
  const countTraffic = trafficCounter(registry)
  const countPeers = peerCounter(registry)
  const states = new Map<PeerState, number>()
  let before = nothing
  const traffic = Effect.map(host.statistics, (now) => {
    countTraffic(now, before)
    before = now
  })
  const peers = Effect.gen(function*() {
    for (const state of states.keys()) states.set(state, 0)
    const connected: Array<PeerStatistics> = []
    for (const peer of yield* host.peers) {
      const state = yield* peer.state
      states.set(state, (states.get(state) ?? 0) + 1)
      // one that is gone meanwhile has none
      if (state === "Connected") yield* Effect.ignore(Effect.map(peer.statistics, (values) => connected.push(values)))
    }
    countPeers(states, connected)
  })
  return {
    sample: Effect.andThen(traffic, peers),
    /** Counts what is about to be popped. */
    pop: Effect.andThen(traffic, Effect.tap(host.popStatistics, () => Effect.sync(() => before = nothing)))
  }
}

/** Counts connections at once, each end once, and packets when it is asked to: one is cheaper than the update of a metric. */
const eventCounter = ({ series }: Series.Registry) => {
  const connections = series(events, { event: "Connect" })
  const packets = series(events, { event: "Receive" })
  let received = 0
  const connected = new WeakSet<EnetPeer>()
  const gone = new WeakSet<EnetPeer>()
  return {
    taken: (count: number): void => {
      received += count
    },
    /** The first to tell of a connection counts it: whether it did. */
    connect: (peer: EnetPeer): boolean => {
      if (connected.has(peer)) return false
      connected.add(peer)
      connections(1)
      return true
    },
    disconnect: (peer: EnetPeer, reason: DisconnectReason): void => {
      if (gone.has(peer)) return
      gone.add(peer)
      series(events, { event: "Disconnect", reason: reason._tag })(1)
    },
    flush: Effect.sync(() => {
      if (received > 0) packets(received)
      received = 0
    })
  }
}

/** Spans for the ends of connections that this side begins: one for each, however often it is told. */
const farewells = (fork: (effect: Effect.Effect<void>) => void) => {
  const leaving = new WeakSet<EnetPeer>()
  const begin = (peer: EnetPeer): void => {
    if (leaving.has(peer)) return
    leaving.add(peer)
    fork(Effect.asVoid(Effect.withSpan(peer.closed, "EnetHost.disconnect", {
      attributes: { connection: peer.connection }
    })))
  }
  return {
    begin,
    /** For where the host disconnects, unless the connection has ended before. */
    beginUnlessGone: (peer: EnetPeer): Effect.Effect<void> =>
      Effect.map(peer.state, (state) => {
        if (state !== "Disconnected" && state !== "Zombie") begin(peer)
      })
  }
}

/** A span for the life of a connection. */
const life = (peer: EnetPeer, direction: "in" | "out") =>
  peer.closed.pipe(
    Effect.tap((reason) => Effect.annotateCurrentSpan("reason", reason._tag)),
    Effect.withSpan("EnetHost.connection", {
      attributes: { address: formatSocketAddress(peer.address), connection: peer.connection, direction }
    })
  )

/**
 * Observes a host as long as the scope is open. Use the host that it gives: what is done with the other one is neither in
 * the events nor in the spans.
 *
 * @since 0.1.0
 * @category constructors
 */
export const observe = Effect.fnUntraced(function*(
  host: EnetHost["Service"],
  options: Options = {}
): Effect.fn.Return<EnetHost["Service"], never, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const registry = Series.make(context, options.attributes ?? {})
  const sampled = sampler(host, registry)
  const counted = eventCounter(registry)
  const sample = Effect.andThen(sampled.sample, counted.flush)
  yield* Effect.addFinalizer(() => sample)
  yield* Effect.forkScoped(Effect.repeat(sample, Schedule.spaced(options.interval ?? "1 second")))
  const fork = yield* FiberSet.makeRuntime<never, void, never>()
  const farewell = farewells(fork)
  const begin = (peer: EnetPeer): void => {
    if (counted.connect(peer)) watch(peer, { taken: counted.taken, leaving: () => farewell.begin(peer) })
  }
  const live = (peer: EnetPeer, direction: "in" | "out") =>
    Effect.map(life(peer, direction), (reason) => counted.disconnect(peer, reason))
  const observed: EnetHost["Service"] = {
    ...host,
    popStatistics: sampled.pop,
    events: Stream.mapArray(host.events, (batch) => {
      let packets = 0
      for (const event of batch) {
        if (event._tag === "Receive") packets++
        else if (event._tag === "Connect") begin(event.peer)
        else counted.disconnect(event.peer, event.reason)
      }
      counted.taken(packets)
      return batch
    }),
    connect: (options) =>
      host.connect(options).pipe(
        Effect.tap((peer) => Effect.annotateCurrentSpan("connection", peer.connection)),
        Effect.withSpan("EnetHost.connect", { attributes: { address: String(options.address), port: options.port } }),
        Effect.tap((peer) => {
          begin(peer)
          fork(live(peer, "out"))
          return Effect.addFinalizer(() => farewell.beginUnlessGone(peer))
        })
      ),
    serve: (handler) =>
      host.serve((peer, data) => {
        begin(peer)
        fork(Effect.provideContext(live(peer, "in"), context))
        return Effect.ensuring(handler(peer, data), farewell.beginUnlessGone(peer))
      })
  }
  return observed
})

/**
 * The host of the context, observed.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<EnetHost, never, EnetHost> =>
  Layer.effect(EnetHost, Effect.flatMap(EnetHost, (host) => observe(host, options)))
