import { SeededRandom } from "@effect-enet/core/testing"
import { DueQueue } from "@effect-enet/core/testing/DueQueue"
import { describe, expect, it } from "@effect/vitest"

const drain = <A>(queue: DueQueue<A>, now: number): Array<A> => {
  const items: Array<A> = []
  for (let next = queue.shift(now); next !== undefined; next = queue.shift(now)) items.push(next.item)
  return items
}

describe("DueQueue", () => {
  it("gives what is due, earliest first, and nothing else", () => {
    const queue = new DueQueue<string>()
    for (const [due, item] of [[30, "c"], [10, "a"], [20, "b"], [40, "d"]] as const) queue.push(due, item)
    expect(queue.next).toBe(10)
    expect(drain(queue, 30)).toEqual(["a", "b", "c"])
    expect(queue.size).toBe(1)
    expect(queue.shift(39)).toBeUndefined()
    expect(drain(queue, 40)).toEqual(["d"])
    expect(queue.next).toBeUndefined()
  })

  it("keeps the order of what is due at the same time", () => {
    const queue = new DueQueue<number>()
    for (let i = 0; i < 100; i++) queue.push(i % 3, i)
    const expected = [0, 1, 2].flatMap((due) => Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 3 === due))
    expect(drain(queue, 2)).toEqual(expected)
  })

  it("agrees with a sorted list", () => {
    const random = new SeededRandom.SeededRandom(1)
    const queue = new DueQueue<number>()
    const list: Array<{ readonly due: number; readonly item: number }> = []
    for (let item = 0; item < 5_000; item++) {
      if (random.chance(0.6)) {
        const due = random.integer(0, 500)
        queue.push(due, item)
        list.push({ due, item })
        list.sort((a, b) => a.due - b.due || a.item - b.item)
      } else {expect(queue.shift(400)?.item).toBe(
          list[0] === undefined || list[0].due > 400 ? undefined : list.shift()!.item
        )}
    }
    expect(queue.size).toBe(list.length)
  })
})
