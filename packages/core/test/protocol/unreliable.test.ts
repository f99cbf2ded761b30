import { describe, expect, it } from "@effect/vitest"
import { serverRig } from "./Rig.ts"
import { piece, reliable, unreliable, unreliableFragment, unsequenced } from "./segments.ts"

const texts = (lines: ReadonlyArray<string>) => lines.map((line) => line.slice("Receive 0 ".length))

describe("unreliable packets", () => {
  it("13.55 one sent after reliable n waits for n", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 1, 1, "after 1"), unreliable(0, 2, 1, "after 2")])
    expect(rig.lines()).toEqual([])
    rig.receive(reliable(0, 1, "1"))
    expect(texts(rig.lines())).toEqual(["1", "after 1"])
    rig.receive(reliable(0, 2, "2"))
    expect(texts(rig.lines())).toEqual(["2", "after 2"])
  })

  it("13.55 and is dropped once n + 1 is delivered", () => {
    const rig = serverRig()
    rig.receive([reliable(0, 1, "1"), reliable(0, 2, "2"), unreliable(0, 1, 1, "late"), unreliable(0, 2, 1, "after 2")])
    expect(texts(rig.lines())).toEqual(["1", "2", "after 2"])
  })

  it("13.55 what waited is dropped when two reliable packets are delivered together", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 1, 1, "after 1"), unreliable(0, 2, 1, "after 2"), reliable(0, 2, "2")])
    rig.receive(reliable(0, 1, "1"))
    expect(texts(rig.lines())).toEqual(["1", "2", "after 2"])
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })

  it("13.56 of 3 and then 2 only 3 is delivered", () => {
    const rig = serverRig()
    rig.receive([
      unreliable(0, 0, 1, "1"),
      unreliable(0, 0, 3, "3"),
      unreliable(0, 0, 2, "2"),
      unreliable(0, 0, 4, "4")
    ])
    expect(texts(rig.lines())).toEqual(["1", "3", "4"])
  })

  it("13.56 a repeated one is dropped", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 0, 1, "1"), unreliable(0, 0, 1, "1")])
    rig.receive([unreliable(0, 1, 1, "waits"), unreliable(0, 1, 1, "waits")])
    rig.receive(reliable(0, 1, "r"))
    expect(texts(rig.lines())).toEqual(["1", "r", "waits"])
  })

  it("13.56 those that wait are sorted", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 1, 3, "3"), unreliable(0, 1, 1, "1"), unreliable(0, 1, 2, "2"), reliable(0, 1, "r")])
    expect(texts(rig.lines())).toEqual(["r", "1", "2", "3"])
  })

  it("channels do not wait for each other", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 1, 1, "waits"), unreliable(1, 0, 1, "does not")])
    expect(rig.lines()).toEqual(["Receive 1 does not"])
  })

  it("a reliable packet starts the unreliable numbers anew", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 0, 9, "a"), reliable(0, 1, "r"), unreliable(0, 1, 1, "b")])
    expect(texts(rig.lines())).toEqual(["a", "r", "b"])
  })

  it("so do reliable packets that had to wait", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 0, 9, "a"), reliable(0, 2, "s"), reliable(0, 1, "r"), unreliable(0, 2, 1, "b")])
    expect(texts(rig.lines())).toEqual(["a", "r", "s", "b"])
  })
})

describe("unreliable packets in fragments", () => {
  const text = "0123456789"
  /** Fragment `number` of packet `start`, whose text is ten times its own number. */
  const part = (start: number, number: number, after = 0) =>
    unreliableFragment(0, after, piece(text.replaceAll(/\d/g, `${start % 10}`), 5, start, number))
  const packet = (start: number) => `${start % 10}`.repeat(10)

  it("are delivered when the last one arrives, in any order", () => {
    const rig = serverRig()
    rig.receive([part(1, 1), part(1, 0)])
    expect(texts(rig.lines())).toEqual([packet(1)])
    rig.receive([part(1, 0), part(1, 1)])
    expect(rig.lines()).toEqual([])
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })

  it("a late fragment of a delivered packet does not hide the rest of its datagram", () => {
    const rig = serverRig()
    rig.receive([part(1, 0), part(1, 1)])
    rig.receive([part(1, 0), unreliable(0, 0, 2, "rest")])
    expect(texts(rig.lines())).toEqual([packet(1), "rest"])
  })

  it("two packets may be under way together", () => {
    const rig = serverRig()
    rig.receive([part(1, 0), part(2, 0), part(1, 1), part(2, 1)])
    expect(texts(rig.lines())).toEqual([packet(1), packet(2)])
  })

  it("delivering a newer packet destroys the older one under way", () => {
    const rig = serverRig()
    rig.receive([part(1, 0), part(2, 0), part(2, 1), part(1, 1)])
    expect(texts(rig.lines())).toEqual([packet(2)])
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })

  it("13.57 a third incomplete group evicts the first", () => {
    const rig = serverRig()
    rig.receive([part(1, 0), part(2, 0)])
    expect(rig.peer.totalWaitingData).toBe(20)
    rig.receive(part(3, 0))
    expect(rig.peer.totalWaitingData).toBe(20)
    rig.receive([part(1, 1), part(2, 1), part(3, 1)])
    expect(texts(rig.lines())).toEqual([packet(2), packet(3)])
  })

  it("13.57 the evicted group's later fragments start it anew", () => {
    const rig = serverRig()
    rig.receive([part(1, 0), part(2, 0), part(3, 0), part(1, 1), part(1, 0)])
    expect(texts(rig.lines())).toEqual([packet(1)])
  })

  it("13.57 the group that was begun last is never evicted, even when it is the oldest", () => {
    const rig = serverRig()
    rig.receive([part(4, 0), part(3, 0), part(2, 0)])
    expect(rig.peer.totalWaitingData).toBe(30)
    rig.receive(part(1, 0))
    expect(rig.peer.totalWaitingData).toBe(30)
    rig.receive([part(1, 1), part(2, 1), part(3, 1), part(4, 1)])
    expect(texts(rig.lines())).toEqual([packet(1), packet(3), packet(4)])
  })

  it("wait for the reliable packet that they follow", () => {
    const rig = serverRig()
    rig.receive([part(1, 0, 1), part(1, 1, 1)])
    expect(rig.lines()).toEqual([])
    rig.receive(reliable(0, 1, "r"))
    expect(texts(rig.lines())).toEqual(["r", packet(1)])
  })

  it("a group that follows an older reliable packet is dropped", () => {
    const rig = serverRig()
    rig.receive([part(1, 0, 0), reliable(0, 1, "r"), part(1, 1, 0)])
    expect(texts(rig.lines())).toEqual(["r"])
    expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
  })

  it("an unreliable packet behind an incomplete group is delivered and ends it", () => {
    const rig = serverRig()
    rig.receive([part(1, 0), unreliable(0, 0, 2, "whole"), part(1, 1)])
    expect(texts(rig.lines())).toEqual(["whole"])
  })
})

describe("13.62 unsequenced packets", () => {
  /** The groups that are delivered, of those that arrive. */
  const delivered = (...groups: ReadonlyArray<number>) => {
    const rig = serverRig()
    for (const group of groups) rig.receive(unsequenced(0, group, `${group}`))
    return texts(rig.lines()).map(Number)
  }

  it("13.62 a duplicate is dropped", () => {
    expect(delivered(1, 2, 1, 2, 3)).toEqual([1, 2, 3])
  })

  it("13.62 out of order is accepted", () => {
    expect(delivered(5, 3, 4, 1023, 1)).toEqual([5, 3, 4, 1023, 1])
  })

  it("13.62 an older block of 1,024 is dropped", () => {
    expect(delivered(1, 1024, 2, 1023, 1025)).toEqual([1, 1024, 1025])
    expect(delivered(...Array.from({ length: 1027 }, (_, i) => i + 1), 2, 5, 7, 1000, 1023, 1024, 1025, 0)).toEqual(
      Array.from({ length: 1027 }, (_, i) => i + 1)
    )
  })

  it("13.62 a jump of 32,768 or more is ignored", () => {
    expect(delivered(1, 32_767, 2)).toEqual([1, 32_767])
    expect(delivered(1, 32_768, 2)).toEqual([1, 2])
    expect(delivered(1, 65_535, 2)).toEqual([1, 2])
  })

  it("13.62 the groups wrap", () => {
    expect(delivered(20_000, 40_000, 60_000, 65_535, 0, 1, 65_534, 1, 2)).toEqual([
      20_000,
      40_000,
      60_000,
      65_535,
      0,
      1,
      2
    ])
  })

  it("13.62 bits of a block that was left are gone when the numbers come round", () => {
    expect(delivered(5, 20_000, 40_000, 60_000, 5)).toEqual([5, 20_000, 40_000, 60_000, 5])
  })

  it("13.62 the groups are one sequence for all channels", () => {
    const rig = serverRig()
    rig.receive([unsequenced(0, 1, "a"), unsequenced(1, 1, "b"), unsequenced(1, 2, "c")])
    expect(rig.lines()).toEqual(["Receive 0 a", "Receive 1 c"])
    rig.send(0, "x", 2)
    rig.send(1, "y", 2)
    expect(rig.sends()).toEqual([[unsequenced(0, 1, "x"), unsequenced(1, 2, "y")]])
  })

  it("13.62 they wait for nothing, and overtake unreliable packets that wait", () => {
    const rig = serverRig()
    rig.receive([unreliable(0, 1, 1, "waits"), unsequenced(0, 7, "now")])
    expect(texts(rig.lines())).toEqual(["now"])
    rig.receive(reliable(0, 1, "r"))
    expect(texts(rig.lines())).toEqual(["r", "waits"])
  })
})
