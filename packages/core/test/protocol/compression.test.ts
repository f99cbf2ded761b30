// Rules 13.76 to 13.78 are about the range coder itself: test/wire/rangeCoder.test.ts.
import type { Host } from "@effect-enet/core/protocol"
import { Bytes, Crc32, FastLz, RangeCoder } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { connectedPair, textOf } from "./Pair.ts"
import { Rig, serverRig } from "./Rig.ts"
import { runLength } from "./runLength.ts"
import { connect, CONNECT_ID, datagram, payloadOf, ping, reliable } from "./segments.ts"

const compressor = runLength

/** What a compressing host sends for this packet, as bytes. */
const sentBytes = (payload: string | Uint8Array, settings: Partial<Host.Settings> = {}): Uint8Array => {
  const rig = serverRig({ settings: { compressor, ...settings } })
  rig.send(0, payload)
  return rig.service()[0]!.bytes
}

/** A datagram with everything behind its header, or behind its checksum, compressed. */
const compressed = (bytes: Uint8Array, headerSize = 4): Uint8Array => {
  const packed = new Uint8Array(8192)
  const length = runLength.compress(bytes.subarray(headerSize), packed)
  const result = Uint8Array.of(...bytes.subarray(0, headerSize), ...packed.subarray(0, length))
  result[0]! |= 0x40
  return result
}

describe("compressed datagrams", () => {
  it("have the flag, and everything behind the header is the compressor's", () => {
    const bytes = sentBytes("a".repeat(1000))
    expect([bytes[0], bytes[1]]).toEqual([0xc0, 7])
    const plain = new Uint8Array(4096)
    const length = runLength.decompress(bytes.subarray(4), plain)
    expect(plain.subarray(0, length)).toEqual(datagram({ peerID: 7 }, [reliable(0, 1, "a".repeat(1000))]).subarray(2))
  })

  it("13.75 a result that is not shorter than the original is not used: the datagram is plain", () => {
    expect(sentBytes("abcdefgh")).toEqual(datagram({ peerID: 7, sentTime: 1016 }, [reliable(0, 1, "abcdefgh")]))
  })

  it("13.75 neither is one of the same length, nor none at all", () => {
    // a compressor for the 6 + 8 bytes of the packet alone
    const first = (length: number) =>
      sentBytes("abcdefgh", { compressor: { ...runLength, compress: (input) => input.length === 14 ? length : 0 } })[0]
    expect([0, 13, 14, 15].map(first)).toEqual([0x80, 0xc0, 0x80, 0x80])
  })

  it("the compressor is given as much room as there is input", () => {
    const rooms: Array<ReadonlyArray<number>> = []
    sentBytes("abc", {
      compressor: { ...runLength, compress: (input, output) => rooms.push([input.length, output.length]) && 0 }
    })
    expect(rooms).toEqual([[44, 44], [9, 9]])
  })

  it("are taken, and counted with the length that they have decompressed", () => {
    const rig = serverRig({ settings: { compressor } })
    const before = rig.peer.incomingDataTotal
    const bytes = datagram({ peerID: 0, sentTime: rig.now }, [reliable(0, 1, "a".repeat(1000)), ping()])
    rig.receiveBytes(compressed(bytes))
    expect(rig.lines()).toEqual(["Receive 0 1000 bytes"])
    expect(rig.peer.incomingDataTotal - before).toBe(bytes.length)
    expect(rig.sends().flat()).toHaveLength(2)
  })

  it("a CONNECT may be one", () => {
    const rig = new Rig({ compressor })
    rig.receiveBytes(compressed(datagram({ peerID: 0xfff, sentTime: 1 }, [connect()])))
    expect(rig.state.takenSlots).toBe(1)
  })

  it("plain ones are taken as well", () => {
    const rig = serverRig({ settings: { compressor } })
    rig.receive(reliable(0, 1, "plain"))
    expect(rig.lines()).toEqual(["Receive 0 plain"])
  })

  const dropped = (settings: Partial<Host.Settings>, bytes: Uint8Array) => {
    const rig = serverRig({ settings })
    rig.service()
    const before = rig.peer
    rig.receiveBytes(bytes)
    expect(rig.peer).toBe(before)
    return rig.state.dropped
  }

  it("are dropped by a host without a compressor", () => {
    expect(dropped({}, compressed(datagram({ peerID: 0, sentTime: 1 }, [ping()])))).toEqual({ Compressed: 1 })
  })

  it("are dropped when nothing comes out", () => {
    expect(dropped({ compressor }, Uint8Array.of(0xc0, 0, 0, 1, 0, 0))).toEqual({ Decompression: 1 })
    expect(dropped({ compressor }, Uint8Array.of(0x40, 0))).toEqual({ Decompression: 1 })
  })

  it("may have 4096 bytes when decompressed, header included, and no more", () => {
    const rooms: Array<number> = []
    const of = (length: number) => ({
      compressor: {
        ...runLength,
        decompress: (_: Uint8Array, output: Uint8Array) => {
          rooms.push(output.length)
          return length
        }
      }
    })
    expect(dropped(of(4093), Uint8Array.of(0xc0, 0, 0, 1, 9, 9))).toEqual({ Decompression: 1 })
    expect(dropped(of(4095), Uint8Array.of(0x40, 0, 9, 9))).toEqual({ Decompression: 1 })
    expect(rooms).toEqual([4092, 4094])
    const rig = serverRig({ settings: of(4092) })
    rig.receiveBytes(Uint8Array.of(0xc0, 0, 0, 1, 9, 9))
    expect(rig.state.dropped).toEqual({ Malformed: 1 })
  })

  it("shorter than their header are dropped before they are decompressed", () => {
    let calls = 0
    const counting = { ...runLength, decompress: () => calls++ }
    for (const bytes of [[0x40], [0xc0, 0], [0xc0, 0, 1]]) {
      expect(dropped({ compressor: counting }, Uint8Array.of(...bytes))).toEqual({ TooShort: 1 })
    }
    expect(calls).toBe(0)
  })
})

describe("zeros behind the commands", () => {
  const after = (length: number, ...rest: ReadonlyArray<number>) => {
    const rig = serverRig({ settings: { compressor } })
    const plain = datagram({ peerID: 0, sentTime: rig.now }, [reliable(0, 1, "a".repeat(length - 6))])
    rig.receiveBytes(compressed(Uint8Array.of(...plain, ...rest)))
    expect(rig.lines()).toEqual([`Receive 0 ${"a".repeat(length - 6)}`])
    return rig.state.dropped
  }

  it("are Godot's padding of short FastLZ input to 16 bytes, which is nothing to count", () => {
    expect(after(13, 0, 0, 0)).toEqual({})
    expect(after(15, 0)).toEqual({})
  })

  it("are counted otherwise, as is anything else", () => {
    expect(after(13, 0, 0)).toEqual({ Malformed: 1 })
    expect(after(13, 0, 0, 0, 0)).toEqual({ Malformed: 1 })
    expect(after(13, 0, 0, 1)).toEqual({ Malformed: 1 })
    const rig = serverRig({ settings: { compressor } })
    rig.receiveBytes(compressed(Uint8Array.of(0x80, 0, 0, 1, ...new Uint8Array(16))))
    expect(rig.state.dropped).toEqual({ Malformed: 1 })
  })
})

describe("13.73 with a checksum", () => {
  const settings = { checksum: Crc32.crc32 }

  it("13.73 it covers the uncompressed commands, with the compressed flag in the header", () => {
    const bytes = sentBytes("a".repeat(1000), settings)
    expect([bytes[0], bytes[1]]).toEqual([0xc0, 7])
    const plain = new Uint8Array(8192)
    plain.set(bytes.subarray(0, 4))
    Bytes.writeUint32(plain, 4, CONNECT_ID)
    const length = runLength.decompress(bytes.subarray(8), plain.subarray(8))
    expect(Bytes.readUint32(bytes, 4)).toBe(Crc32.crc32(plain.subarray(0, 8 + length)))
  })

  it("13.73 so it does on receipt", () => {
    const flagged = (bytes: Uint8Array) => {
      const copy = bytes.slice()
      copy[0]! |= 0x40
      return Crc32.crc32(copy)
    }
    for (const [compute, expected] of [[flagged, ["Receive 0 1000 bytes"]], [Crc32.crc32, []]] as const) {
      const rig = serverRig({ settings: { compressor, ...settings } })
      const checksum = { compute, seed: CONNECT_ID }
      const plain = datagram({ peerID: 0, sentTime: 1, checksum }, [reliable(0, 1, "a".repeat(1000))])
      rig.receiveBytes(compressed(plain, 8))
      expect(rig.lines()).toEqual(expected)
    }
  })
})

describe("two hosts that compress", () => {
  it("13.79 an empty packet makes its way, and so do others", () => {
    const compressors = [runLength, RangeCoder.make(), FastLz.make()]
    const checksums = [{}, { checksum: Crc32.crc32 }]
    for (const settings of compressors.flatMap((compressor) => checksums.map((more) => ({ compressor, ...more })))) {
      const { client, network, server, toClient, toServer } = connectedPair({ server: settings, client: settings })
      for (const flags of [1, 0, 2]) client.send(toServer, 0, "", flags)
      client.send(toServer, 1, "x".repeat(5000))
      server.send(toClient, 0, payloadOf(3000), 8)
      network.pass(100)
      expect(server.takeEvents().map((event) => event._tag === "Receive" && textOf(event.payload))).toEqual([
        "",
        "",
        "",
        "x".repeat(5000)
      ])
      expect(client.takeEvents()).toMatchObject([{ _tag: "Receive", flags: 8, payload: payloadOf(3000) }])
    }
  })
})
