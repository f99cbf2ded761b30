import { describe, expect, it } from "@effect/vitest"
import { addFragment, emptyReassembly, type Reassembly, takeMessage } from "../../src/protocol/Reassembly.ts"
import { emptyWindow, isFresh, mark } from "../../src/protocol/ReplayWindow.ts"
import type { Fragment } from "../../src/wire/Handshake.ts"
import { seededNumbers } from "../kit/random.ts"

describe("the replay window", () => {
  it("agrees with a list of everything that was seen", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const number = seededNumbers(seed)
      const seen = new Set<number>()
      let window = emptyWindow
      let highest = -1
      let base = 0
      for (let i = 0; i < 2000; i++) {
        // mostly near the front, sometimes far ahead
        base += number(50) === 0 ? number(200) : number(2)
        const sequence = Math.max(0, base - number(100) + 20)
        const expected = sequence > highest || (sequence > highest - 64 && !seen.has(sequence))
        expect(isFresh(window, sequence), `seed ${seed}, step ${i}, ${sequence} at ${highest}`).toBe(expected)
        if (expected) {
          window = mark(window, sequence)
          seen.add(sequence)
          highest = Math.max(highest, sequence)
        }
      }
    }
  })

  it("works at the end of the numbers", () => {
    const top = 2 ** 48 - 1
    const window = mark(mark(emptyWindow, top - 40), top)
    expect([top, top - 40, top - 64].map((sequence) => isFresh(window, sequence))).toEqual([false, false, false])
    expect([top - 1, top - 39, top - 63].map((sequence) => isFresh(window, sequence))).toEqual([true, true, true])
  })

  it("does not change when it notes what is too old", () => {
    const window = mark(emptyWindow, 100)
    expect(mark(window, 10)).toEqual(window)
  })
})

const body = Uint8Array.from({ length: 40 }, (_, i) => i)

const part = (offset: number, length: number, changes: Partial<Fragment> = {}): Fragment => ({
  type: 11,
  sequence: 2,
  length: body.length,
  offset,
  bytes: body.slice(offset, offset + length),
  ...changes
})

const add = (reassembly: Reassembly | undefined, fragment: Fragment, epoch = 0): Reassembly | undefined =>
  reassembly === undefined ? undefined : addFragment(reassembly, fragment, epoch, 1000)

const all = (fragments: ReadonlyArray<Fragment>): Reassembly | undefined => {
  let state: Reassembly | undefined = emptyReassembly(2)
  for (const fragment of fragments) state = add(state, fragment)
  return state
}

const bodyOf = (reassembly: Reassembly | undefined) =>
  reassembly === undefined ? undefined : takeMessage(reassembly)?.taken.body

describe("reassembly", () => {
  it("takes fragments in any order, with overlaps and repetitions", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const number = seededNumbers(seed)
      let state: Reassembly | undefined = emptyReassembly(2)
      const covered = new Set<number>()
      while (covered.size < body.length) {
        expect(bodyOf(state)).toBeUndefined()
        const offset = number(body.length)
        const length = 1 + number(body.length - offset)
        state = add(state, part(offset, length))
        for (let i = offset; i < offset + length; i++) covered.add(i)
      }
      expect(bodyOf(state)).toEqual(body)
    }
  })

  it("keeps what came first where fragments overlap", () => {
    const state = all([part(0, 20), part(10, 30, { bytes: new Uint8Array(30).fill(99) })])
    expect(bodyOf(state)?.slice(0, 20)).toEqual(body.slice(0, 20))
    expect(bodyOf(state)?.slice(20)).toEqual(new Uint8Array(20).fill(99))
  })

  it("does not keep the caller's memory", () => {
    const bytes = body.slice()
    const state = all([part(0, 40, { bytes })])
    bytes.fill(0)
    expect(bodyOf(state)).toEqual(body)
  })

  it("gives messages in the order of their numbers", () => {
    const state = all([part(0, 40, { sequence: 3 }), part(0, 0, { sequence: 4, length: 0, bytes: new Uint8Array(0) })])
    expect(takeMessage(state!)).toBeUndefined()
    const first = takeMessage(add(state, part(0, 40))!)
    const second = takeMessage(first!.rest)
    const third = takeMessage(second!.rest)
    expect([first, second, third].map((one) => one?.taken.sequence)).toEqual([2, 3, 4])
    expect(third?.rest).toEqual(emptyReassembly(5))
  })

  it("refuses what contradicts what is there", () => {
    const state = all([part(0, 10)])
    expect(add(state, part(10, 10, { length: 41 }))).toBeUndefined()
    expect(add(state, part(10, 10, { type: 12 }))).toBeUndefined()
  })

  it("lets what is authenticated take the place of what is not, and not the other way round", () => {
    const forged = add(emptyReassembly(2), part(0, 40, { type: 4 }))
    const genuine = add(forged, part(0, 40, { type: 20 }), 1)
    expect(takeMessage(genuine!)?.taken).toEqual({ type: 20, sequence: 2, body })
    expect(add(genuine, part(0, 40, { type: 4 }))).toBeUndefined()
  })

  it("refuses what is too far ahead, too long or empty", () => {
    const state = emptyReassembly(2)
    expect(add(state, part(0, 10, { sequence: 9 }))).toBeDefined()
    expect(add(state, part(0, 10, { sequence: 10 }))).toBeUndefined()
    expect(add(state, part(0, 10, { length: 1000 }))).toBeDefined()
    expect(add(state, part(0, 10, { length: 1001 }))).toBeUndefined()
    expect(add(state, part(3, 0))).toBeUndefined()
  })

  it("keeps at most 256 pieces and 64 KiB", () => {
    let state: Reassembly = emptyReassembly(2)
    let refused = 0
    for (let offset = 0; offset < 2000; offset += 2) {
      const added = addFragment(state, part(0, 0, { offset, length: 2000, bytes: Uint8Array.of(1) }), 0, 4000)
      if (added === undefined) refused++
      else state = added
    }
    expect(1000 - refused).toBe(256)
    let large: Reassembly = emptyReassembly(2)
    let kept = 0
    for (let sequence = 2; sequence < 10; sequence++) {
      const fragment = part(0, 0, { sequence, length: 20_000, bytes: new Uint8Array(16_000) })
      const added = addFragment(large, fragment, 0, 32_768)
      if (added === undefined) continue
      large = added
      kept += 16_000
    }
    expect(kept).toBe(64_000)
  })
})
