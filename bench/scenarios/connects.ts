/**
 * (e) 1,000 connects at once: until the last is connected. Each library has the kernel buffers that it asks for itself.
 */
import { type Pair, sleep, startPair } from "../harness/pairs.ts"
import type { Figures } from "../harness/process.ts"
import { amount, compare, type Scenario, takeTurns } from "../harness/Scenario.ts"
import { figure } from "../harness/statistics.ts"

const CONNECTS = 1000
const LEAVING_LIMIT = 15_000

const isEmpty = async ({ server }: Pair): Promise<boolean> => figure(await server.ask("snapshot"), "peers") === 0

const connects = async (pair: Pair, count: number): Promise<Figures> => {
  const figures = await pair.client.ask(`connects ${count}`)
  // the server must have let go of all before the next round
  for (let waited = 0; waited < LEAVING_LIMIT; waited += 50) {
    if (await isEmpty(pair)) return { milliseconds: figure(figures, "wallMicros") / 1000 }
    await sleep(50)
  }
  throw new Error("the server still has connections of the last round")
}

export const scenario: Scenario = {
  id: "e",
  title: "1,000 connects at once",
  run: async (bench) => {
    const { start } = bench
    const count = amount(bench, CONNECTS, 100)
    const slots = count + 50
    const server = { peers: slots }
    const ourClient = ["enetClient", "client", { peers: 0, slots }] as const
    const cClient = ["c", "client", { peers: count, later: 1 }] as const
    const pairs = {
      ours: await startPair(start, ["enetServer", "count", server], ourClient),
      mixed: await startPair(start, ["c", "server", server], ourClient),
      c: await startPair(start, ["c", "server", server], cClient)
    }
    const samples = await takeTurns(bench, {
      ours: () => connects(pairs.ours, count),
      mixed: () => connects(pairs.mixed, count),
      c: () => connects(pairs.c, count)
    })
    const row = { scenario: "e", name: `${count} connects, the last`, unit: "ms", key: "milliseconds" }
    const target = { atMost: 0.333 }
    return {
      rows: [
        compare({ ...row, partner: "C server, C client", target }, samples.ours, samples.c),
        compare({ ...row, partner: "C server, our client" }, samples.ours, samples.mixed)
      ]
    }
  }
}
