/**
 * A match in the arena over real UDP sockets: a server, four bots, ten seconds. Ends by itself and prints the score.
 *
 * npm run example:arena
 */
import { EnetHost } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Fiber, Metric } from "effect"
import { playBot } from "./bot.ts"
import { arena, TICKS_PER_SECOND } from "./protocol.ts"
import { inputsCounter, lateness, playMatch } from "./server.ts"

const SECONDS = 10
const names = ["Ada", "Bob", "Eve", "Kim"]

const bot = (name: string, port: number) =>
  playBot({ name, address: "127.0.0.1", port }).pipe(
    Effect.provide(NodeEnetHost.layer({ maxPeers: 1, channelLimit: arena.channelCount }))
  )

const program = Effect.gen(function*() {
  const { address } = yield* EnetHost.EnetHost
  yield* Console.log(`${names.length} bots play for ${SECONDS} seconds on UDP port ${address.port}`)
  const match = yield* Effect.forkChild(playMatch({
    players: names.length,
    ticks: SECONDS * TICKS_PER_SECOND,
    seed: 7,
    tell: (line) => console.log(`  ${line}`)
  }))
  yield* Effect.forEach(names, (name) => bot(name, address.port), { concurrency: "unbounded", discard: true })
  const result = yield* Fiber.join(match)
  yield* Console.log("\nscore")
  for (const { name, score } of result) yield* Console.log(`  ${name.padEnd(4)} ${"◆".repeat(score)} ${score}`)
  const inputs = yield* Metric.value(inputsCounter)
  const late = yield* Metric.value(lateness)
  yield* Console.log(`\n${inputs.count} inputs, ${late.count} ticks, the latest by ${late.max.toFixed(1)} ms`)
})

program.pipe(
  Effect.provide(NodeEnetHost.layer({ bind: { address: "127.0.0.1" } })),
  NodeRuntime.runMain
)
