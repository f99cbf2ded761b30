/**
 * Connected peers while somebody floods their host: how long the round trips take of what the kernel still delivers.
 */
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { fail, run } from "../matrix/CPeer.ts"

export interface Flood {
  readonly server: "enet" | "bare"
  readonly kind: "noise" | "ids" | "connects" | "long" | "mixed"
  /** Datagrams per second that are to be sent. */
  readonly perSecond: number
  readonly seconds: number
  /** The server's kernel buffer in bytes, 0 for what our hosts have by themselves. */
  readonly buffer: number
  /** Passed to Node. */
  readonly nodeFlags?: ReadonlyArray<string>
}

export interface Flooded {
  /** Junk per second that was sent, and all datagrams per second that were read. */
  readonly offered: number
  readonly drained: number
  /** Processor time of the server, in microseconds for each datagram that it read. */
  readonly cpuPerDatagram: number
  /** The share of all datagrams that the kernel had no room for, and of the pings that did not come back. */
  readonly kernelDropped: number
  readonly lost: number
  readonly pings: number
  readonly disconnected: number
  /** Milliseconds, of pings that came back. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

const PEERS = 8
const INTERVAL_MS = 40
/** Until queues are as long as they get. */
const SETTLING = "1 second"

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** What the kernel has dropped for a socket on 127.0.0.1, as Linux tells it. */
const droppedAt = (port: number): number => {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const line = readFileSync("/proc/net/udp", "utf8").split("\n").find((text) => text.trim().split(/\s+/)[1] === address)
  return Number(line?.trim().split(/\s+/).at(-1) ?? Number.NaN)
}

export const measure = Effect.fnUntraced(
  function*({ buffer, kind, nodeFlags = [], perSecond, seconds, server: which }: Flood) {
    const server = yield* run(
      process.execPath,
      "--conditions=@effect-enet/source",
      ...nodeFlags,
      path("server.ts"),
      which,
      buffer
    )
    const { port } = yield* server.expect("listening")
    if (port === undefined) return yield* fail("the server does not say its port")
    const pinger = yield* run(path("../build/pinger"), which, port, PEERS, INTERVAL_MS)
    yield* pinger.expect("connected")
    const flooder = yield* run(path("../build/flooder"), port, perSecond, kind)
    yield* flooder.expect("started")
    const begun = performance.now()
    yield* Effect.sleep(SETTLING)
    yield* pinger.say("")
    yield* server.say("")
    yield* pinger.expect("pinged")
    yield* server.expect("counted")
    const droppedBefore = droppedAt(port)
    const start = performance.now()
    yield* Effect.sleep(`${seconds} seconds`)
    yield* pinger.say("")
    yield* server.say("")
    const pinged = yield* pinger.expect("pinged")
    const counted = yield* server.expect("counted")
    const took = (performance.now() - start) / 1000
    const dropped = droppedAt(port) - droppedBefore
    yield* flooder.endInput
    const { sent: junk = 0 } = yield* flooder.expect("flooded")
    yield* server.endInput
    yield* Effect.ignore(server.expect("its end, so that a profile is written"))
    const offered = (1000 * junk) / (performance.now() - begun)
    const { received: read = 0, cpuMs = 0 } = counted
    const { disconnected = 0, p50 = -1, p95 = -1, p99 = -1, received = 0, sent = 0 } = pinged
    const flooded: Flooded = {
      offered,
      drained: read / took,
      cpuPerDatagram: (1000 * cpuMs) / Math.max(read, 1),
      kernelDropped: dropped / Math.max(dropped + read, 1),
      lost: 1 - received / Math.max(sent, 1),
      pings: sent,
      disconnected,
      p50,
      p95,
      p99
    }
    return flooded
  },
  Effect.scoped
)
