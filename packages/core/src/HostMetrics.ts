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
import type * as Context from "effect/Context"
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

type Update = <Input, State>(
  metric: Metric.Metric<Input, State>,
  input: Input,
  attributes?: Readonly<Record<string, string>>
) => void

const updater =
  (context: Context.Context<never>, common: Readonly<Record<string, string>>): Update => (metric, input, attributes) =>
    Metric.withAttributes(metric, { ...common, ...attributes }).updateUnsafe(input, context)

type Traffic = Omit<HostStatistics, "connectedPeers">

const countTraffic = (update: Update, now: Traffic, before: Traffic): void => {
  update(datagrams, now.sentPackets - before.sentPackets, { direction: "out" })
  update(datagrams, now.receivedPackets - before.receivedPackets, { direction: "in" })
  update(bytes, now.sentData - before.sentData, { direction: "out" })
  update(bytes, now.receivedData - before.receivedData, { direction: "in" })
  const stepped = now.steps - before.steps
  if (stepped > 0) {
    update(steps, stepped)
    update(stepTime, Math.max((now.steps * now.stepTime - before.steps * before.stepTime) / stepped, 0))
  }
  for (const [reason, count] of Object.entries(now.dropped)) {
    update(dropped, count - (before.dropped[reason] ?? 0), { reason })
  }
}

/** Peers that are not there any more leave a state that has to be told as empty. */
const countPeers = (
  update: Update,
  states: Map<PeerState, number>,
  statistics: ReadonlyArray<PeerStatistics>
): void => {
  for (const [state, count] of states) update(peers, count, { state })
  let [outgoing, inTransit, waiting] = [0, 0, 0]
  for (const peer of statistics) {
    update(roundTripTime, peer.roundTripTime)
    update(packetLoss, peer.packetLoss / 65_536)
    update(packetThrottle, peer.packetThrottle)
    outgoing += peer.outgoingQueued
    inTransit += peer.reliableDataInTransit
    waiting += peer.totalWaitingData
  }
  update(queued, outgoing, { queue: "outgoing" })
  update(queued, inTransit, { queue: "in_transit" })
  update(queued, waiting, { queue: "waiting" })
}

const nothing = { sentData: 0, sentPackets: 0, receivedData: 0, receivedPackets: 0, dropped: {}, steps: 0, stepTime: 0 }

const sampler = (host: EnetHost["Service"], update: Update) => {
  const states = new Map<PeerState, number>()
  let before: Traffic = nothing
  const traffic = Effect.map(host.statistics, (now) => {
    countTraffic(update, now, before)
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
    countPeers(update, states, connected)
  })
  return {
    sample: Effect.andThen(traffic, peers),
    /** Counts what is about to be popped. */
    pop: Effect.andThen(traffic, Effect.tap(host.popStatistics, () => Effect.sync(() => before = nothing)))
  }
}

/** Counts connections at once, each end once, and packets when it is asked to: one is cheaper than the update of a metric. */
const eventCounter = (update: Update) => {
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
      update(events, 1, { event: "Connect" })
      return true
    },
    disconnect: (peer: EnetPeer, reason: DisconnectReason): void => {
      if (gone.has(peer)) return
      gone.add(peer)
      update(events, 1, { event: "Disconnect", reason: reason._tag })
    },
    flush: Effect.sync(() => {
      if (received > 0) update(events, received, { event: "Receive" })
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
  const update = updater(context, options.attributes ?? {})
  const sampled = sampler(host, update)
  const counted = eventCounter(update)
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
