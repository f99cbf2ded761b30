import { Conditions, SeededRandom } from "@effect-enet/core/testing"
import { type Passage, Pipe } from "@effect-enet/core/testing/Pipe"
import { describe, expect, it } from "@effect/vitest"

const pipe = (conditions: Partial<Conditions.Conditions>, seed = 1) =>
  new Pipe({ ...Conditions.perfect, ...conditions }, new SeededRandom.SeededRandom(seed))

const packet = new Uint8Array(100)

const passage = (pipe: Pipe, now: number, bytes = packet): Passage => {
  const result = pipe.pass(now, bytes)
  if (typeof result === "string") throw new Error(result)
  return result
}

/** What became of many datagrams, one each millisecond. */
const many = (pipe: Pipe, count: number) => Array.from({ length: count }, (_, now) => pipe.pass(now, packet))
const share = (results: ReadonlyArray<unknown>, is: (result: unknown) => boolean) =>
  results.filter(is).length / results.length
const isLost = (result: unknown) => typeof result === "string"

describe("a pipe", () => {
  it("that is perfect changes nothing", () => {
    const passed = passage(pipe({}), 5)
    expect(passed).toEqual({ due: 5, bytes: packet, corrupted: false, reordered: false, copyDue: undefined })
    expect(passed.bytes).toBe(packet)
  })

  it("delays by the latency, and by up to the jitter, in order", () => {
    const jittery = pipe({ latency: 40, jitter: 20 })
    const dues = Array.from({ length: 500 }, (_, now) => passage(jittery, now).due)
    dues.forEach((due, now) => {
      expect(due).toBeGreaterThanOrEqual(now + 40)
      // behind an earlier one
      expect(due).toBeLessThanOrEqual(now + 60)
    })
    expect(dues).toEqual(dues.toSorted((a, b) => a - b))
    expect(new Set(dues.map((due, now) => Math.floor(due - now))).size).toBeGreaterThan(10)
  })

  it("loses evenly", () => {
    const results = many(pipe({ loss: 0.2 }), 20_000)
    expect(share(results, isLost)).toBeCloseTo(0.2, 1)
    expect(results).not.toContain("lostInBurst")
  })

  it("loses in bursts of the given length", () => {
    const results = many(pipe({ burst: { start: 0.01, stop: 0.2, loss: 1 } }), 50_000)
    // unwell for 1 / 0.2 datagrams, well for 1 / 0.01
    expect(share(results, isLost)).toBeCloseTo(5 / 105, 1)
    let bursts = 0
    results.forEach((result, index) => {
      if (isLost(result) && !isLost(results[index - 1])) bursts++
    })
    const length = results.filter(isLost).length / bursts
    expect(length).toBeGreaterThan(4)
    expect(length).toBeLessThan(6)
  })

  it("duplicates, and the copy comes later", () => {
    const results = Array.from({ length: 5_000 }, (_, now) => passage(duplicating, now))
    const copies = results.filter(({ copyDue }) => copyDue !== undefined)
    expect(copies.length / results.length).toBeCloseTo(0.1, 1)
    for (const { copyDue, due } of copies) {
      expect(copyDue).toBeGreaterThanOrEqual(due)
      expect(copyDue).toBeLessThanOrEqual(due + 30)
    }
  })
  const duplicating = pipe({ latency: 30, duplicate: 0.1 })

  it("holds some up, and the others overtake them", () => {
    const reordering = pipe({ latency: 10, reorder: 0.1, reorderDelay: 50 })
    const results = Array.from({ length: 5_000 }, (_, now) => passage(reordering, now))
    const held = results.filter(({ reordered }) => reordered)
    expect(held.length / results.length).toBeCloseTo(0.1, 1)
    results.forEach(({ due, reordered }, now) => {
      if (!reordered) expect(due).toBe(now + 10)
      else expect(due).toBeLessThanOrEqual(now + 60)
    })
    const dues = results.map(({ due }) => due)
    expect(dues).not.toEqual(dues.toSorted((a, b) => a - b))
  })

  it("damages a few bits of a copy", () => {
    const corrupting = pipe({ corrupt: 0.5 })
    const before = packet.slice()
    const damaged = Array.from({ length: 200 }, (_, now) => passage(corrupting, now)).filter(({ corrupted }) =>
      corrupted
    )
    expect(damaged.length).toBeGreaterThan(60)
    for (const { bytes } of damaged) {
      const bits = bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0)
      expect(bits).toBeLessThanOrEqual(3)
      expect(bytes).toHaveLength(100)
    }
    expect(packet).toEqual(before)
    expect(passage(corrupting, 0, new Uint8Array(0)).bytes).toHaveLength(0)
  })

  it("limits the rate: what comes too fast waits in the queue, and what does not fit is lost", () => {
    // 128 bytes with headers take 128 ms each
    const slow = pipe({ rate: 1_000, queue: 400 })
    expect(
      [0, 0, 0, 0, 0].map((now) => slow.pass(now, packet)).map((result) =>
        typeof result === "string" ? result : result.due
      )
    ).toEqual([128, 256, 384, "queueFull", "queueFull"])
    // some time later there is room again
    expect(passage(slow, 200).due).toBe(512)
    expect(passage(slow, 10_000).due).toBe(10_128)
  })

  it("with a queue that holds nothing lets one datagram after the other pass", () => {
    const narrow = pipe({ rate: 1_000, queue: 0 })
    expect(passage(narrow, 0).due).toBe(128)
    expect(narrow.pass(100, packet)).toBe("queueFull")
    expect(passage(narrow, 128).due).toBe(256)
  })

  it("takes new conditions at once, for what enters from then on", () => {
    const changing = pipe({ latency: 10 })
    expect(passage(changing, 0).due).toBe(10)
    changing.conditions = { ...Conditions.perfect, loss: 1 }
    expect(changing.pass(1, packet)).toBe("lost")
    changing.conditions = { ...Conditions.perfect, latency: 100 }
    expect(passage(changing, 2).due).toBe(102)
  })

  it("does the same with the same seed", () => {
    expect(many(pipe(Conditions.awful, 3), 1_000)).toEqual(many(pipe(Conditions.awful, 3), 1_000))
    expect(many(pipe(Conditions.awful, 3), 1_000)).not.toEqual(many(pipe(Conditions.awful, 4), 1_000))
  })
})
