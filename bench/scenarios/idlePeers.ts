/**
 * (g) 4,000 idle connections, which ping each other twice a second, beside as many bare datagrams as those pings make.
 * All servers run at the same time.
 */
import { sleep, startPair } from "../harness/pairs.ts"
import type { Figures } from "../harness/process.ts"
import { amount, compare, type Scenario } from "../harness/Scenario.ts"
import { difference, figure, medianOf } from "../harness/statistics.ts"

const PEERS = 4000
/** An acknowledgement, and a ping after the time that it was sent. */
const DATAGRAM_SIZE = 12

type Name = "ours" | "dgram" | "c"

export const scenario: Scenario = {
  id: "g",
  title: "4,000 idle peers",
  run: async (bench) => {
    const { start } = bench
    const peers = amount(bench, PEERS, 200)
    const duration = amount(bench, 2000, 600)
    const server = { peers: 4095 }
    const client = ["enetClient", "client", { peers, slots: 4095 }] as const
    const pairs = {
      ours: await startPair(start, ["enetServer", "count", server], client),
      dgram: await startPair(start, ["dgram", "echo"], ["c", "udp"]),
      c: await startPair(start, ["c", "server", server], client)
    }
    const read = async (): Promise<Readonly<Record<Name, Figures>>> => {
      const [ours, dgram, c] = await Promise.all(
        [pairs.ours, pairs.dgram, pairs.c].map((pair) => pair.server.ask("snapshot"))
      )
      if (ours === undefined || dgram === undefined || c === undefined) throw new Error("no snapshot")
      return { ours, dgram, c }
    }
    const window = async (perSecond: number): Promise<Readonly<Record<Name, Figures>>> => {
      const rate = pairs.dgram.client.ask(`rate ${DATAGRAM_SIZE} ${perSecond} ${duration + 200}`)
      await sleep(100)
      const before = await read()
      await sleep(duration)
      const after = await read()
      await rate
      const used = (name: Name): Figures => {
        const figures = difference(before[name], after[name])
        const datagrams = figure(figures, "received") + figure(figures, "sent")
        return {
          cpu: figure(figures, "cpuMicros") / datagrams,
          received: figure(figures, "received") / figure(figures, "wallMicros") * 1e6,
          share: figure(figures, "cpuMicros") / figure(figures, "wallMicros")
        }
      }
      return { ours: used("ours"), dgram: used("dgram"), c: used("c") }
    }
    const first = await window(1000)
    const perSecond = Math.round(figure(first.ours, "received"))
    const samples: Array<Readonly<Record<Name, Figures>>> = []
    for (let round = 0; round <= bench.rounds; round++) {
      const sample = await window(perSecond)
      if (round > 0) samples.push(sample)
      bench.progress(`round ${round} of ${bench.rounds}`)
    }
    const of = (name: Name) => samples.map((sample) => sample[name])
    const share = (name: Name) => `${(medianOf(of(name), "share") * 100).toFixed(1)} %`
    const beside = `${perSecond} datagrams/s in; of a core: ${share("ours")}, dgram ${share("dgram")}, C ${share("c")}`
    const row = { scenario: "g", name: `${peers} idle peers`, unit: "µs CPU per datagram", key: "cpu", beside }
    return {
      rows: [
        compare({ ...row, partner: "node:dgram", target: { atMost: 1.2 } }, of("ours"), of("dgram")),
        compare({ ...row, partner: "C" }, of("ours"), of("c"))
      ]
    }
  }
}
