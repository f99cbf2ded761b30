/**
 * (a) Floods of 64-byte packets between two processes.
 */
import { during, type Pair, startPair } from "../harness/pairs.ts"
import type { Figures } from "../harness/process.ts"
import {
  amount,
  type Bench,
  compare,
  type NotMeasured,
  type Row,
  type Scenario,
  takeTurns,
  type Target
} from "../harness/Scenario.ts"
import { figure, medianOf } from "../harness/statistics.ts"

const SIZE = 64
/** Of every receiver: a flood is to measure processor time, not loss. */
const RECEIVE_BUFFER = 4 * 1024 * 1024

const LAST_DATAGRAMS = 60

/** Processor time per message of both sides. What was lost costs only its sender. */
const flood = async (pair: Pair, command: string): Promise<Figures> => {
  const { client, server } = await during(pair, command, LAST_DATAGRAMS)
  const count = figure(client, "messages")
  const arrived = figure(server, "messages")
  return {
    sender: figure(client, "cpuMicros") / count,
    receiver: figure(server, "cpuMicros") / Math.max(arrived, 1),
    rate: arrived / figure(client, "wallMicros") * 1e6,
    lost: 1 - arrived / count,
    datagrams: client["sent"] ?? 0
  }
}

const startAll = async ({ npmEnet, start }: Bench) => {
  const buffer = { buffer: RECEIVE_BUFFER }
  const npm = (path: string) =>
    startPair(start, ["npmEnet", "server", { package: path }], ["npmEnet", "client", { package: path }])
  return {
    ours: await startPair(start, ["enetServer", "count", buffer], ["enetClient", "client", buffer]),
    c: await startPair(start, ["c", "server", buffer], ["c", "client", buffer]),
    dgram: await startPair(start, ["dgram", "count"], ["dgram", "client"]),
    npm: "path" in npmEnet ? await npm(npmEnet.path) : undefined
  }
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`

const cpuBeside = (samples: ReadonlyArray<Figures>) =>
  `npm enet, µs CPU per message: sender ${medianOf(samples, "sender").toFixed(2)}, ` +
  `receiver ${medianOf(samples, "receiver").toFixed(2)}`

interface Goals {
  readonly c?: Target
  readonly npm?: Target
}

const rowsOf = async (
  bench: Bench,
  partners: Awaited<ReturnType<typeof startAll>>,
  mode: string,
  goals: Goals
): Promise<ReadonlyArray<Row | NotMeasured>> => {
  const { c, dgram, npm, ours } = partners
  const count = amount(bench, 500_000, 10_000)
  const command = `flood ${mode} ${count} ${SIZE}`
  // the same datagrams: as many, and as long on average
  const probe = await flood(ours, command)
  const datagrams = Math.max(Math.round(figure(probe, "datagrams")), 1)
  const datagramSize = Math.round((count * (SIZE + (mode === "reliable" ? 6 : 8))) / datagrams) + 4
  const samples = await takeTurns(bench, {
    ours: () => flood(ours, command),
    c: () => flood(c, command),
    dgram: () => flood(dgram, `flood ${datagrams} ${datagramSize}`),
    npm: () => npm === undefined || goals.npm === undefined ? Promise.resolve({}) : flood(npm, `flood ${count} ${SIZE}`)
  })
  const perMessage = samples.dgram.map((sample) => ({
    sender: figure(sample, "sender") * datagrams / count,
    receiver: figure(sample, "receiver") * datagrams / count
  }))
  const lost = `lost: ours ${percent(medianOf(samples.ours, "lost"))}, C ${percent(medianOf(samples.c, "lost"))}`
  const wall = [samples.ours, samples.c].map((of) => `${(medianOf(of, "rate") / 1e6).toFixed(2)} M/s`)
  const beside = `${wall[0]}, C ${wall[1]}; ${lost}`
  const row = (side: "sender" | "receiver") => ({
    scenario: "a",
    name: `${mode} flood, ${side}`,
    unit: "µs CPU per message",
    key: side
  })
  const rows = (["sender", "receiver"] as const).flatMap((side): ReadonlyArray<Row> => [
    compare({ ...row(side), partner: "C", ...(goals.c && { target: goals.c }), beside }, samples.ours, samples.c),
    compare({ ...row(side), partner: "node:dgram, same datagrams" }, samples.ours, perMessage)
  ])
  if (goals.npm === undefined) return rows
  const name = `${mode} flood, rate`
  const target = goals.npm
  const throughput = "missing" in bench.npmEnet
    ? { scenario: "a", name, notMeasured: bench.npmEnet.missing, target }
    : compare(
      {
        scenario: "a",
        name,
        unit: "messages/s",
        partner: "npm enet",
        key: "rate",
        target,
        beside: cpuBeside(samples.npm)
      },
      samples.ours,
      samples.npm
    )
  return [throughput, ...rows]
}

export const scenario: Scenario = {
  id: "a",
  title: "floods of 64-byte packets",
  run: async (bench) => {
    const partners = await startAll(bench)
    return {
      rows: [
        ...await rowsOf(bench, partners, "reliable", { c: { atMost: 1.5 }, npm: { atLeast: 5 } }),
        ...await rowsOf(bench, partners, "unreliable", {}),
        ...await rowsOf(bench, partners, "unsequenced", { c: { atMost: 1.5 } })
      ]
    }
  }
}
