/**
 * (c) An echo server with one command in each datagram: 64 peers with one packet in flight each. Unreliable packets make
 * exactly one command; with reliable ones each datagram carries an acknowledgement besides.
 */
import { during, type Pair, startPair } from "../harness/pairs.ts"
import type { Figures } from "../harness/process.ts"
import { amount, type Bench, compare, type Row, type Scenario, takeTurns, type Target } from "../harness/Scenario.ts"
import { figure, medianOf } from "../harness/statistics.ts"

const SIZE = 64
const PEERS = 64

const measure = async (pair: Pair, command: string): Promise<Figures> => {
  const { server } = await during(pair, command)
  const datagrams = figure(server, "received") + figure(server, "sent")
  return {
    perCpuSecond: datagrams / figure(server, "cpuMicros") * 1e6,
    perMessage: datagrams / figure(server, "messages")
  }
}

const datagramSize = (mode: string) => mode === "reliable" ? 4 + 8 + 6 + SIZE : 2 + 8 + SIZE

export const scenario: Scenario = {
  id: "c",
  title: "echo server at one command per datagram",
  run: async (bench: Bench) => {
    const { start } = bench
    const peers = { peers: PEERS }
    const client = ["c", "client", peers] as const
    const pairs = {
      ours: await startPair(start, ["enetServer", "echo", peers], client),
      dgram: await startPair(start, ["dgram", "echo"], ["c", "udp"]),
      c: await startPair(start, ["c", "server", { echo: 1, ...peers }], client)
    }
    const duration = amount(bench, 600, 150)
    const rowsOf = async (mode: string, target?: Target): Promise<ReadonlyArray<Row>> => {
      const load = `load ${mode} ${SIZE} ${duration}`
      const samples = await takeTurns(bench, {
        ours: () => measure(pairs.ours, load),
        dgram: () => measure(pairs.dgram, `load ${datagramSize(mode)} ${duration} ${PEERS}`),
        c: () => measure(pairs.c, load)
      })
      const row = {
        scenario: "c",
        name: `echo server, ${mode}`,
        unit: "datagrams per CPU second",
        key: "perCpuSecond",
        beside: `${medianOf(samples.ours, "perMessage").toFixed(2)} datagrams per message`
      }
      return [
        compare({ ...row, partner: "node:dgram", ...(target && { target }) }, samples.ours, samples.dgram),
        compare({ ...row, partner: "C" }, samples.ours, samples.c)
      ]
    }
    return { rows: [...await rowsOf("unreliable", { atLeast: 0.85 }), ...await rowsOf("reliable")] }
  }
}
