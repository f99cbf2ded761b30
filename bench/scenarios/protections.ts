/**
 * (n) What the protections of a host cost: hosts with everything that is on by default beside hosts without the proving
 * handshake and without budgets, which no option takes away. Processes differ by more than that, so the reducer is
 * measured in one process as well, and what it takes more is set against what the server takes in all.
 */
import { fileURLToPath } from "node:url"
import { during, type Pair, pairOf, portOf } from "../harness/pairs.ts"
import type { Figures, Role } from "../harness/process.ts"
import { amount, type Bench, type Row, type Scenario, takeTurns } from "../harness/Scenario.ts"
import { figure, median, medianOf, values } from "../harness/statistics.ts"
import { startStep } from "./step.ts"

const SIZE = 64
const PEERS = 64

const preloading = (name: string) => ["--import", fileURLToPath(new URL(`../harness/${name}`, import.meta.url))]
const unguarded = preloading("unguarded.ts")
const guarded = preloading("guarded.ts")

const perMessage = async (pair: Pair, command: string): Promise<Figures> => {
  const { server } = await during(pair, command)
  return { cpu: figure(server, "cpuMicros") / figure(server, "messages") }
}

/** Off, on, on, off: what drifts in a round weighs on both alike. */
const fourPairs = async ({ start }: Bench, clientOf: (server: Role) => Promise<Role>) => {
  const pair = async (nodeFlags: ReadonlyArray<string>): Promise<Pair> => {
    const server = await start("enetServer", "echo", { options: { peers: PEERS }, nodeFlags })
    return pairOf(server, await clientOf(server))
  }
  return {
    offFirst: await pair(unguarded),
    onFirst: await pair(guarded),
    onLast: await pair(guarded),
    offLast: await pair(unguarded)
  }
}

const rowOf = async (
  bench: Bench,
  name: string,
  pairs: Awaited<ReturnType<typeof fourPairs>>,
  command: string
): Promise<Row> => {
  const samples = await takeTurns(bench, {
    offFirst: () => perMessage(pairs.offFirst, command),
    onFirst: () => perMessage(pairs.onFirst, command),
    onLast: () => perMessage(pairs.onLast, command),
    offLast: () => perMessage(pairs.offLast, command)
  })
  const cpu = {
    offFirst: values(samples.offFirst, "cpu"),
    onFirst: values(samples.onFirst, "cpu"),
    onLast: values(samples.onLast, "cpu"),
    offLast: values(samples.offLast, "cpu")
  }
  const sum = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => a.map((value, index) => value + (b[index] ?? 0))
  const ratio = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
    median(a.map((value, index) => value / (b[index] ?? Number.NaN)))
  const noise = [ratio(cpu.offLast, cpu.offFirst), ratio(cpu.onLast, cpu.onFirst)].map((of) => of.toFixed(3))
  return {
    scenario: "n",
    name,
    unit: "µs CPU per message, server",
    ours: (medianOf(samples.onFirst, "cpu") + medianOf(samples.onLast, "cpu")) / 2,
    partner: "without protections",
    theirs: (medianOf(samples.offFirst, "cpu") + medianOf(samples.offLast, "cpu")) / 2,
    ratio: ratio(sum(cpu.onFirst, cpu.onLast), sum(cpu.offFirst, cpu.offLast)),
    target: { atMost: 1.03 },
    beside: `the same beside the same: off ${noise[0]}, on ${noise[1]}`
  }
}

/** The reducer's part, of a server that takes `micros` for a message in all. */
const stepRow = async (bench: Bench, name: string, perStep: number, micros: number): Promise<Row> => {
  const role = await startStep(bench.start)
  const asked = await role.ask(`protect ${PEERS} ${perStep} ${amount(bench, 3000, 200)}`)
  await role.end()
  const more = figure(asked, "more") / 1000
  const nanos = (key: string) => `${figure(asked, key).toFixed(0)} ns`
  return {
    scenario: "n",
    name,
    unit: "µs CPU per message, server",
    ours: micros + more,
    partner: "without protections",
    theirs: micros,
    ratio: (micros + more) / micros,
    target: { atMost: 1.03 },
    beside: `step takes ${nanos("more")} more than ${nanos("off")}; the same beside the same: ${nanos("noise")}`
  }
}

export const scenario: Scenario = {
  id: "n",
  title: "what protections cost",
  run: async (bench) => {
    const { start } = bench
    const one = await fourPairs(bench, (server) => start("enetClient", "client", { options: portOf(server) }))
    const echoes = amount(bench, 5000, 500)
    const alone = await rowOf(
      bench,
      "echo with one packet in flight, protected",
      one,
      `echo reliable ${echoes} ${SIZE}`
    )
    for (const pair of Object.values(one)) await pair.end()
    const many = await fourPairs(
      bench,
      (server) => start("c", "client", { options: { ...portOf(server), peers: PEERS } })
    )
    const load = (mode: string) => `load ${mode} ${SIZE} ${amount(bench, 600, 150)}`
    const unreliable = await rowOf(bench, "echo server, unreliable, protected", many, load("unreliable"))
    const reliable = await rowOf(bench, "echo server, reliable, protected", many, load("reliable"))
    for (const pair of Object.values(many)) await pair.end()
    return {
      rows: [
        alone,
        await stepRow(bench, "the same by the reducer alone", 1, alone.theirs),
        unreliable,
        reliable,
        await stepRow(bench, "the same by the reducer alone", 32, reliable.theirs)
      ]
    }
  }
}
