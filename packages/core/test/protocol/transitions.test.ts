import { PeerState } from "@effect-enet/core/protocol"
import { describe, expect, it } from "@effect/vitest"
import type { Recorded } from "./Pair.ts"
import { randomRun } from "./randomRun.ts"
import { connectingRig, type Rig } from "./Rig.ts"
import { disconnect, verifyConnect } from "./segments.ts"

const { stateNames, transitions } = PeerState

/** Every change of a peer's state in one step. */
const changes = ({ after, before, outputs }: Recorded): Array<string> =>
  outputs.touched.flatMap((slot) => {
    const from = stateNames[before.peers.get(slot)?.state ?? 0]!
    const to = stateNames[after.peers.get(slot)!.state]!
    return from === to ? [] : [`${from} -> ${to}`]
  })

const table = new Set(
  stateNames.flatMap((from) => transitions[from].map((to) => `${from} -> ${to}`))
)

const isLegal = (change: string) => table.has(change) || change.endsWith(" -> Disconnected")

/** What is rare in a random run: an end that comes before the application knew of the connection. */
const early = (end: (rig: Rig) => void): string => {
  const rig = connectingRig()
  rig.options = { eventSlots: 0 }
  rig.receive(verifyConnect(), { sessionID: 0 })
  const from = rig.stateName
  end(rig)
  return `${from} -> ${rig.stateName}`
}

describe("the states of peers", () => {
  it("change as the table says, or by a reset, with one command or call a step; every change occurs", {
    timeout: 60_000
  }, () => {
    const seen = new Set([
      early((rig) => rig.receive(disconnect(0, 2))),
      early((rig) => rig.apply({ _tag: "Reset", peer: rig.ref }))
    ])
    for (let seed = 1; seed <= 8; seed++) {
      randomRun({
        seed,
        rounds: 2500,
        // with a proof, a slot is taken and connected by one acknowledgement
        settings: { proving: undefined },
        split: true,
        observe: (recorded) => {
          for (const change of changes(recorded)) {
            if (!isLegal(change)) throw new Error(`${change} by ${recorded.inputs[0]?._tag} in seed ${seed}`)
            seen.add(change)
          }
        }
      })
    }
    expect([...table].filter((change) => !seen.has(change))).toEqual([])
    expect(stateNames.filter((name) => name !== "Disconnected" && !seen.has(`${name} -> Disconnected`))).toEqual([])
  })

  it("a host counts its established peers right", { timeout: 60_000 }, () => {
    randomRun({
      seed: 99,
      rounds: 3000,
      observe: ({ after }) => {
        let [taken, connected, limited] = [0, 0, 0]
        after.peers.forEach(({ link, state }) => {
          if (state !== PeerState.PeerState.Disconnected) taken++
          if (PeerState.isEstablished(state)) {
            connected++
            if (link.incomingBandwidth !== 0) limited++
          }
        })
        if (
          taken !== after.takenSlots || connected !== after.connectedPeers || limited !== after.bandwidthLimitedPeers
        ) throw new Error("the counters are wrong")
      }
    })
  })
})
