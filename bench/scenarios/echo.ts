/**
 * (b) Echo with one packet in flight: how long a round trip takes.
 */
import { startPair } from "../harness/pairs.ts"
import { amount, compare, type Scenario, takeTurns } from "../harness/Scenario.ts"
import { medianOf } from "../harness/statistics.ts"

const SIZE = 64
/** A datagram of ENet with an acknowledgement and a reliable packet of that size. */
const DATAGRAM_SIZE = 4 + 8 + 6 + SIZE

/** It takes some 100,000 echoes until nothing is compiled any more, and compiling shows in the slowest percent. */
const WARM_TURNS = 20

const QUANTILES = [1, 10, 25, 50, 75, 90, 95, 99, 99.5]

export const scenario: Scenario = {
  id: "b",
  title: "echo with one packet in flight",
  run: async (bench) => {
    const { start } = bench
    const pairs = {
      ours: await startPair(start, ["enetServer", "echo"], ["enetClient", "client"]),
      dgram: await startPair(start, ["dgram", "echo"], ["dgram", "client"]),
      c: await startPair(start, ["c", "server", { echo: 1 }], ["c", "client"])
    }
    const count = amount(bench, 5000, 500)
    const samples = await takeTurns(bench, {
      ours: () => pairs.ours.client.ask(`echo reliable ${count} ${SIZE}`),
      dgram: () => pairs.dgram.client.ask(`echo ${count} ${DATAGRAM_SIZE}`),
      c: () => pairs.c.client.ask(`echo reliable ${count} ${SIZE}`)
    }, amount(bench, WARM_TURNS, 1))
    const row = (key: "p50" | "p99") => ({ scenario: "b", name: `echo, ${key}`, unit: "µs", key })
    const named = [["effect-enet", samples.ours], ["node:dgram", samples.dgram], ["C ENet", samples.c]] as const
    return {
      rows: [
        compare({ ...row("p50"), partner: "node:dgram", target: { atMost: 1.4 } }, samples.ours, samples.dgram),
        compare({ ...row("p99"), partner: "node:dgram", target: { atMost: 2 } }, samples.ours, samples.dgram),
        compare({ ...row("p50"), partner: "C" }, samples.ours, samples.c),
        compare({ ...row("p99"), partner: "C" }, samples.ours, samples.c)
      ],
      series: named.map(([name, of]) => ({
        plot: "latency",
        name,
        points: QUANTILES.map((quantile) => [medianOf(of, `p${quantile}`), quantile] as const)
      }))
    }
  }
}
