/**
 * Who is to be woken when: a binary heap in which every item has one place, so that what is gone is not held on to.
 */
interface Alarm<A> {
  readonly at: number
  readonly item: A
}

export class Alarms<A> {
  private readonly heap: Array<Alarm<A>> = []
  private readonly places = new Map<A, number>()

  /** When the first one is due. */
  get next(): number | undefined {
    return this.heap[0]?.at
  }

  /** Wakes an item at a time, unless it is to be woken before that. */
  wake(at: number, item: A): void {
    const place = this.places.get(item) ?? this.heap.length
    const before = this.heap[place]
    if (before === undefined || at < before.at) this.rise(place, { at, item })
  }

  /** The first one if it is due, which is not to be woken any more. */
  take(now: number): A | undefined {
    const [first] = this.heap
    if (first === undefined || first.at > now) return undefined
    this.delete(first.item)
    return first.item
  }

  delete(item: A): void {
    const place = this.places.get(item)
    if (place === undefined) return
    this.places.delete(item)
    const last = this.heap.pop()
    // the last one takes the place, and may belong above it as well as below
    if (last !== undefined && last.item !== item) this.sink(this.rise(place, last), last)
  }

  private put(place: number, alarm: Alarm<A>): void {
    this.heap[place] = alarm
    this.places.set(alarm.item, place)
  }

  private rise(from: number, alarm: Alarm<A>): number {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >>> 1
      const above = this.heap[parent]
      if (above === undefined || above.at <= alarm.at) break
      this.put(place, above)
      place = parent
    }
    this.put(place, alarm)
    return place
  }

  private sink(from: number, alarm: Alarm<A>): void {
    const { heap } = this
    let place = from
    for (;;) {
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]]
      const child = right !== undefined && left !== undefined && right.at < left.at ? 2 * place + 2 : 2 * place + 1
      const below = heap[child]
      if (below === undefined || below.at >= alarm.at) break
      this.put(place, below)
      place = child
    }
    this.put(place, alarm)
  }
}
