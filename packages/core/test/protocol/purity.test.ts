import { Host, step, Workspace } from "@effect-enet/core/protocol"
import { Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { isDeepStrictEqual } from "node:util"
import { deepFreeze } from "./deepFreeze.ts"
import type { Recorded } from "./Pair.ts"
import { randomRun } from "./randomRun.ts"
import { runLength } from "./runLength.ts"

const settings: ReadonlyArray<[string, Partial<Host.Settings>]> = [
  ["plain", {}],
  ["with a checksum", { checksum: Crc32.crc32 }],
  ["with a compressor and bandwidth limits", {
    compressor: runLength,
    incomingBandwidth: 100_000,
    outgoingBandwidth: 50_000
  }]
]

describe("the reducer is pure", () => {
  for (const [i, [name, more]] of settings.entries()) {
    it(`a long random run changes no state and no input, ${name}`, { timeout: 60_000 }, () => {
      const seen = new WeakSet()
      const kept: Array<readonly [Uint8Array, Uint8Array]> = []
      const freeze = (value: unknown) => deepFreeze(value, seen, (bytes) => kept.push([bytes, bytes.slice()]))
      const recorded: Array<Recorded> = []
      const again = ({ before, inputs, now, options, outputs }: Recorded) =>
        isDeepStrictEqual(step(before, inputs, now, options).outputs, outputs)

      const network = randomRun({
        seed: 100 + i,
        rounds: 4000,
        settings: more,
        observe: (one) => {
          freeze([one.before, one.inputs, one.options, one.after, one.outputs])
          recorded.push(one)
          // a state that is a few steps old
          const old = recorded[Math.max(recorded.length - 1 - (recorded.length % 40), 0)]!
          if (recorded.length % 7 === 0 && !again(old)) throw new Error("an old state gives another result")
        }
      })

      expect(recorded.length).toBeGreaterThan(15_000)
      expect(new Set(recorded.flatMap(({ outputs }) => outputs.events.map(({ _tag }) => _tag)))).toEqual(
        new Set(["Connect", "Receive", "Disconnect"])
      )
      for (const [bytes, copy] of kept) {
        if (Buffer.compare(bytes, copy) !== 0) throw new Error("bytes of a state or an input have changed")
      }
      // states of the whole run, long after
      for (let k = 0; k < recorded.length; k += 13) {
        if (!again(recorded[k]!)) throw new Error(`step ${k} gives another result at the end`)
      }
      // the list of inputs, from the start, with a workspace that all steps share
      for (const node of network.nodes) {
        const workspace = new Workspace()
        let state = Host.make(node.settings)
        for (const { inputs, now, options, outputs } of recorded.filter((one) => one.node === node)) {
          const result = step(state, inputs, now, { ...options, workspace })
          if (!isDeepStrictEqual(result.outputs, outputs)) throw new Error("the replay gives another result")
          state = result.state
        }
      }
    })
  }

  it("several inputs in one step do what they do one by one", { timeout: 60_000 }, () => {
    const recorded: Array<Recorded> = []
    const network = randomRun({ seed: 7, rounds: 2000, observe: (one) => recorded.push(one) })
    const node = network.nodes[0]!
    const steps = recorded.filter((one) => one.node === node)
    let batches = 0
    const fitsBehind = (first: Recorded, one: Recorded | undefined) =>
      one !== undefined && one.now === first.now && one.options?.eventSlots === undefined
    for (let start = 0; start < steps.length;) {
      const first = steps[start]!
      let end = start + 1
      if (first.options?.eventSlots === undefined) { while (fitsBehind(first, steps[end])) end++ }
      if (end > start + 1) {
        batches++
        const batch = steps.slice(start, end)
        const { outputs, state } = step(first.before, batch.flatMap(({ inputs }) => inputs), first.now)
        const expected = {
          transmits: batch.flatMap((one) => one.outputs.transmits),
          events: batch.flatMap((one) => one.outputs.events)
        }
        if (!isDeepStrictEqual({ transmits: outputs.transmits, events: outputs.events }, expected)) {
          throw new Error("a batch gives another result")
        }
        const { dropped, totalReceivedData, totalSentData } = batch.at(-1)!.after
        expect(state).toMatchObject({ dropped, totalReceivedData, totalSentData })
      }
      start = end
    }
    expect(batches).toBeGreaterThan(1000)
  })
})
