/**
 * A match in the arena over real UDP sockets: a server and its bots. Ends by itself and prints the score.
 *
 * npm run example:arena -- [--seconds 10] [--bots 4]
 */
import { ChannelMetrics, EnetHost } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Fiber, Metric } from "effect"
import { playBot } from "./bot.ts"
import { type Flags, parse, usage } from "./flags.ts"
import { arena, Snapshot, TICKS_PER_SECOND } from "./protocol.ts"
import { inputsCounter, lateness, playMatch } from "./server.ts"

const NAMES = ["Ada", "Bob", "Eve", "Kim"]

const nameOf = (index: number): string => {
  const round = Math.floor(index / NAMES.length)
  return `${NAMES[index % NAMES.length] ?? "?"}${round === 0 ? "" : ` ${round + 1}`}`
}

const bot = (name: string, port: number) =>
  playBot({ name, address: "127.0.0.1", port }).pipe(
    Effect.provide(NodeEnetHost.layer({ maxPeers: 1, channelLimit: arena.channelCount }))
  )

const match = Effect.fn(function*({ bots, seconds }: Flags) {
  const { address } = yield* EnetHost.EnetHost
  const names = Array.from({ length: bots }, (_, index) => nameOf(index))
  yield* Console.log(`${bots} bots play for ${seconds} seconds on UDP port ${address.port}`)
  const match = yield* Effect.forkChild(playMatch({
    players: bots,
    ticks: seconds * TICKS_PER_SECOND,
    seed: 7,
    tell: (line) => console.log(`  ${line}`)
  }))
  yield* Effect.forEach(names, (name) => bot(name, address.port), { concurrency: "unbounded", discard: true })
  const result = yield* Fiber.join(match)
  yield* Console.log("\nscore")
  const width = Math.max(...names.map(({ length }) => length))
  for (const { name, score } of result) yield* Console.log(`  ${name.padEnd(width)} ${"◆".repeat(score)} ${score}`)
  const inputs = yield* Metric.value(inputsCounter)
  const late = yield* Metric.value(lateness)
  const sent = yield* Metric.value(
    Metric.withAttributes(ChannelMetrics.messages, { channel: Snapshot.name, event: "sent" })
  )
  yield* Console.log(
    `\n${inputs.count} inputs, ${sent.count} snapshots, ${late.count} ticks, the latest by ${late.max.toFixed(1)} ms`
  )
}, Effect.provide(NodeEnetHost.layer({ bind: { address: "127.0.0.1", port: 0 } })))

const flags = parse(process.argv.slice(2))
if (typeof flags === "string") {
  console.error(`arena: ${flags}\n${usage}`)
  process.exitCode = 2
} else NodeRuntime.runMain(match(flags))
