/**
 * (c) An echo server with one command in each datagram: 64 peers with one packet in flight each. Unreliable packets make
 * exactly one command; with reliable ones each datagram carries an acknowledgement besides.
 */
import type { Figures, Role } from "../harness/process.ts"
import { amount, type Bench, compare, type Row, type Scenario, takeTurns, type Target } from "../harness/Scenario.ts"
import { difference, figure } from "../harness/statistics.ts"

const SIZE = 64
const PEERS = 64

const measure = async (server: Role, client: Role, command: string): Promise<Figures> => {
  const before = await server.ask("snapshot")
  await client.ask(command)
  const used = difference(before, await server.ask("snapshot"))
  const datagrams = figure(used, "received") + figure(used, "sent")
  const cpu = figure(used, "cpuMicros")
  return { perCpuSecond: datagrams / cpu * 1e6, datagrams, perMessage: datagrams / figure(used, "messages") }
}

const datagramSize = (mode: string) => mode === "reliable" ? 4 + 8 + 6 + SIZE : 2 + 8 + SIZE

export const scenario: Scenario = {
  id: "c",
  title: "echo server at one command per datagram",
  run: async (bench: Bench) => {
    const { start } = bench
    const peers = { peers: PEERS }
    const servers = {
      ours: await start("enetServer", "echo", { options: peers }),
      dgram: await start("dgram", "echo"),
      c: await start("c", "server", { options: { echo: 1, ...peers } })
    }
    const port = (name: keyof typeof servers) => ({ port: figure(servers[name].ready, "port") })
    const clients = {
      ours: await start("c", "client", { options: { ...port("ours"), ...peers } }),
      dgram: await start("c", "udp", { options: port("dgram") }),
      c: await start("c", "client", { options: { ...port("c"), ...peers } })
    }
    const duration = amount(bench, 600, 150)
    const rowsOf = async (mode: string, target?: Target): Promise<ReadonlyArray<Row>> => {
      const load = `load ${mode} ${SIZE} ${duration}`
      const samples = await takeTurns(bench, {
        ours: () => measure(servers.ours, clients.ours, load),
        dgram: () => measure(servers.dgram, clients.dgram, `load ${datagramSize(mode)} ${duration} ${PEERS}`),
        c: () => measure(servers.c, clients.c, load)
      })
      const row = {
        scenario: "c",
        name: `echo server, ${mode}`,
        unit: "datagrams per CPU second",
        key: "perCpuSecond"
      }
      return [
        compare({ ...row, partner: "node:dgram", ...(target && { target }) }, samples.ours, samples.dgram),
        compare({ ...row, partner: "C" }, samples.ours, samples.c)
      ]
    }
    return { rows: [...await rowsOf("unreliable", { atLeast: 0.85 }), ...await rowsOf("reliable")] }
  }
}
