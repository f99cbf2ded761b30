/**
 * Who is to be woken when: a binary heap. Entries that were overtaken stay in it; whoever takes them out knows better.
 */
interface Alarm<A> {
  readonly at: number
  readonly item: A
}

export class Alarms<A> {
  private readonly heap: Array<Alarm<A>> = []

  /** When the first one is due. */
  get next(): number | undefined {
    return this.heap[0]?.at
  }

  push(at: number, item: A): void {
    const { heap } = this
    let index = heap.length
    while (index > 0) {
      const parent = (index - 1) >>> 1
      const above = heap[parent]
      if (above === undefined || above.at <= at) break
      heap[index] = above
      index = parent
    }
    heap[index] = { at, item }
  }

  /** The first one if it is due. */
  take(now: number): A | undefined {
    const { heap } = this
    const first = heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) this.sink(last)
    return first.item
  }

  private sink(alarm: Alarm<A>): void {
    const { heap } = this
    let index = 0
    for (;;) {
      const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]]
      const child = right !== undefined && left !== undefined && right.at < left.at ? 2 * index + 2 : 2 * index + 1
      const below = heap[child]
      if (below === undefined || below.at >= alarm.at) break
      heap[index] = below
      index = child
    }
    heap[index] = alarm
  }
}
