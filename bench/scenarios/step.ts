/**
 * (j) `step` alone: time and memory of a message at the receiving host, with one connection and with 4,000.
 */
import type { Role, Start } from "../harness/process.ts"
import { amount, compare, type Scenario, takeTurns, type Target } from "../harness/Scenario.ts"
import { medianOf } from "../harness/statistics.ts"

/** A young generation that holds all that a measurement allocates. */
const FLAGS = ["--expose-gc", "--max-semi-space-size=128", "--min-semi-space-size=128"]

export const startStep = (start: Start): Promise<Role> => start("step", "step", { nodeFlags: FLAGS })

const PEERS = 4000

export const scenario: Scenario = {
  id: "j",
  title: "step alone",
  run: async (bench) => {
    const many = amount(bench, PEERS, 400)
    const messages = amount(bench, 60_000, 4000)
    const run = async (perStep: number) => {
      const role = await startStep(bench.start)
      const ask = (mode: string, peers: number) => role.ask(`cost ${mode} ${peers} ${perStep} ${messages}`)
      return takeTurns(bench, {
        alone: () => ask("one", 1),
        one: () => ask("one", many),
        all: () => ask("all", many)
      })
    }
    const rows = []
    for (const perStep of [1, 32]) {
      const samples = await run(perStep)
      const what = `${perStep} datagram${perStep === 1 ? "" : "s"} per step`
      const target: Target = { atMost: 1.3 }
      const row = (name: string) => ({ scenario: "j", name: `${what}, ${many} peers, ${name}`, partner: "1 peer" })
      const bytes = (of: typeof samples.alone) => `${medianOf(of, "bytes").toFixed(0)} bytes`
      for (const [name, of] of [["one sends", samples.one], ["all send", samples.all]] as const) {
        const beside = `allocated per message: ${bytes(of)}, 1 peer ${bytes(samples.alone)}`
        const goal = perStep === 1 || name === "one sends" ? { target } : {}
        rows.push(compare({ ...row(name), unit: "ns per message", key: "nanos", ...goal, beside }, of, samples.alone))
      }
    }
    return { rows }
  }
}
