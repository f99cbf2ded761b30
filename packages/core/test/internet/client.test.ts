import { describe, expect, it } from "@effect/vitest"
import { connectingRig } from "../protocol/Rig.ts"
import { ack, verifyConnect } from "../protocol/segments.ts"
import { SECRET } from "./Stranger.ts"

/** A protected host that waits for the answer to its CONNECT, and the peer id that it gave to the remote. */
const connecting = (secret: readonly [number, number, number, number] = SECRET) => {
  const rig = connectingRig({ settings: { proving: { secret } } })
  return { rig, peerID: rig.peer.link.incomingPeerID }
}

describe("a client that waits for its answer", () => {
  it("has a peer id that others cannot guess", () => {
    const ids = new Set(Array.from({ length: 50 }, (_, index) => connecting([index, 0, 0, 0]).peerID))
    expect(ids.size).toBeGreaterThan(45)
  })

  it("goes on waiting when the answer to another attempt comes, and takes its own", () => {
    const { peerID, rig } = connecting()
    rig.receive(verifyConnect({ connectID: 1 }), { peerID, sessionID: 0 })
    expect(rig.stateName).toBe("Connecting")
    expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
    rig.receive(verifyConnect(), { peerID, sessionID: 0 })
    expect(rig.lines()).toEqual(["Connect 0"])
  })

  it("cannot be hung by an acknowledgement of its CONNECT", () => {
    const { peerID, rig } = connecting()
    rig.receive(ack(1, rig.now), { peerID, sentTime: undefined })
    expect(rig.pass(31_000, 100).map(({ commands }) => commands[0]?._tag)).toEqual(new Array(5).fill("Connect"))
    rig.pass(1000)
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
  })
})
