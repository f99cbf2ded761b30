/**
 * (k) What an idle connection keeps on the heap, with 2 channels and with 255.
 */
import { portOf, sleep } from "../harness/pairs.ts"
import type { Figures } from "../harness/process.ts"
import { amount, type Bench, compare, type Row, type Scenario } from "../harness/Scenario.ts"
import { figure, medianOf } from "../harness/statistics.ts"
import { startStep } from "./step.ts"

/** Memory is not time: it hardly changes from round to round. */
const ROUNDS = 3
const FIRST = 50
const ATTEMPTS = 100
const NO_PINGS = 60_000
const SETTLE = 500
const LIMITS = new Map([[2, 3000], [255, 6000]])

/** Our server, when everything is compiled, and after many more have connected. */
const host = async ({ start }: Bench, peers: number, channels: number): Promise<Figures> => {
  const server = await start("enetServer", "count", {
    options: { peers: 4095, channels },
    nodeFlags: ["--expose-gc"]
  })
  const join = (count: number) =>
    start("enetClient", "client", { options: { ...portOf(server), peers: count, channels, slots: 4095 } })
  /** Once as many are connected as should be, and no ping waits for its acknowledgement. */
  const inUse = async (count: number): Promise<number> => {
    await server.ask(`ping ${NO_PINGS}`)
    await sleep(SETTLE)
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const memory = await server.ask("memory")
      if (figure(memory, "peers") === count) return figure(memory, "heapUsed") + figure(memory, "arrayBuffers")
      await sleep(200)
    }
    throw new Error(`not ${count} peers are connected`)
  }
  const clients = [await join(FIRST)]
  const before = await inUse(FIRST)
  clients.push(await join(peers))
  const after = await inUse(FIRST + peers)
  for (const role of [...clients, server]) await role.end()
  return { bytes: (after - before) / peers }
}

const alone = async ({ start }: Bench, peers: number, channels: number): Promise<Figures> => {
  const role = await startStep(start)
  const figures = await role.ask(`memory ${peers} ${channels}`)
  await role.end()
  return figures
}

export const scenario: Scenario = {
  id: "k",
  title: "heap of a connected peer",
  run: async (bench) => {
    const peers = amount(bench, 2000, 300)
    const rows: Array<Row> = []
    for (const [channels, limit] of LIMITS) {
      const samples = { host: [] as Array<Figures>, step: [] as Array<Figures> }
      for (let round = 0; round < Math.min(bench.rounds, ROUNDS); round++) {
        samples.host.push(await host(bench, peers, channels))
        samples.step.push(await alone(bench, peers, channels))
        bench.progress(`${channels} channels, round ${round + 1}`)
      }
      const bound = samples.host.map(() => ({ bytes: limit }))
      rows.push(compare(
        {
          scenario: "k",
          name: `heap per idle peer, ${channels} channels`,
          unit: "bytes",
          partner: "the bound",
          key: "bytes",
          target: { atMost: 1 },
          beside: `state of the protocol alone: ${medianOf(samples.step, "bytes").toFixed(0)} bytes`
        },
        samples.host,
        bound
      ))
    }
    return { rows }
  }
}
