import { Owner } from "@effect-enet/core/protocol/collections/Owner"
import { Places } from "@effect-enet/core/protocol/collections/Places"
import { describe, expect, it } from "@effect/vitest"
import { random } from "./random.ts"

const everything = (places: Places): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: 4096 }, (_, place) => places.all(place))

describe("a table of places", () => {
  it("leads nowhere at first", () => {
    expect([Places.empty.single(0), Places.empty.all(4095)]).toEqual([undefined, []])
  })

  it("tells one slot from several and from none", () => {
    const places = Places.empty.edit(new Owner())
    const told = (slots: ReadonlyArray<number>) => {
      places.set(4094, slots)
      return [places.single(4094), places.all(4094)]
    }
    expect(told([0])).toEqual([0, [0]])
    expect(told([4094])).toEqual([4094, [4094]])
    expect(told([7, 4094, 0])).toEqual([undefined, [7, 4094, 0]])
    expect(told([7])).toEqual([7, [7]])
    expect(told([])).toEqual([undefined, []])
  })

  it("keeps every earlier version as it was", () => {
    const { integer } = random(5)
    const kept: Array<readonly [Places, ReadonlyArray<ReadonlyArray<number>>]> = []
    const model: Array<ReadonlyArray<number>> = Array.from({ length: 4096 }, () => [])
    let places = Places.empty
    for (let step = 0; step < 40; step++) {
      places = places.edit(new Owner())
      for (let i = 0; i < 200; i++) {
        const place = integer(64) * 64
        const slots = Array.from({ length: integer(4) }, () => integer(4095))
        model[place] = slots
        places.set(place, slots)
      }
      kept.push([places, [...model]])
    }
    for (const [version, expected] of kept) expect(everything(version)).toEqual(expected)
    expect(everything(Places.empty).every((slots) => slots.length === 0)).toBe(true)
  })
})
