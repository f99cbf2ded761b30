import { Crc32 } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { REMOTE, serverRig } from "./Rig.ts"
import { ack, ping, unreliable } from "./segments.ts"

const range = (from: number, to: number): Array<number> => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe("what goes into one datagram", () => {
  it("13.5 forty flagged pings draw acknowledgements in datagrams of 32 and 8", () => {
    const rig = serverRig()
    rig.receive(range(2, 41).map(ping))
    const sent = rig.service()
    expect(sent.map(({ commands }) => commands)).toEqual([
      range(2, 33).map((number) => ack(number, rig.now)),
      range(34, 41).map((number) => ack(number, rig.now))
    ])
    expect(sent.map(({ bytes }) => bytes.length)).toEqual([258, 66])
  })

  it("13.6 seventy small unreliable packets leave in datagrams of 32, 32 and 6", () => {
    const rig = serverRig()
    for (let i = 1; i <= 70; i++) rig.send(0, "x", 0)
    const packets = range(1, 70).map((number) => unreliable(0, 0, number, "x"))
    expect(rig.sends()).toEqual([packets.slice(0, 32), packets.slice(32, 64), packets.slice(64)])
  })

  it("13.6 acknowledgements count among the 32", () => {
    const rig = serverRig()
    rig.receive(range(2, 31).map(ping))
    for (let i = 1; i <= 4; i++) rig.send(0, "x", 0)
    expect(rig.sends().map((commands) => commands.length)).toEqual([32, 2])
  })

  it("13.7 a command that does not fit ends the datagram even if a later one would fit", () => {
    const rig = serverRig()
    for (const size of [700, 700, 10]) rig.send(0, size, 0)
    expect(rig.sends()).toEqual([[unreliable(0, 0, 1, 700)], [unreliable(0, 0, 2, 700), unreliable(0, 0, 3, 10)]])
  })

  it("13.8 the budget counts a sent time that is not there", () => {
    const rig = serverRig()
    // 1392 - 4 - 2 x 8 of commands: one byte more would not fit
    for (const size of [1000, 372]) rig.send(0, size, 0)
    const full = rig.service()
    expect(full.map(({ bytes }) => bytes.length)).toEqual([1392 - 2])
    for (const size of [1000, 373]) rig.send(0, size, 0)
    expect(rig.service()).toHaveLength(2)
  })

  it("13.8 the budget does not count the checksum: a ping and a full fragment make MTU + 4 bytes", () => {
    const rig = serverRig({ settings: { checksum: Crc32.crc32 } })
    rig.apply({ _tag: "Ping", peer: rig.ref })
    rig.send(0, 2 * 1360, 1)
    const [first, second] = rig.service()
    expect(first!.commands.map(({ _tag }) => _tag)).toEqual(["Ping", "SendFragment"])
    expect(first!.bytes.length).toBe(1396)
    expect(second!.commands.map(({ _tag }) => _tag)).toEqual(["SendFragment"])
  })

  it("a command that needs the last byte of the MTU fits", () => {
    const rig = serverRig()
    // 4 + 6 + payload
    rig.send(0, 1364, 1)
    rig.send(0, 4, 1)
    rig.send(0, 1364, 1)
    rig.send(0, 5, 1)
    expect(rig.service().map(({ bytes, commands }) => [bytes.length, commands.length])).toEqual([
      [1384, 2],
      [1385, 2]
    ])
  })
})

describe("several peers", () => {
  const OTHER = { host: "10.0.0.3", port: 9000 }

  it("get one datagram each in turn, by slot", () => {
    const rig = serverRig()
    const first = rig.ref
    const second = rig.join({ connectID: 2 }, { from: OTHER })
    for (const ref of [second, first]) {
      rig.ref = ref
      for (let i = 0; i < 3; i++) rig.send(0, 1000, 0)
    }
    expect(rig.service().map(({ to }) => to)).toEqual([REMOTE, OTHER, REMOTE, OTHER, REMOTE, OTHER])
  })

  it("never share a datagram", () => {
    const rig = serverRig()
    const first = rig.ref
    const second = rig.join({ connectID: 2, outgoingPeerID: 8 }, { from: OTHER })
    for (const ref of [first, second]) {
      rig.ref = ref
      rig.send(0, `to ${ref.slot}`, 0)
    }
    expect(rig.service().map(({ commands, to, word }) => ({ commands, to, word }))).toEqual([
      { to: REMOTE, word: 7, commands: [unreliable(0, 0, 1, "to 0")] },
      { to: OTHER, word: 8, commands: [unreliable(0, 0, 1, "to 1")] }
    ])
  })
})
