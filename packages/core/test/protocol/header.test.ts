import { PeerState } from "@effect-enet/core/protocol"
import { describe, expect, it } from "@effect/vitest"
import { connectedPair } from "./Pair.ts"
import { clientRig, connectingRig, REMOTE, Rig, serverRig } from "./Rig.ts"
import { ack, connect, ping, reliable, verifyConnect } from "./segments.ts"

describe("datagram headers", () => {
  it("13.1 a datagram of acknowledgements only has a header of two bytes", () => {
    const rig = serverRig()
    rig.receive(ping(2))
    const [sent] = rig.service()
    expect(sent).toMatchObject({ word: 0x0007, sentTime: undefined, commands: [ack(2, rig.now)] })
    expect(sent!.bytes.length).toBe(2 + 8)
  })

  it("13.1 a datagram of unreliable packets has a header of two bytes", () => {
    const rig = serverRig()
    rig.send(0, "x", 0)
    expect(rig.service()).toMatchObject([{ word: 0x0007, sentTime: undefined, bytes: { length: 2 + 9 } }])
  })

  it("13.1 any command that wants an acknowledgement makes the header four bytes", () => {
    const rig = serverRig()
    rig.receive(ping(2))
    rig.send(0, "x", 1)
    const [sent] = rig.service()
    expect(sent).toMatchObject({ word: 0x8007, sentTime: rig.now & 0xffff })
    expect(sent!.bytes.length).toBe(4 + 8 + 7)
  })

  it("13.1 the sent time is the low half of the clock", () => {
    const rig = serverRig()
    rig.now = 0x12348765
    rig.send(0, "x", 1)
    expect(rig.service()[0]?.sentTime).toBe(0x8765)
  })

  it("13.2 CONNECT goes to peer 0xFFF without session bits", () => {
    const rig = new Rig()
    rig.apply({ _tag: "Connect", address: REMOTE, channelCount: 1, data: 0, connectID: 1 })
    expect(rig.service()).toMatchObject([{ word: 0x8fff, to: REMOTE }])
  })

  it("13.2 a second CONNECT of a used slot has no session bits either", () => {
    const rig = clientRig({ verify: { incomingSessionID: 2, outgoingSessionID: 3 } })
    rig.apply({ _tag: "Reset", peer: rig.ref })
    rig.apply({ _tag: "Connect", address: REMOTE, channelCount: 1, data: 0, connectID: 2 })
    expect(rig.service()).toMatchObject([{
      word: 0x8fff,
      commands: [{ _tag: "Connect", incomingSessionID: 2, outgoingSessionID: 3 }]
    }])
  })

  it("13.2 session bits appear from VERIFY_CONNECT on", () => {
    const rig = new Rig()
    rig.receive(connect({ incomingSessionID: 1, outgoingSessionID: 2 }), { peerID: 0xfff })
    const verify = rig.service()
    expect(verify).toMatchObject([{ word: 0x8000 | (2 << 12) | 7, commands: [{ _tag: "VerifyConnect" }] }])
    rig.acknowledge(...verify)
    rig.receive(ping(2))
    expect(rig.service()).toMatchObject([{ word: (2 << 12) | 7, commands: [{ _tag: "Acknowledge" }] }])
  })

  it("13.2 the client uses the session that VERIFY_CONNECT gave it", () => {
    const rig = clientRig({ verify: { incomingSessionID: 1, outgoingSessionID: 3 } })
    const [sent] = rig.service()
    expect(sent!.word & 0x3fff).toBe((3 << 12) | 7)
  })
})

describe("13.3 datagrams that are not for a connection have no effect and get no answer", () => {
  const unchanged = (reason: string, act: (rig: Rig) => void) => {
    const rig = serverRig({ settings: { maxPeers: 2 } })
    rig.service()
    const before = rig.peer
    act(rig)
    expect(rig.peer).toBe(before)
    expect(rig.service()).toEqual([])
    expect(rig.lines()).toEqual([])
    expect(rig.state.dropped).toEqual({ [reason]: 1 })
  }

  it("13.3 to a slot that the host does not have", () => {
    unchanged("UnknownPeer", (rig) => rig.receive(ping(), { peerID: 2 }))
  })

  it("13.3 to a free slot", () => {
    unchanged("NotConnected", (rig) => rig.receive(ping(), { peerID: 1 }))
  })

  it("13.3 from another port", () => {
    unchanged("WrongAddress", (rig) => rig.receive(ping(), { from: { ...REMOTE, port: 9001 } }))
  })

  it("13.3 from another host", () => {
    unchanged("WrongAddress", (rig) => rig.receive(ping(), { from: { ...REMOTE, host: "10.0.0.3" } }))
  })

  it("13.3 with another session", () => {
    unchanged("WrongSession", (rig) => rig.receive(ping(), { sessionID: 1 }))
  })

  it("13.3 to no peer, when they are not a CONNECT", () => {
    unchanged("Unacceptable", (rig) => rig.receive(ping(), { peerID: 0xfff }))
  })

  it("13.3 to a slot that was freed", () => {
    const rig = serverRig()
    rig.apply({ _tag: "Reset", peer: rig.ref })
    rig.receive(reliable(0, 1, "x"))
    expect(rig.service()).toEqual([])
    expect(rig.lines()).toEqual([])
    expect(rig.state.dropped).toEqual({ NotConnected: 1 })
  })

  it("a connecting peer does not look at the session", () => {
    const rig = connectingRig()
    rig.receive(verifyConnect({ incomingSessionID: 2 }), { sessionID: 3 })
    expect(rig.lines()).toEqual(["Connect 0"])
  })
})

describe("13.4 a connection to the broadcast address", () => {
  const ANSWERER = { host: "10.0.0.77", port: 4444 }
  const broadcastRig = () => connectingRig({ call: { address: { host: "255.255.255.255", port: 9000 } } })

  it("13.4 takes the first answer from any address and adopts the address", () => {
    const rig = broadcastRig()
    rig.receive(verifyConnect(), { from: ANSWERER, sessionID: 0 })
    expect(rig.lines()).toEqual(["Connect 0"])
    expect(rig.peer.link.address).toEqual(ANSWERER)
    expect(rig.service()).toMatchObject([{ to: ANSWERER, commands: [{ _tag: "Acknowledge" }, { _tag: "Ping" }] }])
    rig.receive(ping(), { from: { ...ANSWERER, port: 4445 } })
    expect(rig.state.dropped).toEqual({ WrongAddress: 1 })
  })

  it("counts as a connection with the adopted address from then on", () => {
    const rig = broadcastRig()
    rig.receive(verifyConnect(), { from: ANSWERER, sessionID: 0 })
    rig.state.settings = { ...rig.state.settings, duplicatePeers: 1 }
    rig.receive(connect(), { from: { ...ANSWERER, port: 1 }, peerID: 0xfff })
    expect(rig.state.dropped).toEqual({ DuplicatePeers: 1 })
  })

  it("leaves nothing behind when it ends", () => {
    const rig = broadcastRig()
    rig.receive(verifyConnect(), { from: ANSWERER, sessionID: 0 })
    rig.apply({ _tag: "Reset", peer: rig.ref })
    const slots: Array<number> = []
    rig.state.neighbours.forEach((near) => slots.push(...near))
    expect(slots).toEqual([])
  })
})

describe("two hosts", () => {
  it("hold each other's session and slot after the handshake", () => {
    const enet = { proving: undefined }
    const { client, server, toClient, toServer } = connectedPair({ server: enet, client: enet })
    const there = server.peer(toClient).link
    const here = client.peer(toServer).link
    expect([here.outgoingSessionID, here.incomingSessionID]).toEqual([there.incomingSessionID, there.outgoingSessionID])
    expect([here.outgoingPeerID, there.outgoingPeerID]).toEqual([toClient.slot, toServer.slot])
    expect(here.connectID).toBe(there.connectID)
    expect([client.peer(toServer).state, server.peer(toClient).state]).toEqual([
      PeerState.PeerState.Connected,
      PeerState.PeerState.Connected
    ])
  })
})
