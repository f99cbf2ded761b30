/**
 * A host that is watched: its metrics at an endpoint that Prometheus scrapes, its metrics and spans sent to an OTLP
 * collector. Collector and client are part of the program; it ends by itself after three seconds and shows what they got.
 *
 * npm run example:observed
 */
import { Channel, ChannelMetrics, ChannelSet, EnetHost, HostMetrics, TypedHost } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Context, Effect, Layer, Schema, Stream } from "effect"
import { FetchHttpClient, HttpClient, HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { Otlp, PrometheusMetrics } from "effect/observability"
import { createServer } from "node:http"

/** Serves routes on whichever port is free, as long as the scope is open: the address. */
const serveHttp = <E, R>(routes: Layer.Layer<never, E, R>) =>
  HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
    Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.build,
    Effect.map((context) => HttpServer.formatAddress(Context.get(context, HttpServer.HttpServer).address))
  )

/** Stands for a collector: counts what is sent to it. */
const collector = (counts: Map<string, number>) => {
  const count = (path: `/${string}`) =>
    HttpRouter.add(
      "POST",
      path,
      Effect.sync(() => {
        counts.set(path, (counts.get(path) ?? 0) + 1)
        return HttpServerResponse.empty()
      })
    )
  return Layer.mergeAll(count("/v1/traces"), count("/v1/metrics"), count("/v1/logs"))
}

const Line = Channel.make("line", { id: 0, schema: Schema.String })
const channels = ChannelSet.make([Line])

const echo = Effect.gen(function*() {
  const host = yield* TypedHost.make(channels)
  yield* ChannelMetrics.observe(host, { attributes: { host: "server" } })
  return yield* host.serve((peer) => Stream.runForEach(peer.messages(Line), ({ message }) => peer.send(Line, message)))
})

const client = Effect.fnUntraced(function*(port: number) {
  const host = yield* HostMetrics.observe(yield* NodeEnetHost.make({ maxPeers: 1 }), { attributes: { host: "client" } })
  const typed = yield* Effect.provideService(TypedHost.make(channels), EnetHost.EnetHost, host)
  const peer = yield* typed.connect({ address: "127.0.0.1", port })
  for (let i = 0; i < 100; i++) {
    yield* peer.send(Line, `line ${i}`)
    yield* Effect.sleep(20)
  }
  // half of a line: it says that nine bytes follow
  yield* peer.raw.send(Line.id, new Uint8Array([9]))
  yield* peer.disconnect()
  yield* peer.closed
}, Effect.scoped)

/** What is watched: everything in here has the exporters in its context. */
const watched = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  yield* Effect.raceFirst(echo, client(host.address.port))
}).pipe(
  Effect.scoped,
  Effect.provide(
    HostMetrics.layer({ attributes: { host: "server" } }).pipe(
      Layer.provide(NodeEnetHost.layer({ bind: { address: "127.0.0.1" } }))
    )
  )
)

const program = Effect.gen(function*() {
  const counts = new Map<string, number>()
  const baseUrl = yield* serveHttp(collector(counts))
  const scraped = yield* serveHttp(PrometheusMetrics.layerHttp())
  yield* Console.log(`metrics at ${scraped}/metrics, exported to ${baseUrl}`)

  const exporters = Otlp.layerJson({
    baseUrl,
    resource: { serviceName: "observed" },
    metricsExportInterval: "1 second",
    tracerExportInterval: "1 second"
  })
  yield* Effect.provide(watched, exporters)

  const { text } = yield* HttpClient.get(`${scraped}/metrics`)
  const lines = (yield* text).split("\n")
  for (const line of lines) {
    if (/^enet_[a-z_]+(_count)?\{.*host="server"/.test(line) && !line.includes("_bucket")) console.log(`  ${line}`)
  }
  for (const [path, count] of counts) yield* Console.log(`the collector got ${count} requests at ${path}`)
})

program.pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer), NodeRuntime.runMain)
