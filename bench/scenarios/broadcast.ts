/**
 * (i) Broadcasts of 1 KiB to 1,000 peers.
 */
import { startPair } from "../harness/pairs.ts"
import type { Figures, Role } from "../harness/process.ts"
import { amount, compare, type Scenario, takeTurns } from "../harness/Scenario.ts"
import { figure } from "../harness/statistics.ts"
import { startStep } from "./step.ts"

const PEERS = 1000
const SIZE = 1024
/** The datagram of an unreliable packet. */
const DATAGRAM_SIZE = 2 + 8 + SIZE
const RECEIVE_BUFFER = 4 * 1024 * 1024

const perDatagram = async (server: Role, command: string): Promise<Figures> => {
  const figures = await server.ask(command)
  return { cpu: figure(figures, "cpuMicros") / figure(figures, "sent") }
}

export const scenario: Scenario = {
  id: "i",
  title: "broadcast of 1 KiB to 1,000 peers",
  run: async (bench) => {
    const { start } = bench
    const peers = amount(bench, PEERS, 100)
    const times = amount(bench, 30, 3)
    const server = { peers: peers + 10 }
    const client = ["c", "client", { peers, buffer: RECEIVE_BUFFER }] as const
    const ours = await startPair(start, ["enetServer", "count", server], client)
    const c = await startPair(start, ["c", "server", server], client)
    const dgram = await startPair(start, ["dgram", "count", { batch: peers }], ["c", "udp"])
    await dgram.client.ask("rate 1 1000 10") // tells the server where to send to
    const samples = await takeTurns(bench, {
      ours: () => perDatagram(ours.server, `broadcast unreliable ${times} ${SIZE}`),
      dgram: () => perDatagram(dgram.server, `send ${times * peers} ${DATAGRAM_SIZE}`),
      c: () => perDatagram(c.server, `broadcast unreliable ${times} ${SIZE}`)
    })
    const name = `1 KiB to ${peers} peers`
    const row = { scenario: "i", name, unit: "µs CPU per datagram", key: "cpu" }
    const bytes = await (await startStep(start)).ask(`broadcast ${peers} ${SIZE}`)
    const [allocated, sent] = [figure(bytes, "allocated"), figure(bytes, "sent")]
    return {
      rows: [
        {
          scenario: "i",
          name: `${name}, copies`,
          unit: "bytes of buffers",
          ours: allocated,
          partner: "the datagrams",
          theirs: sent,
          ratio: allocated / sent,
          target: { atMost: 1.05 }
        },
        compare({ ...row, partner: "node:dgram" }, samples.ours, samples.dgram),
        compare({ ...row, partner: "C" }, samples.ours, samples.c)
      ]
    }
  }
}
