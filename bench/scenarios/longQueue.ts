/**
 * (h) Many packets queued on one connection: what one costs its sender, beside a short queue.
 */
import { startPair } from "../harness/pairs.ts"
import type { Figures } from "../harness/process.ts"
import { amount, compare, type Scenario, takeTurns } from "../harness/Scenario.ts"
import { figure, medianOf } from "../harness/statistics.ts"
import { startStep } from "./step.ts"

const SIZE = 64
const SHORT = 1000

export const scenario: Scenario = {
  id: "h",
  title: "a long queue",
  run: async (bench) => {
    const { start } = bench
    const long = amount(bench, 200_000, 20_000)
    const pair = await startPair(start, ["enetServer", "count"], ["enetClient", "client", { unlimited: 1 }])
    const step = await startStep(start)
    const host = async (length: number): Promise<Figures> => {
      const figures = await pair.client.ask(`queue ${length} ${long} ${SIZE}`)
      return { cpu: figure(figures, "cpuMicros") / long * 1000 }
    }
    const alone = async (length: number): Promise<Figures> => ({
      cpu: figure(await step.ask(`queue ${length} ${long}`), "nanos")
    })
    const lengths = amount(bench, [SHORT, 5000, 20_000, 80_000, long], [SHORT, long])
    const samples = await takeTurns(
      bench,
      Object.fromEntries(lengths.flatMap((length) => [
        [`host ${length}`, () => host(length)],
        [`step ${length}`, () => alone(length)]
      ]))
    )
    const of = (what: "host" | "step", length: number) => samples[`${what} ${length}`] ?? []
    const row = {
      scenario: "h",
      unit: "ns CPU per message, sender",
      partner: `${SHORT} queued`,
      key: "cpu",
      target: { atMost: 1.3 }
    }
    return {
      rows: [
        compare({ ...row, name: `${long} queued, host` }, of("host", long), of("host", SHORT)),
        compare({ ...row, name: `${long} queued, step alone` }, of("step", long), of("step", SHORT))
      ],
      series: (["host", "step"] as const).map((what) => ({
        plot: "queue",
        name: what === "host" ? "EnetHost, sender" : "step alone",
        points: lengths.map((length) => [length, medianOf(of(what, length), "cpu")] as const)
      }))
    }
  }
}
