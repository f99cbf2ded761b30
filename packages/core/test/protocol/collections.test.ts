import { ChunkList, Cursor } from "@effect-enet/core/protocol/collections/ChunkList"
import { Fifo } from "@effect-enet/core/protocol/collections/Fifo"
import { Owner } from "@effect-enet/core/protocol/collections/Owner"
import { earlier, isDue, NEVER, Radix } from "@effect-enet/core/protocol/collections/Radix"
import { Outgoing, OutgoingQueue } from "@effect-enet/core/protocol/Outgoing"
import { describe, expect, it } from "@effect/vitest"
import { random } from "./random.ts"
import { ping, reliable } from "./segments.ts"

const OPERATIONS = 20_000

/** Versions of a collection with what they must still hold, checked at the end. */
class Versions<C> {
  private readonly kept: Array<{ readonly collection: C; readonly expected: ReadonlyArray<unknown> }> = []
  private readonly read: (collection: C) => ReadonlyArray<unknown>

  constructor(read: (collection: C) => ReadonlyArray<unknown>) {
    this.read = read
  }

  check(collection: C, expected: ReadonlyArray<unknown>): void {
    const actual = this.read(collection)
    if (actual.length !== expected.length || actual.some((item, i) => item !== expected[i])) {
      throw new Error(`holds ${actual.join(" ")} instead of ${expected.join(" ")}`)
    }
  }

  keep(collection: C, expected: ReadonlyArray<unknown>): void {
    this.check(collection, expected)
    this.kept.push({ collection, expected: [...expected] })
  }

  get(index: number) {
    return this.kept[index % this.kept.length]!
  }

  checkAll(): number {
    for (const { collection, expected } of this.kept) this.check(collection, expected)
    return this.kept.length
  }
}

const listOf = <T>(collection: { forEach: (visit: (item: T) => void) => void }): Array<T> => {
  const items: Array<T> = []
  collection.forEach((item) => items.push(item))
  return items
}

describe("a persistent queue", { timeout: 60_000 }, () => {
  for (const grow of [0.45, 0.5, 0.6]) {
    it(`is a queue, and old versions stay what they were (${grow * 100}% pushes)`, () => {
      const { chance, integer } = random(grow * 100)
      const versions = new Versions<Fifo<number>>(listOf)
      let model: Array<number> = []
      let queue = Fifo.empty<number>().edit(new Owner())
      versions.keep(queue, model)
      queue = queue.edit(new Owner())
      for (let i = 0; i < OPERATIONS; i++) {
        if (chance(grow)) {
          queue.push(i)
          model.push(i)
        } else if (chance(0.5)) {
          if (queue.peek() !== model[0]) throw new Error("another head")
        } else if (queue.shift() !== model.shift()) throw new Error("another item")
        if (queue.size !== model.length) throw new Error("another size")
        if (chance(0.01)) {
          versions.keep(queue, model)
          // mostly on from the newest version, sometimes from an old one
          if (chance(0.1)) {
            const old = versions.get(integer(1000))
            queue = old.collection
            model = [...old.expected as Array<number>]
          }
          queue = queue.edit(new Owner())
        }
      }
      expect(versions.checkAll()).toBeGreaterThan(100)
    })
  }

  it("holds nothing when it is empty", () => {
    const queue = Fifo.empty<number>().edit(new Owner())
    expect([queue.size, queue.peek(), queue.shift(), listOf(queue)]).toEqual([0, undefined, undefined, []])
  })
})

describe("a persistent list", { timeout: 60_000 }, () => {
  it("is a list, and old versions stay what they were", () => {
    const { chance, integer } = random(4)
    const versions = new Versions<ChunkList<number>>(listOf)
    let model: Array<number> = []
    let list = ChunkList.empty<number>().edit(new Owner())
    versions.keep(list, model)
    list = list.edit(new Owner())
    const cursor = new Cursor()
    const goTo = (index: number) => {
      let item = list.first(cursor)
      for (let i = 0; i < index; i++) item = list.after(cursor)
      if (item !== model[index]) throw new Error(`finds ${item} instead of ${model[index]}`)
    }
    const operations: ReadonlyArray<(i: number) => void> = [
      (i) => {
        list.push(i)
        model.push(i)
      },
      () => {
        if (list.head() !== model[0] || list.shift() !== model.shift()) throw new Error("another head")
      },
      (i) => {
        const items = Array.from({ length: integer(chance(0.05) ? 200 : 4) }, (_, k) => i * 1000 + k)
        list.prepend(items)
        model.unshift(...items)
      },
      () => {
        const count = integer(Math.min(model.length, 5) + 1)
        list.drop(count)
        model.splice(0, count)
      },
      (i) => {
        if (model.length === 0) return
        const at = integer(model.length)
        goTo(at)
        if (i % 3 === 0) {
          list.set(cursor, i)
          model[at] = i
        } else if (i % 3 === 1) {
          list.remove(cursor)
          model.splice(at, 1)
        } else {
          const next = list.removeAndNext(cursor)
          model.splice(at, 1)
          if (next !== model[at]) throw new Error(`stands at ${next} instead of ${model[at]}`)
          if (next !== undefined && list.after(cursor) !== model[at + 1]) throw new Error("goes on elsewhere")
        }
      },
      (i) => {
        // from the tail, as received packets are put in their place
        let at = model.length - 1
        let item = list.last(cursor)
        for (let steps = integer(model.length + 1); steps > 0; steps--) {
          if (item !== model[at]) throw new Error(`finds ${item} instead of ${model[at]}`)
          item = list.before(cursor)
          at--
        }
        if (item !== model[at]) throw new Error(`finds ${item} instead of ${model[at]}`)
        list.insertAfter(cursor, i)
        model.splice(at + 1, 0, i)
      }
    ]
    for (let i = 0; i < OPERATIONS; i++) {
      // pushes and insertions first, then the others; every now and then the list empties
      const kind = i % 2000 < 1000 ? [0, 0, 5, 5, 2, 4, 1][integer(7)]! : [1, 3, 4, 4, 0, 5][integer(6)]!
      operations[kind]!(i)
      if (list.size !== model.length) throw new Error("another size")
      if (chance(0.02)) {
        versions.keep(list, model)
        if (chance(0.1)) {
          const old = versions.get(integer(1000))
          list = old.collection
          model = [...old.expected as Array<number>]
        }
        list = list.edit(new Owner())
      }
    }
    expect(versions.checkAll()).toBeGreaterThan(200)
  })

  it("a cursor on an empty list finds nothing in either direction", () => {
    const list = ChunkList.empty<number>().edit(new Owner())
    const cursor = new Cursor()
    expect([list.first(cursor), list.last(cursor), list.head(), list.shift()]).toEqual(new Array(4).fill(undefined))
    list.last(cursor)
    list.insertAfter(cursor, 1)
    expect(listOf(list)).toEqual([1])
  })
})

describe("a queue of outgoing commands", { timeout: 60_000 }, () => {
  it("has what waits for retransmission in front, and old versions stay what they were", () => {
    const { chance, integer } = random(5)
    const versions = new Versions<OutgoingQueue>(listOf)
    const resend: Array<Outgoing> = []
    const fresh: Array<Outgoing> = []
    let queue = OutgoingQueue.empty.edit(new Owner())
    versions.keep(queue, [])
    queue = queue.edit(new Owner())
    const make = (i: number) => Outgoing.make(reliable(0, i & 0xffff, "x"), i)
    for (let i = 0; i < OPERATIONS; i++) {
      const kind = integer(10)
      if (kind < 4) {
        fresh.push(make(i))
        queue.push(fresh.at(-1)!)
      } else if (kind < 8) {
        const first = resend.length > 0 ? resend[0] : fresh[0]
        if (queue.head() !== first || queue.shift() !== first) throw new Error("another head")
        if (resend.length > 0) resend.shift()
        else fresh.shift()
      } else if (kind < 9) {
        const commands = Array.from({ length: integer(4) }, (_, k) => make(i + k))
        queue.pushRetransmissions(commands)
        resend.unshift(...commands)
      } else if (resend.length > 0) {
        const at = integer(resend.length)
        const cursor = new Cursor()
        const list = queue.editRetransmissions()
        let item = list.first(cursor)
        for (let k = 0; k < at; k++) item = list.after(cursor)
        if (item !== resend[at]) throw new Error("another retransmission")
        list.remove(cursor)
        resend.splice(at, 1)
      }
      if (queue.size !== resend.length + fresh.length || queue.retransmissions().size !== resend.length) {
        throw new Error("another size")
      }
      if (chance(0.02)) {
        versions.keep(queue, [...resend, ...fresh])
        queue = queue.edit(new Owner())
      }
    }
    expect(versions.checkAll()).toBeGreaterThan(200)
  })

  it("knows the sizes of its commands", () => {
    const command = Outgoing.make(reliable(0, 1, "12345"), 7)
    expect([command.isReliable, command.fixedSize, command.payloadSize]).toEqual([true, 6, 5])
    expect(command.sent(9, 40)).toMatchObject({ sendAttempts: 1, sentTime: 9, roundTripTimeout: 40, queueTime: 7 })
    expect(command.sent(9, 40).timedOut()).toMatchObject({ sendAttempts: 1, sentTime: 9, roundTripTimeout: 80 })
    expect(command).toMatchObject({ sendAttempts: 0, sentTime: 0, roundTripTimeout: 0 })
    expect(Outgoing.make(ping(), 7)).toMatchObject({ payload: undefined, payloadSize: 0, fixedSize: 4 })
  })
})

describe("a persistent array of 4,096 places with wake times", { timeout: 60_000 }, () => {
  interface Item {
    readonly name: number
    readonly wake: number
  }

  it("finds the earliest and what is due as a scan would, and old versions stay what they were", () => {
    const { chance, integer } = random(6)
    const start = 0xfffff000
    const versions = new Versions<Radix<Item>>(listOf)
    let model = new Map<number, Item>()
    let tree = Radix.empty<Item>().edit(new Owner())
    const sorted = () => [...model.entries()].sort(([a], [b]) => a - b).map(([, item]) => item)
    for (let i = 0; i < OPERATIONS; i++) {
      const place = chance(0.5) ? integer(20) : integer(4096)
      const wake = chance(0.2) ? NEVER : (start + integer(8192)) >>> 0
      const item = { name: i, wake }
      tree.set(place, item)
      tree.settle(place, wake)
      model.set(place, item)
      if (tree.get(place) !== item) throw new Error("another item")
      if (chance(0.02)) {
        const now = (start + integer(8192)) >>> 0
        const items = sorted()
        const due = tree.due(now)
        const expected = items.filter((one) => isDue(one.wake, now))
        if (due.length !== expected.length || due.some((one, k) => one !== expected[k])) {
          throw new Error("others are due")
        }
        const earliest = items.reduce((time, one) => earlier(time, one.wake), NEVER)
        if (tree.wake !== earliest) throw new Error(`wakes at ${tree.wake} instead of ${earliest}`)
        if (chance(0.2)) versions.keep(tree, items)
        tree = tree.edit(new Owner())
      }
      if (i % 5000 === 4999) {
        model = new Map()
        tree = Radix.empty<Item>().edit(new Owner())
      }
    }
    expect(versions.checkAll()).toBeGreaterThan(50)
  })

  it("times wrap, and never is later than every time", () => {
    expect(earlier(5, 0xfffffff0)).toBe(0xfffffff0)
    expect(earlier(NEVER, 7)).toBe(7)
    expect(earlier(7, NEVER)).toBe(7)
    expect(earlier(NEVER, NEVER)).toBe(NEVER)
    expect([isDue(7, 7), isDue(8, 7), isDue(0xfffffff0, 7), isDue(NEVER, 7)]).toEqual([true, false, true, false])
  })

  it("has no item at places that were never written", () => {
    const tree = Radix.empty<Item>().edit(new Owner())
    expect([tree.get(0), tree.get(4095), tree.get(4096), tree.wake, tree.due(0)]).toEqual([
      undefined,
      undefined,
      undefined,
      NEVER,
      []
    ])
  })
})
