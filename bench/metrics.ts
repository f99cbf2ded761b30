/**
 * What metrics and spans cost: processor time for each packet that one host sends and another gives back, on a network
 * without a kernel, with `HostMetrics` on both hosts and without.
 *
 * npm run bench:metrics
 */
import { EnetEvent, HostMetrics } from "@effect-enet/core"
import { Effect, Stream } from "effect"
import { readFlags } from "../scripts/flags.ts"
import { arrivals, BATCH, hosts, median, micros, ROUNDS, timed } from "./memory.ts"

readFlags({})

const packet = new Uint8Array(64)

const echo = (observe: typeof HostMetrics.observe) =>
  Effect.scoped(Effect.gen(function*() {
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
    const send = Effect.gen(function*() {
      for (let i = 0; i < BATCH; i++) yield* peer.send(0, packet)
    })
    return yield* timed(after(send))
  }))

const main = Effect.gen(function*() {
  const without: Array<number> = []
  const observed: Array<number> = []
  for (let round = 0; round < ROUNDS; round++) {
    without.push(yield* echo((host) => Effect.succeed(host)))
    // read ten times as often as by default
    observed.push(yield* echo((host) => HostMetrics.observe(host, { interval: "100 millis" })))
  }
  const [a, b] = [median(without), median(observed)]
  console.log(`processor time of an echo, both hosts together, batches of ${BATCH}, medians of ${ROUNDS} rounds`)
  console.log(
    `  without metrics ${micros(a)}, with metrics ${micros(b)}: ${((b / a - 1) * 100).toFixed(1)} % (at most 3)`
  )
})

await Effect.runPromise(main)
