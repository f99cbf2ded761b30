/**
 * (m) Typed channels and metrics: what `npm run bench:channels` and `npm run bench:metrics` measure, as rows.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { ChannelFigures } from "../channels.ts"
import { amount, type Row, type Scenario } from "../harness/Scenario.ts"
import type { MetricsFigures } from "../metrics.ts"
import { type Comparison, half } from "../paired.ts"

const LIMIT = 180_000

const measure = async (program: string, fours: number): Promise<string> => {
  const path = fileURLToPath(new URL(`../${program}.ts`, import.meta.url))
  const args = ["--conditions=@effect-enet/source", path, "--json", "--fours", String(fours)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LIMIT })
  return stdout
}

export const scenario: Scenario = {
  id: "m",
  title: "typed channels and metrics",
  run: async (bench) => {
    const channels: ChannelFigures = JSON.parse(await measure("channels", amount(bench, 150, 10)))
    bench.progress("channels measured")
    const metrics: MetricsFigures = JSON.parse(await measure("metrics", amount(bench, 40, 5)))
    const row = (name: string, partner: string, comparison: Comparison, target?: Row["target"]): Row => ({
      scenario: "m",
      name,
      unit: "µs CPU, both hosts",
      ours: comparison.b,
      partner,
      theirs: comparison.a,
      ratio: comparison.ratio,
      ...(target === undefined ? {} : { target }),
      beside: `half of the fours ${half(comparison)}`
    })
    const { packed } = channels
    return {
      rows: [
        {
          ...row("typed message of 10 fields, above raw", "the bound", packed, { atMost: 1 }),
          ours: packed.above,
          theirs: 1.5,
          ratio: packed.above / 1.5,
          beside: `typed ${packed.b.toFixed(2)}, raw ${packed.a.toFixed(2)}`
        },
        row("garbage on a typed channel", "raw, events in arrays", channels.garbageInArrays, { atMost: 1 }),
        row("garbage on a typed channel", "raw, events one by one", channels.garbageOneByOne),
        row("garbage on a typed channel", "raw, nobody looks at it", channels.garbageUnseen),
        row("echo with metrics and spans", "without", metrics.observed, { atMost: 1.03 }),
        row("echo without metrics", "itself: the noise", metrics.noise)
      ]
    }
  }
}
