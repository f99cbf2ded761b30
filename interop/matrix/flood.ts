/**
 * Connections while somebody floods: our server gets 20,000 forged CONNECTs per second and 20 C clients, our client gets
 * as much noise and talks to a C server.
 */
import { Effect } from "effect"
import { once } from "node:events"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Worker } from "node:worker_threads"
import { type Case, checkSummary, must } from "./cases.ts"
import { cClient, cServer, fail } from "./CPeer.ts"
import type { FloodData } from "./flooder.ts"
import { exchange, ourEcho, ourHost } from "./ours.ts"

const PER_SECOND = 20_000
const CLIENTS = 20
const MESSAGES = 50

/** Generous, for loaded machines. */
const CONNECTED_WITHIN = "5 seconds"
const MOST_HEAP_GROWTH = 32 * 2 ** 20

setFlagsFromString("--expose_gc")
const collect: unknown = runInNewContext("gc")

/** Bytes in use, without garbage. */
const heap = (): number => {
  if (typeof collect === "function") collect()
  return process.memoryUsage().heapUsed
}

/** Floods until the scope closes; `stop` ends it, and fails unless half of what was meant was sent in each second. */
const flood = Effect.fnUntraced(function*(kind: FloodData["kind"], port: number) {
  const workerData: FloodData = { kind, port, perSecond: PER_SECOND }
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(new URL("flooder.ts", import.meta.url), { workerData })),
    (running) => Effect.promise(() => running.terminate())
  )
  yield* Effect.promise(() => once(worker, "message"))
  const start = performance.now()
  const stop = Effect.gen(function*() {
    const sent = yield* Effect.promise(async () => {
      const answer = once(worker, "message")
      worker.postMessage("stop")
      return Number((await answer)[0])
    })
    const rate = Math.round((1000 * sent) / (performance.now() - start))
    yield* must(rate >= PER_SECOND / 2, `the flood had ${rate} datagrams per second, too few to show anything`)
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
    yield* stop
    yield* must((yield* host.statistics).connectedPeers === 1, "the connection is gone")
  }),
  ourServer: Effect.gen(function*() {
    const { host, port } = yield* ourEcho({ maxPeers: 2 * CLIENTS })
    const before = heap()
    const { stop } = yield* flood("connects", port)
    yield* Effect.sleep("500 millis")
    const clients = yield* Effect.all(
      Array.from({ length: CLIENTS }, () => cClient(port, "--messages", MESSAGES, "--size", 64)),
      { concurrency: "unbounded" }
    )
    yield* Effect.forEach(clients, (client) => client.expect("connected"), { concurrency: "unbounded" }).pipe(
      Effect.timeoutOrElse({
        duration: CONNECTED_WITHIN,
        orElse: () => fail(`not every C client was connected within ${CONNECTED_WITHIN}`)
      })
    )
    for (const client of clients) yield* checkSummary(yield* client.expect("summary"), MESSAGES)
    yield* Effect.sleep("500 millis")
    yield* stop
    const growth = heap() - before
    yield* must(growth < MOST_HEAP_GROWTH, `the heap grew by ${Math.round(growth / 2 ** 20)} MiB`)
    const { dropped, receivedPackets } = yield* host.statistics
    yield* must(receivedPackets > PER_SECOND / 4, `only ${receivedPackets} datagrams arrived`)
    yield* must(dropped["HostFull"] === undefined, "forged requests took slots")
  })
}
