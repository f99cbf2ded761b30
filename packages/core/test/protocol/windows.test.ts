import type { Command } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { type Rig, serverRig } from "./Rig.ts"
import { ack, fragment, reliable, unreliable } from "./segments.ts"

const WINDOW = 4096

/** The next reliable number that the host sends on channel 0, or `undefined` when it is refused. */
const sendNext = (rig: Rig, number: number): number | undefined => {
  rig.peer.editChannel(0).outgoingReliableSequenceNumber = (number - 1) & 0xffff
  rig.send(0, "x")
  return rig.sends()[0]?.[0]?.reliableSequenceNumber
}

describe("13.47 the sender's windows", () => {
  for (let window = 1; window <= 6; window++) {
    it(`13.47 window ${window} is entered while window 0 has an outstanding number`, () => {
      const rig = serverRig()
      rig.send(0, "outstanding")
      rig.service()
      expect(sendNext(rig, window * WINDOW)).toBe(window * WINDOW)
    })
  }

  it("13.47 window 7 is refused while window 0 has an outstanding number", () => {
    const rig = serverRig()
    rig.send(0, "outstanding")
    rig.service()
    expect(sendNext(rig, 7 * WINDOW)).toBeUndefined()
    rig.receive(ack(1, rig.now, 0))
    expect(rig.sends()).toEqual([[reliable(0, 7 * WINDOW, "x")]])
  })

  it("13.47 only the first number of a window is checked", () => {
    const rig = serverRig()
    rig.send(0, "outstanding")
    rig.service()
    expect(sendNext(rig, 7 * WINDOW + 1)).toBe(7 * WINDOW + 1)
  })

  it("13.47 a window is not entered while the one before it is full", () => {
    const rig = serverRig()
    rig.peer.editChannel(0).editReliableWindows()[14] = WINDOW
    expect(sendNext(rig, 15 * WINDOW)).toBeUndefined()
    rig.peer.editChannel(0).editReliableWindows()[14] = WINDOW - 1
    rig.receive(ack(4711, rig.now))
    expect(rig.sends()).toEqual([[reliable(0, 15 * WINDOW, "x")]])
  })

  it("13.47 a retransmission is not checked", () => {
    const rig = serverRig()
    rig.send(0, "outstanding")
    rig.service()
    expect(sendNext(rig, WINDOW)).toBe(WINDOW)
    expect(rig.pass(60).flatMap(({ commands }) => commands)).toEqual([
      reliable(0, 1, "outstanding"),
      reliable(0, WINDOW, "x")
    ])
  })

  it("13.47 the numbers wrap", () => {
    const rig = serverRig()
    expect(sendNext(rig, 10 * WINDOW + 5)).toBe(10 * WINDOW + 5)
    expect(sendNext(rig, 0)).toBe(0)
    rig.receive(ack(0, rig.now, 0))
    // ten windows from 1 on are 1 to 10
    expect(sendNext(rig, WINDOW)).toBeUndefined()
  })

  it("13.47 a refused window holds back later reliable packets of all channels, nothing else", () => {
    const rig = serverRig()
    rig.send(0, "outstanding")
    rig.service()
    expect(sendNext(rig, 7 * WINDOW)).toBeUndefined()
    rig.send(1, "also held back")
    rig.send(1, "unreliable", 0)
    expect(rig.sends()).toEqual([[unreliable(1, 1, 1, "unreliable")]])
  })

  it("13.47 with number 1 unacknowledged the sender stops after 28,671 packets", () => {
    const rig = serverRig()
    rig.apply({ _tag: "PingInterval", peer: rig.ref, interval: 1_000_000 })
    const numbers: Array<number> = []
    for (let i = 0; i < 7 * WINDOW; i += WINDOW) {
      rig.sendMany(WINDOW, 0, "")
      const sent = rig.service()
      const got = sent.flatMap(({ commands }) => commands.map(({ reliableSequenceNumber }) => reliableSequenceNumber))
      numbers.push(...got)
      const acks = got.filter((number) => number !== 1).map((number) => ack(number, rig.now, 0))
      for (let k = 0; k < acks.length; k += 500) rig.receive(acks.slice(k, k + 500), { sentTime: undefined })
    }
    expect(numbers).toEqual(Array.from({ length: 7 * WINDOW - 1 }, (_, i) => i + 1))
    expect(rig.service()).toEqual([])
    rig.receive(ack(1, rig.now, 0))
    expect(rig.sends()).toEqual([[reliable(0, 7 * WINDOW, "")]])
  })
})

describe("13.48 the receiver's windows", () => {
  /** What becomes of a number when 1 is the last one delivered. */
  const fate = (number: number, make: (number: number) => Command.Command = (n) => reliable(0, n, "x")) => {
    const rig = serverRig()
    rig.receive(reliable(0, 1, "first"))
    rig.service()
    rig.receive(make(number))
    const acknowledged = rig.sends().flat().length > 0
    const stored = rig.peer.totalWaitingData > 5
    return `${stored ? "stored" : "not stored"}, ${acknowledged ? "acknowledged" : "not acknowledged"}`
  }

  it("13.48 windows 0 to 6 are stored", () => {
    for (const number of [3, 4095, 4096, 20_479, 24_576, 28_671]) {
      expect([number, fate(number)]).toEqual([number, "stored, acknowledged"])
    }
  })

  it("13.48 windows 7 and 8 are ignored without an acknowledgement", () => {
    for (const number of [28_672, 32_767, 32_768, 36_863]) {
      expect([number, fate(number)]).toEqual([number, "not stored, not acknowledged"])
    }
  })

  it("13.48 windows 9 to 15 are acknowledged only, and so are old numbers", () => {
    for (const number of [36_864, 40_960, 65_535, 0, 1]) {
      expect([number, fate(number)]).toEqual([number, "not stored, acknowledged"])
    }
  })

  it("13.48 the windows move with the last number delivered", () => {
    const at = (delivered: number, number: number) => {
      const rig = serverRig()
      rig.peer.editChannel(0).incomingReliableSequenceNumber = delivered
      rig.receive(reliable(0, number, "x"))
      return [rig.peer.totalWaitingData, rig.sends().length]
    }
    expect(at(10 * WINDOW, 0)).toEqual([1, 1])
    expect(at(10 * WINDOW, WINDOW - 1)).toEqual([1, 1])
    expect(at(10 * WINDOW, WINDOW)).toEqual([0, 0])
    expect(at(10 * WINDOW, 3 * WINDOW - 1)).toEqual([0, 0])
    expect(at(10 * WINDOW, 3 * WINDOW)).toEqual([0, 1])
    expect(at(10 * WINDOW, 10 * WINDOW - 1)).toEqual([0, 1])
  })

  it("13.48 an unreliable packet is in the window of the reliable number that it follows", () => {
    const make = (number: number) => unreliable(0, number, 1, "x", 0x80)
    expect(fate(28_671, make)).toBe("stored, acknowledged")
    expect(fate(28_672, make)).toBe("not stored, not acknowledged")
    expect(fate(36_864, make)).toBe("not stored, acknowledged")
  })

  it("13.48 a fragment is in the window of its group's first, and acknowledged by its own number", () => {
    const make = (number: number) => (start: number) =>
      fragment(0, { start, count: 10, number, total: 10, offset: number, payload: "x" })
    expect(fate(28_671, make(0))).toBe("stored, acknowledged")
    // the number of the fragment itself is in window 7
    expect(fate(28_671, make(1))).toBe("stored, not acknowledged")
    expect(fate(28_672, make(0))).toBe("not stored, not acknowledged")
    expect(fate(36_863, make(1))).toBe("not stored, acknowledged")
  })
})

describe("13.49 numbers wrap", () => {
  const at65535 = () => {
    const rig = serverRig()
    rig.peer.editChannel(0).incomingReliableSequenceNumber = 65_535
    return rig
  }

  it("13.49 after 65535 comes 0", () => {
    const rig = at65535()
    rig.receive([reliable(0, 0, "zero"), reliable(0, 1, "one")])
    expect(rig.lines()).toEqual(["Receive 0 zero", "Receive 0 one"])
  })

  it("13.49 the stored order across the wrap is right", () => {
    const rig = serverRig()
    rig.peer.editChannel(0).incomingReliableSequenceNumber = 65_532
    for (const number of [2, 65_534, 0, 65_535, 1, 65_534]) rig.receive(reliable(0, number, `${number}`))
    expect(rig.lines()).toEqual([])
    rig.receive(reliable(0, 65_533, "65533"))
    expect(rig.lines()).toEqual([65_533, 65_534, 65_535, 0, 1, 2].map((number) => `Receive 0 ${number}`))
  })

  it("13.49 the sender's numbers go on with 0 as well", () => {
    const rig = serverRig()
    rig.peer.editChannel(0).outgoingReliableSequenceNumber = 65_534
    for (const text of ["a", "b", "c"]) rig.send(0, text)
    expect(rig.sends()).toEqual([[reliable(0, 65_535, "a"), reliable(0, 0, "b"), reliable(0, 1, "c")]])
    rig.receive([65_535, 0, 1].map((number) => ack(number, rig.now, 0)), { sentTime: undefined })
    expect(rig.peer.sentReliable.size).toBe(0)
    expect(rig.peer.channel(0).usedReliableWindows).toBe(0)
  })

  it("13.49 unreliable packets across the wrap keep their order too", () => {
    const rig = serverRig()
    rig.peer.editChannel(0).incomingReliableSequenceNumber = 65_534
    rig.receive([unreliable(0, 0, 1, "after 0"), unreliable(0, 65_535, 1, "after 65535")])
    rig.receive([reliable(0, 65_535, "65535"), reliable(0, 0, "0")])
    expect(rig.lines()).toEqual(["65535", "after 65535", "0", "after 0"].map((text) => `Receive 0 ${text}`))
  })

  it("13.49 70,000 packets pass in order", () => {
    const rig = serverRig()
    for (let i = 1; i <= 70_000; i += 250) {
      rig.receive(Array.from({ length: 250 }, (_, k) => reliable(0, (i + k) & 0xffff, `${i + k}`, 0)))
    }
    expect(rig.lines()).toEqual(Array.from({ length: 70_000 }, (_, i) => `Receive 0 ${i + 1}`))
  })
})
