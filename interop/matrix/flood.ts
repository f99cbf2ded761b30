/**
 * Connections while somebody floods: our server gets 20,000 forged CONNECTs per second and 20 C clients, our client gets
 * as much noise and talks to a C server.
 */
import { Effect } from "effect"
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { type Case, checkSummary, must } from "./cases.ts"
import { cClient, cServer } from "./CPeer.ts"
import type { FloodData } from "./flooder.ts"
import { exchange, ourEcho, ourHost } from "./ours.ts"

const PER_SECOND = 20_000
const CLIENTS = 20
const MESSAGES = 50

/** Floods until the scope closes; gives how much it has sent when asked to stop. */
const flood = Effect.fnUntraced(function*(kind: FloodData["kind"], port: number) {
  const workerData: FloodData = { kind, port, perSecond: PER_SECOND }
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(new URL("flooder.ts", import.meta.url), { workerData })),
    (running) => Effect.promise(() => running.terminate())
  )
  yield* Effect.promise(() => once(worker, "message"))
  const stop = Effect.promise(async () => {
    const answer = once(worker, "message")
    worker.postMessage("stop")
    return Number((await answer)[0])
  })
  return { stop }
})

export const floodCase: Case = {
  name: "20,000 forged datagrams per second",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer()
    const host = yield* ourHost()
    const { stop } = yield* flood("noise", host.address.port)
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
    yield* exchange(peer, { messages: MESSAGES, size: 64, mode: "reliable" })
    yield* Effect.sleep("1 second")
    yield* must((yield* stop) > PER_SECOND / 2, "the flood was none")
    yield* must((yield* host.statistics).connectedPeers === 1, "the connection is gone")
  }),
  ourServer: Effect.gen(function*() {
    const { host, port } = yield* ourEcho({ maxPeers: 2 * CLIENTS })
    const { stop } = yield* flood("connects", port)
    yield* Effect.sleep("500 millis")
    const clients = yield* Effect.all(
      Array.from({ length: CLIENTS }, () => cClient(port, "--messages", MESSAGES, "--size", 64)),
      { concurrency: "unbounded" }
    )
    for (const client of clients) yield* checkSummary(yield* client.expect("summary"), MESSAGES)
    yield* Effect.sleep("500 millis")
    yield* must((yield* stop) > PER_SECOND / 2, "the flood was none")
    const { dropped, receivedPackets } = yield* host.statistics
    yield* must(receivedPackets > PER_SECOND / 4, `only ${receivedPackets} datagrams arrived`)
    yield* must(dropped["HostFull"] === undefined, "forged requests took slots")
  })
}
