import type { Host } from "@effect-enet/core/protocol"
import type { Command } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { fromHex, toHex } from "../wire/samples.ts"
import { connectedPair } from "./Pair.ts"
import { clientRig, connectingRig, REMOTE, Rig, serverRig } from "./Rig.ts"
import { connect, CONNECT_ID, ping, verifyConnect } from "./segments.ts"

/** What a host with these settings answers to a CONNECT. */
const answer = (settings: Partial<Host.Settings>, fields: Partial<Command.Connect>) => {
  const rig = new Rig(settings)
  rig.receive(connect(fields), { peerID: 0xfff })
  const sent = rig.service()
  const [verify] = sent[0]?.commands ?? []
  return { rig, sent, verify: verify?._tag === "VerifyConnect" ? verify : undefined, link: rig.peer?.link }
}

describe("13.13 the bytes of the handshake", () => {
  it("13.13 CONNECT has its fourteen fields at their offsets", () => {
    const rig = new Rig({ incomingBandwidth: 200_000, outgoingBandwidth: 300_000, mtu: 1300 })
    rig.apply({ _tag: "Connect", address: REMOTE, channelCount: 5, data: 0x01020304, connectID: 0xdeadbeef })
    const [sent] = rig.service()
    expect(toHex(sent!.bytes)).toBe(toHex(fromHex(`8fff 03e8 82 ff 0001 0000 ff ff 00000514 00004000 00000005
      00030d40 000493e0 00001388 00000002 00000002 deadbeef 01020304`)))
    expect(sent!.bytes.length).toBe(52)
  })

  it("13.13 VERIFY_CONNECT has the connect id's bytes unchanged", () => {
    const { sent } = answer({ incomingBandwidth: 200_000 }, {
      connectID: 0xdeadbeef,
      packetThrottleInterval: 1,
      packetThrottleAcceleration: 2,
      packetThrottleDeceleration: 3
    })
    expect(toHex(sent[0]!.bytes)).toBe(toHex(fromHex(`8007 03e8 83 ff 0001 0000 00 00 00000570 00003000 00000002
      00030d40 00000000 00000001 00000002 00000003 deadbeef`)))
    expect(sent[0]!.bytes.length).toBe(48)
  })

  it("13.13 the connection's acknowledgement is that of VERIFY_CONNECT, and its numbers continue with 2", () => {
    const rig = clientRig()
    const [sent] = rig.service()
    expect(sent!.commands).toMatchObject([
      { _tag: "Acknowledge", channelID: 0xff, receivedReliableSequenceNumber: 1, receivedSentTime: rig.now },
      { _tag: "Ping", reliableSequenceNumber: 2 }
    ])
  })

  it("the number of channels asked for is 1 to 255", () => {
    const asked = (channelCount: number) => {
      const rig = new Rig({ channelLimit: 3 })
      rig.apply({ _tag: "Connect", address: REMOTE, channelCount, data: 0, connectID: 1 })
      const [command] = rig.service()[0]!.commands
      return command?._tag === "Connect" ? command.channelCount : undefined
    }
    expect([0, 1, 200, 255, 256].map(asked)).toEqual([1, 1, 200, 255, 255])
  })
})

describe("what the server settles", () => {
  it("13.14 a CONNECT for 0 or for 256 channels gets silence", () => {
    for (const channelCount of [0, 256, 0xffffffff]) {
      const { link, rig, sent } = answer({}, { channelCount })
      expect(sent).toEqual([])
      expect(link).toBeUndefined()
      expect(rig.state.dropped).toEqual({ ChannelCount: 1 })
    }
  })

  it("13.15 an MTU of 100 becomes 576, one of 9999 the server's own, and the lower one wins", () => {
    const mtu = (own: number, offered: number) => answer({ mtu: own }, { mtu: offered }).verify?.mtu
    expect(mtu(1392, 100)).toBe(576)
    expect(mtu(1392, 9999)).toBe(1392)
    expect(mtu(4096, 9999)).toBe(4096)
    expect(mtu(1392, 1000)).toBe(1000)
    expect(mtu(900, 1000)).toBe(900)
  })

  it("13.15 the client takes the lower one as well", () => {
    const mtu = (own: number, verified: number) =>
      clientRig({ settings: { mtu: own }, verify: { mtu: verified } }).peer.link.mtu
    expect(mtu(1392, 9999)).toBe(1392)
    expect(mtu(1392, 1000)).toBe(1000)
    expect(mtu(1392, 100)).toBe(576)
    expect(mtu(600, 1000)).toBe(600)
  })

  it("13.16 the window for the server's sends, by its outgoing and the client's incoming bandwidth", () => {
    const window = (outgoingBandwidth: number, incomingBandwidth: number) =>
      answer({ outgoingBandwidth }, { incomingBandwidth }).link.windowSize
    expect(window(0, 0)).toBe(65536)
    expect(window(300_000, 0)).toBe(4 * 4096)
    expect(window(0, 131_072)).toBe(2 * 4096)
    expect(window(300_000, 131_072)).toBe(2 * 4096)
    expect(window(70_000, 131_072)).toBe(4096)
    expect(window(0, 1)).toBe(4096)
    expect(window(1, 0xffffffff)).toBe(4096)
    expect(window(0, 0xffffffff)).toBe(65536)
  })

  it("13.16 the window for the client's sends, by the server's incoming bandwidth and the client's wish", () => {
    const window = (incomingBandwidth: number, windowSize: number) =>
      answer({ incomingBandwidth }, { windowSize }).verify!.windowSize
    expect(window(0, 65536)).toBe(65536)
    expect(window(0, 1_000_000)).toBe(65536)
    expect(window(0, 20_000)).toBe(20_000)
    expect(window(200_000, 65536)).toBe(3 * 4096)
    expect(window(200_000, 5000)).toBe(5000)
    expect(window(0, 0)).toBe(4096)
    expect(window(1, 65536)).toBe(4096)
  })

  it("13.16 the client wishes for a window by its outgoing bandwidth, and takes the lower one", () => {
    const wish = (outgoingBandwidth: number) => {
      const rig = connectingRig({ settings: { outgoingBandwidth } })
      return rig.peer.link.windowSize
    }
    expect([0, 1, 131_072, 0xffffffff].map(wish)).toEqual([65536, 4096, 8192, 65536])
    const agreed = (outgoingBandwidth: number, windowSize: number) =>
      clientRig({ settings: { outgoingBandwidth }, verify: { windowSize } }).peer.link.windowSize
    expect(agreed(131_072, 65536)).toBe(8192)
    expect(agreed(0, 5000)).toBe(5000)
    expect(agreed(0, 1)).toBe(4096)
    expect(agreed(0, 0xffffffff)).toBe(65536)
  })

  it("13.16 the two examples that were measured with the C library", () => {
    const settings = { incomingBandwidth: 200_000, outgoingBandwidth: 300_000, channelLimit: 4 }
    const much = answer(settings, { mtu: 9999, windowSize: 1_000_000, channelCount: 255, incomingBandwidth: 100_000 })
    expect(much.verify).toMatchObject({ mtu: 1392, windowSize: 12288, channelCount: 4 })
    expect(much.link?.windowSize).toBe(4096)
    const little = answer(settings, { mtu: 100, windowSize: 100, channelCount: 1, incomingBandwidth: 0 })
    expect(little.verify).toMatchObject({ mtu: 576, windowSize: 4096, channelCount: 1 })
    expect(little.link?.windowSize).toBe(16384)
  })

  it("the bandwidths of both sides are exchanged, the throttle values are the client's", () => {
    const { link, verify } = answer({ incomingBandwidth: 11, outgoingBandwidth: 22 }, {
      incomingBandwidth: 33,
      outgoingBandwidth: 44,
      packetThrottleInterval: 55,
      packetThrottleAcceleration: 66,
      packetThrottleDeceleration: 77
    })
    const throttle = { packetThrottleInterval: 55, packetThrottleAcceleration: 66, packetThrottleDeceleration: 77 }
    expect(verify).toMatchObject({ incomingBandwidth: 11, outgoingBandwidth: 22, ...throttle })
    expect(link).toMatchObject({ incomingBandwidth: 33, outgoingBandwidth: 44, ...throttle })
  })

  it("13.25 connecting with more channels than the server's limit ends with the limit on both sides", () => {
    const { client, server, toClient, toServer } = connectedPair({ server: { channelLimit: 3 }, channelCount: 200 })
    expect(server.peer(toClient).link.channelCount).toBe(3)
    expect(client.peer(toServer).link.channelCount).toBe(3)
    expect(client.send(toServer, 2, "x")).toBeUndefined()
    expect(client.send(toServer, 3, "x")).toBe("InvalidChannel")
  })

  it("13.25 a server cannot give more channels than were asked for", () => {
    expect(clientRig({ call: { channelCount: 2 }, verify: { channelCount: 200 } }).peer.link.channelCount).toBe(2)
  })
})

describe("13.17 session ids", () => {
  it("13.17 five connections of the same two slots use 0, 1, 2, 3 and 0", () => {
    const { client, network, server } = connectedPair({
      server: { proving: undefined },
      client: { proving: undefined }
    })
    const sessions: Array<ReadonlyArray<number>> = []
    for (let i = 0; i < 5; i++) {
      const here = client.state.peers.get(0)!.link
      const there = server.state.peers.get(0)!.link
      sessions.push([here.outgoingSessionID, here.incomingSessionID, there.incomingSessionID, there.outgoingSessionID])
      client.apply([{ _tag: "Disconnect", peer: { slot: 0, connection: i + 1 }, data: 0 }])
      network.pass(50)
      client.connect(server, { connectID: i + 2 })
      network.settle()
    }
    expect(sessions).toEqual([0, 1, 2, 3, 0].map((id) => [id, id, id, id]))
  })

  it("13.17 0xFF from the client stands for the server's own last id", () => {
    const rig = serverRig({ connect: { incomingSessionID: 1, outgoingSessionID: 2 } })
    expect(rig.peer.link).toMatchObject({ outgoingSessionID: 2, incomingSessionID: 3 })
    rig.apply({ _tag: "Reset", peer: rig.ref })
    rig.receive(connect({ connectID: 2 }), { peerID: 0xfff })
    expect(rig.sends()).toMatchObject([[{ incomingSessionID: 3, outgoingSessionID: 0 }]])
    expect(rig.peer.link).toMatchObject({ outgoingSessionID: 3, incomingSessionID: 0 })
  })

  it("13.17 the new id is never the one that the slot used last", () => {
    const rig = serverRig({ connect: { incomingSessionID: 1, outgoingSessionID: 2 } })
    rig.apply({ _tag: "Reset", peer: rig.ref })
    // another client, whose next ids are the ones that the slot has just used
    rig.receive(connect({ connectID: 2, incomingSessionID: 1, outgoingSessionID: 2 }), { peerID: 0xfff })
    expect(rig.sends()).toMatchObject([[{ incomingSessionID: 3, outgoingSessionID: 0 }]])
  })
})

describe("repeated and competing requests", () => {
  const verifies = (rig: Rig) => rig.sendsTags().flat().filter((tag) => tag === "VerifyConnect").length

  it("13.18 a retransmitted CONNECT is ignored while the slot lives", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    expect(verifies(rig)).toBe(1)
    rig.receive(connect(), { peerID: 0xfff })
    rig.receive(connect({ mtu: 700, data: 9 }), { peerID: 0xfff })
    expect(verifies(rig)).toBe(0)
    expect(rig.state.takenSlots).toBe(1)
    rig.acknowledge({ ...rig.pass(500)[0]! })
    expect(rig.lines()).toEqual(["Connect 0"])
    rig.receive(connect(), { peerID: 0xfff })
    expect(rig.state.takenSlots).toBe(1)
    expect(rig.state.dropped).toEqual({})
  })

  it("13.18 after the slot was freed, the same CONNECT is a new connection", () => {
    const rig = serverRig()
    rig.apply({ _tag: "Reset", peer: rig.ref })
    rig.receive(connect(), { peerID: 0xfff })
    expect(verifies(rig)).toBe(1)
  })

  it("13.19 another connect id of the same host takes another slot, until duplicatePeers is reached", () => {
    const rig = new Rig({ duplicatePeers: 3 })
    for (let i = 0; i < 5; i++) {
      rig.receive(connect({ connectID: i }), { peerID: 0xfff, from: { ...REMOTE, port: 9000 + (i >> 1) } })
    }
    expect(rig.state.takenSlots).toBe(3)
    expect(verifies(rig)).toBe(3)
    expect(rig.state.dropped).toEqual({ DuplicatePeers: 2 })
    rig.receive(connect({ connectID: 9 }), { peerID: 0xfff, from: { host: "10.0.0.9", port: 1 } })
    expect(rig.state.takenSlots).toBe(4)
  })

  it("13.19 connections that the host itself opens do not count", () => {
    const rig = connectingRig({ settings: { duplicatePeers: 1 } })
    rig.receive(connect(), { peerID: 0xfff })
    expect(rig.state.takenSlots).toBe(2)
    rig.receive(connect({ connectID: 2 }), { peerID: 0xfff })
    expect(rig.state.takenSlots).toBe(2)
  })

  it("a connection takes the lowest free slot", () => {
    const rig = new Rig()
    const join = (connectID: number) => rig.join({ connectID }, { from: { ...REMOTE, port: 9000 + connectID } })
    const refs = [1, 2, 3, 4].map(join)
    expect(refs.map(({ slot }) => slot)).toEqual([0, 1, 2, 3])
    for (const peer of [refs[2]!, refs[1]!]) rig.apply({ _tag: "Reset", peer })
    expect([5, 6, 7].map(join).map(({ slot }) => slot)).toEqual([1, 2, 4])
  })

  it("a host that refuses new connections is silent, and its connections live on", () => {
    const rig = serverRig()
    rig.apply({ _tag: "RefuseNewConnections", refuse: true })
    rig.receive(connect({ connectID: 2 }), { peerID: 0xfff })
    expect(rig.service()).toEqual([])
    expect(rig.state.dropped).toEqual({ Refusing: 1 })
    rig.receive(ping())
    expect(rig.sendsTags()).toEqual([["Acknowledge"]])
    rig.apply({ _tag: "RefuseNewConnections", refuse: false })
    rig.receive(connect({ connectID: 2 }), { peerID: 0xfff })
    expect(rig.state.takenSlots).toBe(2)
  })

  it("the channel limit holds for later connections", () => {
    const rig = new Rig()
    const granted = (connectID: number) => {
      rig.join({ connectID, channelCount: 200 }, { from: { ...REMOTE, port: connectID } })
      return rig.peer.link.channelCount
    }
    expect(granted(1)).toBe(200)
    rig.apply({ _tag: "ChannelLimit", limit: 7 })
    expect(granted(2)).toBe(7)
    rig.apply({ _tag: "ChannelLimit", limit: 0 })
    expect(granted(3)).toBe(200)
  })

  it("the answer to a CONNECT names the slot of the server and the id of the client", () => {
    const rig = serverRig()
    rig.receive(connect({ connectID: 2 }), { peerID: 0xfff, from: { ...REMOTE, port: 9001 } })
    expect(rig.sends()).toMatchObject([[{ _tag: "VerifyConnect", outgoingPeerID: 1, connectID: 2 }]])
    expect(verifyConnect().connectID).toBe(CONNECT_ID)
  })
})
