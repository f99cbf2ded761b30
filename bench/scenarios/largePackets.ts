/**
 * (f) Reliable packets of 1 MiB: how fast they arrive, and how often their bytes are copied.
 */
import { during, type Pair, startPair } from "../harness/pairs.ts"
import type { Figures } from "../harness/process.ts"
import { amount, compare, type Row, type Scenario, takeTurns } from "../harness/Scenario.ts"
import { figure, medianOf } from "../harness/statistics.ts"
import { startStep } from "./step.ts"

const SIZE = 1024 * 1024

const transfer = async (pair: Pair, count: number): Promise<Figures> => {
  const { client, server } = await during(pair, `flood reliable ${count} ${SIZE}`)
  const mebibytes = count * SIZE / 1e6
  return {
    rate: mebibytes / figure(client, "wallMicros") * 1e6,
    sender: figure(client, "cpuMicros") / count / 1000,
    receiver: figure(server, "cpuMicros") / count / 1000
  }
}

export const scenario: Scenario = {
  id: "f",
  title: "1 MiB reliable packets",
  run: async (bench) => {
    const { start } = bench
    const pairs = {
      ours: await startPair(start, ["enetServer", "count"], ["enetClient", "client"]),
      c: await startPair(start, ["c", "server"], ["c", "client"])
    }
    const count = amount(bench, 48, 4)
    const samples = await takeTurns(bench, {
      ours: () => transfer(pairs.ours, count),
      c: () => transfer(pairs.c, count)
    })
    const cpu = (key: string) =>
      [samples.ours, samples.c].map((of) => `${medianOf(of, key).toFixed(2)} ms`).join(", C ")
    const beside = `CPU per packet: sender ${cpu("sender")}; receiver ${cpu("receiver")}`
    const row = { scenario: "f", partner: "C", key: "rate" }
    const step = await startStep(start)
    const copied = await step.ask(`packet ${SIZE}`)
    const handed = await pairs.ours.client.ask(`handover ${SIZE}`)
    const out = figure(copied, "out") + figure(handed, "copied")
    const copies = (name: string, bytes: number): Row => ({
      scenario: "f",
      name,
      unit: "bytes of buffers per packet",
      ours: bytes,
      partner: "the packet once",
      theirs: SIZE,
      ratio: bytes / SIZE,
      target: { atMost: 1.1 }
    })
    return {
      rows: [
        compare(
          { ...row, name: "1 MiB packets", unit: "MB/s", target: { atLeast: 0.6 }, beside },
          samples.ours,
          samples.c
        ),
        { ...copies("1 MiB packets, copied on the way in", figure(copied, "into")), beside: "step" },
        {
          ...copies("1 MiB packets, copied on the way out", out),
          beside: `step ${(figure(copied, "out") / SIZE).toFixed(2)}, peer.send ${
            (figure(handed, "copied") / SIZE).toFixed(2)
          }`
        }
      ]
    }
  }
}
