import { SeededRandom } from "@effect-enet/core/testing"
import { type Command, Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { hostile } from "../../simulation/Mutations.ts"
import { make as makeRangeCoder } from "../../src/wire/RangeCoder.ts"
import { connect, datagram } from "../protocol/segments.ts"
import { Server } from "./Stranger.ts"

/** What a host sends to an address from which it gets these datagrams, in bytes per byte, for a minute. */
const factors = (server: Server, datagrams: ReadonlyArray<Uint8Array>): ReadonlyArray<number> =>
  datagrams.map((bytes, index) => {
    const address = { host: `10.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`, port: 9000 }
    const sent = server.apply({ _tag: "Datagram", address, bytes })
    return sent.reduce((sum, { bytes: { length } }) => sum + length, 0) / Math.max(bytes.length, 1)
  })

const target = { peerID: 0xfff, sessionID: 0, connectID: 0, checksum: false, now: 1000 }

/** Every kind of command and every damage to them, addressed to nobody and to everybody. */
const everything = (checksum: boolean): Array<Uint8Array> => {
  const random = new SeededRandom.SeededRandom(7)
  const corpus = [datagram({ peerID: 0xfff, sentTime: 1 }, [connect()])]
  return Array.from(
    { length: 20_000 },
    (_, index) =>
      hostile(random, { ...target, checksum, peerID: index % 4 === 0 ? random.integer(0, 4094) : 0xfff }, corpus)
  )
}

describe("an address that is not proved gets no more bytes than came from it", () => {
  it("for any datagram, now or later", () => {
    const server = new Server({ maxPeers: 16 })
    expect(Math.max(...factors(server, everything(false)))).toBeLessThanOrEqual(1)
    expect(server.pass(60_000, 500)).toEqual([])
    expect(server.state.totalSentPackets).toBeGreaterThan(100)
  })

  it("with checksums", () => {
    const server = new Server({ maxPeers: 16, checksum: Crc32.crc32 })
    expect(Math.max(...factors(server, everything(true)))).toBeLessThanOrEqual(1)
    expect(server.pass(60_000, 500)).toEqual([])
    expect(server.state.totalSentPackets).toBeGreaterThan(100)
  })

  it("from a host that refuses", () => {
    const server = new Server({ refuseNewConnections: true })
    expect(Math.max(...factors(server, everything(false)))).toBeLessThanOrEqual(1)
    expect(server.pass(60_000, 500)).toEqual([])
  })

  it("but half as many more when both are compressed, and no answer when that is not enough", () => {
    const compressor = makeRangeCoder()
    const server = new Server({ compressor })
    const compressed = (fields: Partial<Command.Connect>): Uint8Array => {
      const plain = datagram({ peerID: 0xfff, sentTime: 0 }, [connect(fields)])
      const packed = new Uint8Array(100)
      const length = compressor.compress(plain.subarray(4), packed.subarray(4, plain.length))
      packed.set(plain.subarray(0, 4))
      packed[0]! |= 0x40
      return packed.slice(0, 4 + length)
    }
    // honest ones, of slots that were used before and others
    const honest = Array.from({ length: 2000 }, (_, index) =>
      compressed({
        outgoingPeerID: index % 32,
        incomingSessionID: index % 4,
        outgoingSessionID: index % 3 === 0 ? 0xff : index % 4,
        channelCount: 1 + index % 8,
        connectID: Math.imul(index + 1, 0x9e3779b9) >>> 0
      }))
    const answered = factors(server, honest)
    expect(Math.min(...answered)).toBeGreaterThan(0.5)
    expect(Math.max(...answered)).toBeLessThanOrEqual(1.5)
    const empty = compressed({
      outgoingPeerID: 0,
      incomingSessionID: 0,
      outgoingSessionID: 0,
      mtu: 0,
      windowSize: 0,
      channelCount: 1,
      packetThrottleInterval: 0,
      packetThrottleAcceleration: 0,
      packetThrottleDeceleration: 0,
      connectID: 0
    })
    expect(empty.length).toBeLessThan(20)
    expect(factors(server, [empty])).toEqual([0])
    expect(server.dropped).toEqual({ Unacceptable: 1 })
  })

  it("so that a spoofed CONNECT is answered with 48 of its 52 bytes, where ENet sends 288", () => {
    const bytes = datagram({ peerID: 0xfff, sentTime: 1 }, [connect()])
    const total = (server: Server) => {
      const answered = factors(server, [bytes])[0]! * bytes.length
      return server.pass(60_000, 100).reduce((sum, sent) => sum + sent.bytes.length, answered)
    }
    expect(total(new Server())).toBe(48)
    expect(total(new Server({ proving: undefined }))).toBe(288)
  })
})
