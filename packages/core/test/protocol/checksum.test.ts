import { Bytes, Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { toHex } from "../wire/samples.ts"
import { connectedPair, textOf } from "./Pair.ts"
import { connectingRig, REMOTE, Rig, serverRig } from "./Rig.ts"
import { ack, connect, CONNECT_ID, datagram, ping, reliable, verifyConnect } from "./segments.ts"

const settings = { checksum: Crc32.crc32 }

/** The checksum of a datagram with this in its place. */
const computed = (bytes: Uint8Array, seed: number) => {
  const copy = bytes.slice()
  Bytes.writeUint32(copy, (bytes[0]! & 0x80) === 0 ? 2 : 4, seed)
  return Crc32.crc32(copy)
}

describe("13.72 the checksum", () => {
  it("13.72 of CONNECT is computed with 0 in its place, and stands most significant byte first", () => {
    const rig = new Rig(settings)
    rig.apply({ _tag: "Connect", address: REMOTE, channelCount: 1, data: 0, connectID: CONNECT_ID })
    const [sent] = rig.service()
    expect(sent!.bytes.length).toBe(56)
    expect(sent!.checksum).toBe(computed(sent!.bytes, 0))
  })

  it("13.72 of everything else is computed with the connect id in its place, behind four or two bytes of header", () => {
    const rig = new Rig(settings)
    rig.receive(connect(), { peerID: 0xfff })
    const [verify] = rig.service()
    expect(verify!.checksum).toBe(computed(verify!.bytes, CONNECT_ID))
    rig.acknowledge(verify!)
    expect(rig.lines()).toEqual(["Connect 0"])
    rig.receive(ping())
    const [acks] = rig.service()
    expect(acks!.bytes.length).toBe(2 + 4 + 8)
    expect(acks!.checksum).toBe(computed(acks!.bytes, CONNECT_ID))
  })

  it("13.72 what a connecting client sends has 0 in its place, as it goes to peer 0xFFF", () => {
    const rig = connectingRig({ settings })
    const [sent] = rig.apply({ _tag: "Disconnect", peer: rig.ref, data: 0 })
    expect(sent!.checksum).toBe(computed(sent!.bytes, 0))
  })

  it("13.72 a connecting client expects its connect id", () => {
    const accepted = (seed: number) => {
      const rig = connectingRig({ settings })
      rig.receive(verifyConnect(), { sessionID: 0, checksum: { compute: Crc32.crc32, seed } })
      return rig.lines()
    }
    expect(accepted(CONNECT_ID)).toEqual(["Connect 0"])
    expect(accepted(0)).toEqual([])
  })

  it("13.72 the bytes of a whole datagram", () => {
    const rig = serverRig({ settings, connect: { connectID: 0xdeadbeef, outgoingPeerID: 3 } })
    rig.apply({ _tag: "Ping", peer: rig.ref })
    // zlib gives 7157f24c for 800303f8 deadbeef 85ff0002
    expect(toHex(rig.service()[0]!.bytes)).toBe("800303f87157f24c85ff0002")
  })

  it("13.72 any function can take its place", () => {
    const { client, network, server, toServer } = connectedPair({
      server: { checksum: (bytes) => bytes.length * 0x01010101 },
      client: { checksum: (bytes) => bytes.length * 0x01010101 }
    })
    client.send(toServer, 0, "hello")
    network.settle()
    expect(server.takeEvents().map((event) => event._tag === "Receive" && textOf(event.payload))).toEqual(["hello"])
  })
})

describe("13.74 a datagram with a wrong checksum", () => {
  it("13.74 changes no field of the peer, not even the address or the data totals", () => {
    const rig = serverRig({ settings })
    rig.service()
    const before = rig.peer
    rig.receive(reliable(0, 1, "x"), { checksum: { compute: Crc32.crc32, seed: 1 } })
    rig.receive(reliable(0, 1, "x"), { checksum: { compute: (bytes) => Crc32.crc32(bytes) ^ 1, seed: CONNECT_ID } })
    expect(rig.peer).toBe(before)
    expect(rig.lines()).toEqual([])
    expect(rig.state.dropped).toEqual({ Checksum: 2 })
  })

  it("13.74 does not resolve a broadcast connection", () => {
    const rig = connectingRig({ settings, call: { address: { host: "255.255.255.255", port: 1 } } })
    const before = rig.peer
    rig.receive(verifyConnect(), { sessionID: 0, from: REMOTE, checksum: { compute: Crc32.crc32, seed: 1 } })
    expect(rig.peer).toBe(before)
  })

  it("13.74 does not open a connection", () => {
    const rig = new Rig(settings)
    rig.receive(connect(), { peerID: 0xfff, checksum: { compute: Crc32.crc32, seed: CONNECT_ID } })
    expect(rig.state.takenSlots).toBe(0)
    expect(rig.state.dropped).toEqual({ Checksum: 1 })
  })

  it("13.74 any changed bit is noticed", () => {
    const rig = serverRig({ settings })
    rig.service()
    const good = datagram({
      peerID: 0,
      sentTime: rig.now,
      checksum: { compute: Crc32.crc32, seed: CONNECT_ID }
    }, [reliable(0, 1, "text"), ack(9, rig.now)])
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice()
      bad[bit >>> 3]! ^= 1 << (bit % 8)
      rig.receiveBytes(bad)
    }
    expect(rig.lines()).toEqual([])
    expect(rig.service()).toEqual([])
    rig.receiveBytes(good)
    expect(rig.lines()).toEqual(["Receive 0 text"])
  })

  it("a host with a checksum and one without do not understand each other", () => {
    const rig = new Rig(settings)
    rig.receiveBytes(datagram({ peerID: 0xfff, sentTime: 1 }, [connect()]))
    expect(rig.state.takenSlots).toBe(0)
    const other = new Rig()
    other.receiveBytes(
      datagram({ peerID: 0xfff, sentTime: 1, checksum: { compute: Crc32.crc32, seed: 0 } }, [connect()])
    )
    expect(other.state.takenSlots).toBe(0)
  })
})
