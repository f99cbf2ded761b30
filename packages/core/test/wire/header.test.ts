import { Decode, Header } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { fromHex, toHex } from "./samples.ts"

const cases: ReadonlyArray<{ readonly name: string; readonly hex: string; readonly header: Header.Header }> = [
  {
    name: "with sent time, before the peer is known",
    hex: "8fff 03e8",
    header: { peerID: 0xfff, sessionID: 0, compressed: false, sentTime: 1000 }
  },
  {
    name: "without sent time",
    hex: "0007",
    header: { peerID: 7, sessionID: 0, compressed: false, sentTime: undefined }
  },
  {
    name: "with session bits",
    hex: "3123",
    header: { peerID: 0x123, sessionID: 3, compressed: false, sentTime: undefined }
  },
  {
    name: "compressed",
    hex: "4000",
    header: { peerID: 0, sessionID: 0, compressed: true, sentTime: undefined }
  },
  {
    name: "with everything",
    hex: "effe ffff",
    header: { peerID: 0xffe, sessionID: 2, compressed: true, sentTime: 0xffff }
  }
]

describe("the header of a datagram", () => {
  for (const { header, hex, name } of cases) {
    it(`${name}, is encoded`, () => {
      const buffer = new Uint8Array(8)
      const size = Header.encode(header, buffer)
      expect(toHex(buffer.subarray(0, size))).toBe(toHex(fromHex(hex)))
    })

    it(`${name}, is decoded`, () => {
      expect(Header.decode(fromHex(hex))).toEqual(header)
      expect(Header.headerSize(Header.peerWord(fromHex(hex)))).toBe(fromHex(hex).length)
    })
  }

  it("every word survives the way through decode and encode", () => {
    const buffer = new Uint8Array(4)
    for (let word = 0; word < 0x10000; word++) {
      const header = Header.decode(Uint8Array.of(word >>> 8, word, 0x12, 0x34))
      if (header === undefined || Header.encode(header, buffer) !== Header.headerSize(word)) throw new Error(`${word}`)
      if (Header.peerWord(buffer) !== word) throw new Error(`${word} became ${Header.peerWord(buffer)}`)
    }
  })

  it("is not there in a datagram shorter than the header", () => {
    expect(Header.decode(fromHex(""))).toBeUndefined()
    expect(Header.decode(fromHex("00"))).toBeUndefined()
    expect(Header.decode(fromHex("8000"))).toBeUndefined()
    expect(Header.decode(fromHex("8000 01"))).toBeUndefined()
    expect(Header.decode(fromHex("8000 0102"))).toBeDefined()
  })
})

describe("a whole datagram", () => {
  it("is a header and commands one after the other", () => {
    expect(Decode.decodeDatagram(fromHex("9002 0010 01ff0001 0001 000f 86000001 0002 6869"))).toEqual({
      header: { peerID: 2, sessionID: 1, compressed: false, sentTime: 16 },
      checksum: undefined,
      commands: [
        {
          _tag: "Acknowledge",
          flags: 0,
          channelID: 0xff,
          reliableSequenceNumber: 1,
          receivedReliableSequenceNumber: 1,
          receivedSentTime: 15
        },
        {
          _tag: "SendReliable",
          flags: 0x80,
          channelID: 0,
          reliableSequenceNumber: 1,
          payload: new TextEncoder().encode("hi")
        }
      ],
      end: 20
    })
  })

  it("has the checksum right behind the header, at offset 4 or 2", () => {
    const checksum = true
    expect(Decode.decodeDatagram(fromHex("8000 0102 cbf43926 85ff0001"), { checksum })?.checksum).toBe(0xcbf43926)
    expect(Decode.decodeDatagram(fromHex("0000 cbf43926 01ff000100010002"), { checksum })).toMatchObject({
      checksum: 0xcbf43926,
      commands: [{ _tag: "Acknowledge" }],
      end: 14
    })
    expect(Decode.decodeDatagram(fromHex("0000 cbf439"), { checksum })).toBeUndefined()
  })

  it("ends where something is not a command", () => {
    expect(Decode.decodeDatagram(fromHex("0000 05ff0001 00ff0002 05ff0003"))).toMatchObject({
      commands: [{ _tag: "Ping" }],
      end: 6
    })
  })
})
