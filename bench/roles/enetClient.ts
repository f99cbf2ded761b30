/**
 * Our client: as many connections as `peers` says, on one socket, and the load that it is told to make.
 */
import { EnetHost, type EnetPeer } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { Effect, Stream } from "effect"
import type { Figures } from "../harness/process.ts"
import {
  type Command,
  kernelReceiveBufferSize,
  option,
  print,
  quantiles,
  serveCommands,
  stopwatch
} from "./commands.ts"
import { modeOf } from "./modes.ts"

type Peer = EnetPeer.EnetPeer

const CONNECTS_AT_ONCE = 50
const NO_LIMIT = 0x7fffffff

const connect = Effect.fnUntraced(function*(host: EnetHost.EnetHost["Service"]) {
  const peer = yield* host.connect({
    address: "127.0.0.1",
    port: option("port", 0),
    channels: option("channels", 2)
  })
  return peer
})

/** Until everything sent has left, and has been acknowledged if it is reliable. */
const drained = Effect.fnUntraced(function*(peer: Peer) {
  for (;;) {
    const { outgoingQueued, reliableDataInTransit } = yield* peer.statistics
    if (outgoingQueued + reliableDataInTransit === 0) return
    yield* Effect.sleep(1)
  }
})

const flood = Effect.fnUntraced(function*(peer: Peer, { mode, numbers: [count = 0, size = 0] }: Command) {
  const payload = new Uint8Array(size).fill(7)
  const options = { mode: modeOf(mode) }
  for (let i = 0; i < count; i++) yield* peer.send(0, payload, options)
  yield* drained(peer)
  return { messages: count }
})

/** One packet in flight. */
const echo = Effect.fnUntraced(function*(peer: Peer, { mode, numbers: [count = 0, size = 0] }: Command) {
  const payload = new Uint8Array(size).fill(7)
  const options = { mode: modeOf(mode) }
  const latencies: Array<number> = []
  let sent = performance.now()
  yield* peer.send(0, payload, options)
  yield* peer.messages.pipe(
    Stream.take(count),
    Stream.runForEach(() => {
      const now = performance.now()
      latencies.push((now - sent) * 1000)
      sent = now
      return latencies.length < count ? peer.send(0, payload, options) : Effect.void
    })
  )
  return { messages: latencies.length, ...quantiles(latencies) }
})

/** Queues `length` packets at a time, and waits until they are gone. */
const queue = Effect.fnUntraced(function*(peer: Peer, { numbers: [length = 0, count = 0, size = 0] }: Command) {
  const payload = new Uint8Array(size).fill(7)
  for (let sent = 0; sent < count; sent += length) {
    for (let i = 0; i < length; i++) yield* peer.send(0, payload)
    yield* drained(peer)
  }
  return { messages: count }
})

/** Bytes of buffers that handing over a packet takes, before anything is sent. */
const handover = Effect.fnUntraced(function*(peer: Peer, { numbers: [size = 0] }: Command) {
  const payload = new Uint8Array(size)
  const before = process.memoryUsage().arrayBuffers
  yield* peer.send(0, payload, { noAllocate: true })
  const copied = process.memoryUsage().arrayBuffers - before
  yield* drained(peer)
  return { copied }
})

/** All at once; then they leave. */
const connects = (host: EnetHost.EnetHost["Service"], count: number) =>
  Effect.scoped(Effect.gen(function*() {
    const lap = stopwatch()
    yield* Effect.all(Array.from({ length: count }, () => connect(host)), { concurrency: "unbounded" })
    const figures = lap.read()
    yield* Effect.sleep(200)
    return figures
  }))

const perform = Effect.fnUntraced(function*(
  host: EnetHost.EnetHost["Service"],
  peers: ReadonlyArray<Peer>,
  command: Command
): Effect.fn.Return<Figures, unknown> {
  if (command.name === "connects") return yield* connects(host, command.numbers[0] ?? 0)
  const [peer] = peers
  if (peer === undefined) return yield* Effect.fail(new Error("no connection"))
  switch (command.name) {
    case "flood":
      return yield* flood(peer, command)
    case "echo":
      return yield* echo(peer, command)
    case "queue":
      return yield* queue(peer, command)
    case "handover":
      return yield* handover(peer, command)
    default:
      return yield* Effect.fail(new Error(`unknown command ${command.name}`))
  }
})

const client = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  const opening = Array.from({ length: option("peers", 1) }, () => connect(host))
  const peers = yield* Effect.all(opening, { concurrency: CONNECTS_AT_ONCE })
  // the throttle must not take unreliable packets out of the load
  for (const peer of peers) yield* peer.throttleConfigure({ interval: 5000, acceleration: 32, deceleration: 0 })
  print({ peers: peers.length })
  const answer = Effect.fnUntraced(function*(command: Command) {
    const { sentPackets } = yield* host.statistics
    const lap = stopwatch()
    const figures = yield* perform(host, peers, command)
    const { sentPackets: after } = yield* host.statistics
    return { ...lap.read(), sent: after - sentPackets, ...figures }
  })
  return yield* Effect.promise(() => serveCommands((command) => Effect.runPromise(Effect.orDie(answer(command)))))
})

await Effect.runPromise(
  Effect.scoped(client).pipe(Effect.provide(NodeEnetHost.layer({
    bind: { address: "127.0.0.1" },
    kernelReceiveBufferSize,
    maxPeers: option("slots", 64),
    outgoingQueueLimit: option("unlimited", 0) === 1 ? NO_LIMIT : 262_144
  })))
)
