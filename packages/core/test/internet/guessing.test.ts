import { describe, expect, it } from "@effect/vitest"
import { connectingRig } from "../protocol/Rig.ts"
import {
  ack,
  bandwidthLimit,
  disconnect,
  fragment,
  ping,
  reliable,
  throttleConfigure,
  unreliable,
  unsequenced
} from "../protocol/segments.ts"
import { SECRET, Server, Stranger } from "./Stranger.ts"

/** What somebody may want to slip into a connection. */
const forgeries = {
  "an acknowledgement": ack(1, 0),
  "a ping": ping(2),
  "reliable data": reliable(0, 1, "forged"),
  "unreliable data": unreliable(0, 0, 1, "forged"),
  "unsequenced data": unsequenced(0, 1, "forged"),
  "a fragment, to spoil a packet": fragment(0, {
    number: 0,
    start: 1,
    count: 2,
    offset: 0,
    total: 12,
    payload: "forged"
  }),
  "BANDWIDTH_LIMIT": bandwidthLimit(1, 1, 2),
  "THROTTLE_CONFIGURE": throttleConfigure(1, 0, 0, 2),
  "DISCONNECT": disconnect(0, 2)
}

describe("a datagram with a peer's address and another peer id or session id", () => {
  it.each(Object.entries(forgeries))("changes nothing with %s", (_, command) => {
    const server = new Server()
    const client = new Stranger(server, "192.0.2.1")
    client.asks()
    client.acknowledges()
    expect(server.lines()).toEqual(["Connect 0"])
    server.service()
    const { proof } = client
    const before = server.state.peers.get(0)
    for (const sessionID of [1, 2, 3].map((other) => proof.sessionID ^ other)) {
      client.says({ ...proof, sessionID }, command)
    }
    client.says({ ...proof, peerID: (proof.peerID + 1) % 4095 }, command)
    expect(server.lines()).toEqual([])
    expect(server.service()).toEqual([])
    expect(server.state.peers.get(0)).toEqual(before)
    expect(server.dropped).toEqual({ WrongSession: 3, UnknownPeer: 1 })
  })
})

describe("a DISCONNECT with a server's address, to a client that waits for its answer", () => {
  it("ends the attempt with one guess in 4,095 of the client's peer id, where ENet's is its slot", () => {
    const rig = connectingRig({ settings: { proving: { secret: SECRET } } })
    const right = rig.peer.link.incomingPeerID
    for (let peerID = 0; peerID < 4095; peerID++) {
      if (peerID !== right) rig.receive(disconnect(7, 1, 0x40), { peerID, sessionID: 0, sentTime: undefined })
    }
    expect(rig.stateName).toBe("Connecting")
    rig.receive(disconnect(7, 1, 0x40), { peerID: right, sessionID: 0, sentTime: undefined })
    expect(rig.lines()).toEqual(["Disconnect 7 Refused"])
  })
})
