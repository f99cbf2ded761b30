/**
 * What metrics and spans cost: processor time for each packet that one host sends and another gives back, on a network
 * without a kernel, with `HostMetrics` on both hosts and without. The kernel's part would only make the share smaller.
 *
 * npm run bench:metrics -- [--json] [--fours N]
 */
import { EnetEvent, HostMetrics } from "@effect-enet/core"
import { Effect, Stream } from "effect"
import { readFlags, wholeNumber } from "../scripts/flags.ts"
import { arrivals, BATCH, hosts, micros } from "./memory.ts"
import { compareApart, type Comparison, type Contestant, half } from "./paired.ts"

const packet = new Uint8Array(64)

const echo = (observe: typeof HostMetrics.observe): Contestant =>
  Effect.gen(function*() {
    const bare = yield* hosts
    const [client, server] = [yield* observe(bare.client), yield* observe(bare.server)]
    const { after, count } = arrivals()
    const giveBack = EnetEvent.match({
      Connect: () => Effect.void,
      Receive: ({ channel, packet, peer }) => Effect.ignore(peer.send(channel, packet)),
      Disconnect: () => Effect.void
    })
    yield* Effect.forkScoped(Stream.runForEach(server.events, giveBack), { startImmediately: true })
    const peer = yield* client.connect({ address: "127.0.0.1", port: server.address.port })
    yield* Effect.forkScoped(
      Stream.runForEachArray(client.events, (events) => count(events.filter(({ _tag }) => _tag === "Receive"))),
      { startImmediately: true }
    )
    return after(Effect.gen(function*() {
      for (let i = 0; i < BATCH; i++) yield* peer.send(0, packet)
    }))
  })

export interface MetricsFigures {
  /** With metrics beside without. */
  readonly observed: Comparison
  /** Without beside without: what such a comparison is worth. */
  readonly noise: Comparison
}

const measure = (fours: number): Effect.Effect<MetricsFigures, unknown> => {
  const without = echo((host) => Effect.succeed(host))
  // read ten times as often as by default, so that a turn holds readings
  const observed = echo((host) => HostMetrics.observe(host, { interval: "100 millis" }))
  const amount = { fours, batches: 80 }
  return Effect.all({
    observed: compareApart(without, observed, amount),
    noise: compareApart(without, without, amount)
  })
}

const percent = (ratio: number): string => `${((ratio - 1) * 100).toFixed(1)} %`

const values = readFlags({ json: { type: "boolean", default: false }, fours: { type: "string", default: "40" } })
const fours = wholeNumber("fours", values.fours, 1)
const figures = await Effect.runPromise(measure(fours))
if (values.json) console.log(JSON.stringify(figures))
else {
  const { noise, observed } = figures
  console.log(`processor time of an echo, both hosts together, batches of ${BATCH}, medians of ${fours} fours`)
  console.log(
    `  without metrics ${micros(observed.a)}, with metrics ${micros(observed.b)}: ${
      percent(observed.ratio)
    } (at most 3)`
  )
  console.log(`    half of the fours: ratio ${half(observed)}`)
  console.log(`  without beside without: ${percent(noise.ratio)}, half of the fours: ratio ${half(noise)}`)
}
