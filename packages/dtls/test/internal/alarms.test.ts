import { describe, expect, it } from "@effect/vitest"
import { Alarms } from "../../src/internal/Alarms.ts"
import { seededNumbers } from "../kit/random.ts"

describe("alarms", () => {
  it("agree with a list", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const number = seededNumbers(seed)
      const alarms = new Alarms<number>()
      const list = new Map<number, number>()
      for (let i = 0; i < 500; i++) {
        const item = number(20)
        switch (number(3)) {
          case 0: {
            const at = number(100)
            alarms.wake(at, item)
            list.set(item, Math.min(at, list.get(item) ?? at))
            break
          }
          case 1:
            alarms.delete(item)
            list.delete(item)
            break
          default: {
            const now = number(100)
            const first = Math.min(...list.values())
            const taken = alarms.take(now)
            if (first > now) expect(taken).toBeUndefined()
            else {
              expect(taken === undefined ? undefined : list.get(taken)).toBe(first)
              list.delete(taken!)
            }
          }
        }
        expect(alarms.next).toBe(list.size === 0 ? undefined : Math.min(...list.values()))
      }
    }
  })

  it("wake an item once, at the earliest of its times", () => {
    const alarms = new Alarms<string>()
    for (const at of [5, 3, 4]) alarms.wake(at, "a")
    expect([alarms.take(2), alarms.take(3), alarms.take(9)]).toEqual([undefined, "a", undefined])
    expect(alarms.next).toBeUndefined()
  })
})
