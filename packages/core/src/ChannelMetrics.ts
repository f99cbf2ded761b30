/**
 * Effect metrics of the typed channels of a host, beside those of `HostMetrics`: what was sent and read, what was no
 * message, what gave way.
 *
 * The counters of a `TypedHost` are read once in each interval.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Channel from "./Channel.ts"
import type { Options } from "./HostMetrics.ts"
import * as Series from "./internal/metrics/Series.ts"
import type { ChannelStatistics, TypedHost } from "./TypedHost.ts"

/**
 * Messages and packets of typed channels, with the attributes `channel`, its name, and `event`: `sent`, `received`,
 * `undecoded`, `superseded` or `dropped`, as in `TypedHost.ChannelStatistics`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const messages = Metric.counter("enet_channel_messages_total", {
  description: "messages of typed channels, by what became of them",
  incremental: true
})

/**
 * How often a peer had to wait for a reader, with the attribute `channel`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const stalls = Metric.counter("enet_channel_stalls_total", {
  description: "how often a peer had to wait for a reader of a typed channel",
  incremental: true
})

/**
 * Packets on channels that are none of the channel set.
 *
 * @since 0.1.0
 * @category metrics
 */
export const strayPackets = Metric.counter("enet_stray_packets_total", {
  description: "packets on channels that are none of the channel set",
  incremental: true
})

const EVENTS = ["sent", "received", "undecoded", "superseded", "dropped"] as const

const nothing: ChannelStatistics = { sent: 0, received: 0, undecoded: 0, superseded: 0, dropped: 0, stalls: 0 }

/** Counts what was added since the last time. */
const channelCounter = (name: string, { series }: Series.Registry): (now: ChannelStatistics) => void => {
  const channel = { channel: name }
  const counted = EVENTS.map((event) => ({ event, add: series(messages, { ...channel, event }) }))
  const stalled = series(stalls, channel)
  let before = nothing
  return (now) => {
    for (const { add, event } of counted) add(now[event] - before[event])
    stalled(now.stalls - before.stalls)
    before = now
  }
}

/**
 * Observes the channels of a typed host as long as the scope is open: each of them has its metrics from the beginning, at 0.
 *
 * @since 0.1.0
 * @category constructors
 */
export const observe = Effect.fnUntraced(function*<Channels extends Channel.Any>(
  host: TypedHost<Channels>,
  options: Options = {}
): Effect.fn.Return<void, never, Scope.Scope> {
  const registry = Series.make(yield* Effect.context<never>(), options.attributes ?? {})
  const counters = host.channelSet.channels.map((channel) => ({
    channel,
    count: channelCounter(channel.name, registry)
  }))
  const stray = registry.series(strayPackets)
  let strayBefore = 0
  const sample = Effect.gen(function*() {
    for (const { channel, count } of counters) count(yield* host.statistics(channel))
    const now = yield* host.strayPackets
    stray(now - strayBefore)
    strayBefore = now
  })
  yield* Effect.addFinalizer(() => sample)
  yield* Effect.forkScoped(Effect.repeat(sample, Schedule.spaced(options.interval ?? "1 second")), {
    startImmediately: true
  })
})
