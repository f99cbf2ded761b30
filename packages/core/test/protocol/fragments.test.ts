import { Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { serverRig } from "./Rig.ts"
import { ack, fragment, payloadOf, piece, reliable, unreliable, unreliableFragment } from "./segments.ts"

const RELIABLE = 1
const UNSEQUENCED = 2
const UNRELIABLE_FRAGMENT = 8

describe("packets cut for sending", () => {
  const sizes = (length: number, options: Parameters<typeof serverRig>[0] = {}) => {
    const rig = serverRig(options)
    rig.send(0, length)
    return rig.sends().flat().map((command) => "payload" in command ? command.payload.length : -1)
  }

  it("13.52 a packet of F bytes goes in one command, one of F + 1 in two fragments", () => {
    expect(sizes(1364)).toEqual([1364])
    expect(sizes(1365)).toEqual([1364, 1])
    expect(sizes(2 * 1364)).toEqual([1364, 1364])
    expect(sizes(2 * 1364 + 1)).toEqual([1364, 1364, 1])
  })

  it("13.52 F is 4 less with a checksum", () => {
    const settings = { checksum: Crc32.crc32 }
    expect(sizes(1360, { settings })).toEqual([1360])
    expect(sizes(1361, { settings })).toEqual([1360, 1])
  })

  it("13.52 F follows the MTU of the connection", () => {
    const connect = { mtu: 576 }
    expect(sizes(548, { connect })).toEqual([548])
    expect(sizes(549, { connect })).toEqual([548, 1])
  })

  it("13.52 the fragments' fields", () => {
    const rig = serverRig()
    rig.send(1, "first")
    rig.send(1, 3000)
    const payload = payloadOf(3000)
    const group = (number: number) => ({
      start: 2,
      count: 3,
      number,
      total: 3000,
      offset: number * 1364,
      payload: payload.slice(number * 1364, (number + 1) * 1364)
    })
    expect(rig.sends().flat()).toEqual([
      reliable(1, 1, "first"),
      fragment(1, group(0), { reliableSequenceNumber: 2 }),
      fragment(1, group(1), { reliableSequenceNumber: 3 }),
      fragment(1, group(2), { reliableSequenceNumber: 4 })
    ])
    rig.send(1, "next")
    expect(rig.sends()).toEqual([[reliable(1, 5, "next")]])
  })

  it("13.52 the numbers of one packet wrap", () => {
    const rig = serverRig()
    rig.peer.editChannel(0).outgoingReliableSequenceNumber = 65_534
    rig.send(0, 3000)
    expect(rig.sends().flat()).toMatchObject([
      { reliableSequenceNumber: 65_535, startSequenceNumber: 65_535 },
      { reliableSequenceNumber: 0, startSequenceNumber: 65_535 },
      { reliableSequenceNumber: 1, startSequenceNumber: 65_535 }
    ])
  })

  const firstBytes = (length: number, flags: number) => {
    const rig = serverRig()
    rig.send(0, length, flags)
    return rig.service().map(({ bytes, word }) => bytes[(word & 0x8000) === 0 ? 2 : 4])
  }

  it("13.53 a plain unreliable or unsequenced packet above F goes reliably, as 0x88", () => {
    expect(firstBytes(1365, 0)).toEqual([0x88, 0x88])
    expect(firstBytes(1365, UNSEQUENCED)).toEqual([0x88, 0x88])
    expect(firstBytes(1365, RELIABLE | UNRELIABLE_FRAGMENT)).toEqual([0x88, 0x88])
  })

  it("13.53 with the unreliable-fragment flag as 0x0C", () => {
    expect(firstBytes(1365, UNRELIABLE_FRAGMENT)).toEqual([0x0c, 0x0c])
    expect(firstBytes(1365, UNRELIABLE_FRAGMENT | UNSEQUENCED)).toEqual([0x0c, 0x0c])
  })

  it("13.53 the first byte of packets in one piece", () => {
    expect(firstBytes(3, RELIABLE)).toEqual([0x86])
    expect(firstBytes(3, RELIABLE | UNSEQUENCED)).toEqual([0x86])
    expect(firstBytes(3, UNSEQUENCED)).toEqual([0x49])
    expect(firstBytes(3, 0)).toEqual([0x07])
    expect(firstBytes(3, UNRELIABLE_FRAGMENT)).toEqual([0x07])
  })

  it("13.53 unreliable fragments share one unreliable number, and leave the reliable one alone", () => {
    const rig = serverRig()
    rig.send(0, "r")
    rig.send(0, "u", 0)
    rig.send(0, 1500, UNRELIABLE_FRAGMENT)
    rig.send(0, "u", 0)
    expect(rig.sends().flat()).toMatchObject([
      { _tag: "SendReliable", reliableSequenceNumber: 1 },
      { _tag: "SendUnreliable", reliableSequenceNumber: 1, unreliableSequenceNumber: 1 },
      { _tag: "SendUnreliableFragment", reliableSequenceNumber: 1, startSequenceNumber: 2, fragmentNumber: 0 },
      { _tag: "SendUnreliableFragment", reliableSequenceNumber: 1, startSequenceNumber: 2, fragmentNumber: 1 },
      { _tag: "SendUnreliable", reliableSequenceNumber: 1, unreliableSequenceNumber: 3 }
    ])
  })

  it("13.54 the 65,536th unreliable packet in a row goes reliably, and the next is (1, 1)", () => {
    const rig = serverRig()
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 1_000_000 })
    const numbers: Array<number> = []
    for (let i = 0; i < 65_535; i += 4369) {
      rig.sendMany(4369, 0, "", 0)
      for (const command of rig.sends().flat()) {
        if (command._tag !== "SendUnreliable" || command.reliableSequenceNumber !== 0) throw new Error("not unreliable")
        numbers.push(command.unreliableSequenceNumber)
      }
    }
    expect(numbers).toEqual(Array.from({ length: 65_535 }, (_, i) => i + 1))
    rig.send(0, "65536th", 0)
    rig.send(0, "65537th", 0)
    expect(rig.sends()).toEqual([[reliable(0, 1, "65536th"), unreliable(0, 1, 1, "65537th")]])
  })

  it("13.54 with that many before it, an unreliable packet in fragments goes reliably too", () => {
    const rig = serverRig()
    rig.peer.editChannel(0).outgoingUnreliableSequenceNumber = 0xffff
    rig.send(0, 1365, UNRELIABLE_FRAGMENT)
    expect(rig.sendsTags().flat()).toEqual(["SendFragment", "SendFragment"])
  })

  it("what is too large, or for another channel, is refused", () => {
    const rig = serverRig({ settings: { maximumPacketSize: 5000 } })
    expect(rig.send(0, 5000)).toBeUndefined()
    expect(rig.send(0, 5001)).toBe("PacketTooLarge")
    expect(rig.send(2, "x")).toBe("InvalidChannel")
    expect(rig.sends().flat()).toHaveLength(4)
    const small = serverRig({ settings: { maximumPacketSize: 2 ** 31 }, connect: { mtu: 576 } })
    expect(small.send(0, { length: 548 * 2 ** 20 + 1 } as Uint8Array)).toBe("PacketTooLarge")
  })
})

describe("13.58 fragments that cannot be right stop the datagram", () => {
  const good = { start: 1, count: 4, number: 1, total: 16, offset: 4, payload: "abcd" }
  const wrong: ReadonlyArray<[string, Partial<typeof good>]> = [
    ["more fragments than a packet may have", { count: 2 ** 20 + 1, total: 2 ** 21 }],
    ["a number that is not below the count", { number: 4 }],
    ["a packet above the maximum size", { total: 101, count: 2 }],
    ["a packet with fewer bytes than fragments", { total: 3, offset: 1, payload: "a" }],
    ["an offset behind the packet", { offset: 16 }],
    ["a payload that reaches behind the packet", { offset: 13 }],
    ["no payload", { payload: "" }]
  ]
  for (const [kind, make] of [["reliable", fragment], ["unreliable", unreliableFragment]] as const) {
    const command = (fields: Partial<typeof good>) =>
      make === fragment ? fragment(0, { ...good, ...fields }) : unreliableFragment(0, 0, { ...good, ...fields })
    for (const [name, fields] of wrong) {
      it(`13.58 ${kind}: ${name}`, () => {
        const maximumPacketSize = "total" in fields && fields.total === 2 ** 21 ? 2 ** 25 : 100
        const rig = serverRig({ settings: { maximumPacketSize } })
        rig.receive([{ ...command(fields), flags: 0x80 }, reliable(1, 1, "hidden")])
        expect(rig.service()).toEqual([])
        expect(rig.lines()).toEqual([])
        expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
        expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
      })
    }

    it(`13.58 ${kind}: the limits themselves are right`, () => {
      const rig = serverRig()
      rig.receive([command({ count: 16, number: 15, offset: 15, payload: "p" }), reliable(1, 1, "seen")])
      expect(rig.lines()).toEqual(["Receive 1 seen"])
    })

    it(`13.58 ${kind}: other totals than the group's first fragment`, () => {
      for (const fields of [{ total: 17 }, { count: 5 }]) {
        const rig = serverRig()
        rig.receive(command({ number: 0 }))
        rig.receive([command({ ...fields, number: 2 }), reliable(1, 1, "hidden")])
        expect(rig.lines()).toEqual([])
        expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
      }
    })

    it(`13.58 ${kind}: the number of a packet in one piece`, () => {
      const rig = serverRig()
      rig.receive(make === fragment ? reliable(0, 3, "whole") : unreliable(0, 1, 3, "whole"))
      const bad = make === fragment
        ? fragment(0, { ...good, start: 3 })
        : unreliableFragment(0, 1, { ...good, start: 3 })
      rig.receive([bad, reliable(1, 1, "hidden")])
      expect(rig.lines()).toEqual([])
      expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
    })
  }
})

describe("packets put together", () => {
  const text = "the quick brown fox"
  const pieces = (start: number) => Array.from({ length: 4 }, (_, i) => fragment(0, piece(text, 5, start, i)))

  it("in any order", () => {
    for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]) {
      const rig = serverRig()
      for (const i of order) rig.receive(pieces(1)[i]!)
      expect(rig.lines()).toEqual([`Receive 0 ${text}`])
      expect(rig.sends().flat()).toEqual(order.map((i) => ack(i + 1, rig.now, 0)))
      expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
    }
  })

  it("a repeated fragment is acknowledged and changes nothing", () => {
    const rig = serverRig()
    rig.receive([pieces(1)[0]!, { ...pieces(1)[0]!, payload: payloadOf("XXXXX") }, ...pieces(1).slice(1)])
    expect(rig.lines()).toEqual([`Receive 0 ${text}`])
    expect(rig.sends()).toEqual([[1, 1, 2, 3, 4].map((number) => ack(number, rig.now, 0))])
  })

  it("13.59 a fragment of a delivered group is acknowledged and ignored", () => {
    const rig = serverRig()
    rig.receive(pieces(1))
    rig.service()
    for (const late of pieces(1)) rig.receive(late)
    expect(rig.sends()).toEqual([[1, 2, 3, 4].map((number) => ack(number, rig.now, 0))])
    expect(rig.lines()).toEqual([`Receive 0 ${text}`])
  })

  it("13.59 except for a group of one fragment, whose duplicate is an error", () => {
    const rig = serverRig()
    const one = fragment(0, piece("all", 5, 1, 0))
    rig.receive(one)
    expect(rig.lines()).toEqual(["Receive 0 all"])
    rig.service()
    rig.receive([one, reliable(1, 1, "hidden")])
    expect(rig.service()).toEqual([])
    expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
  })

  it("13.60 a group of two advances the number by two", () => {
    const rig = serverRig()
    for (const i of [0, 1]) rig.receive(fragment(0, piece("twofold", 4, 1, i)))
    expect(rig.peer.channel(0).incomingReliableSequenceNumber).toBe(2)
    rig.receive(reliable(0, 3, "next"))
    expect(rig.lines()).toEqual(["Receive 0 twofold", "Receive 0 next"])
  })

  it("13.60 a packet with a number inside the group is not delivered of its own", () => {
    const rig = serverRig()
    rig.receive([fragment(0, piece("twofold", 4, 1, 0)), reliable(0, 2, "inside")])
    rig.receive([fragment(0, piece("twofold", 4, 1, 1)), reliable(0, 3, "next")])
    expect(rig.lines()).toEqual(["Receive 0 twofold"])
  })

  it("13.60 a group across the wrap", () => {
    const rig = serverRig()
    rig.peer.editChannel(0).incomingReliableSequenceNumber = 65_533
    rig.receive(pieces(65_534).toReversed())
    expect(rig.lines()).toEqual([`Receive 0 ${text}`])
    expect(rig.peer.channel(0).incomingReliableSequenceNumber).toBe(1)
  })

  it("a group waits for the packets before it, and those behind wait for it", () => {
    const rig = serverRig()
    rig.receive([...pieces(2), reliable(0, 6, "after")])
    expect(rig.lines()).toEqual([])
    rig.receive(reliable(0, 1, "before"))
    expect(rig.lines()).toEqual(["before", text, "after"].map((line) => `Receive 0 ${line}`))
  })
})
