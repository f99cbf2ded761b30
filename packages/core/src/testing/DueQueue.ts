/**
 * Things that are due at a time, taken out in the order of their times; equal times in the order in which they came.
 *
 * @since 0.1.0
 */

interface Entry<A> {
  readonly due: number
  readonly order: number
  readonly item: A
}

const isBefore = <A>(a: Entry<A>, b: Entry<A>): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

/**
 * A binary heap.
 *
 * @since 0.1.0
 * @category models
 */
export class DueQueue<A> {
  private readonly heap: Array<Entry<A>> = []
  private order = 0

  get size(): number {
    return this.heap.length
  }

  /** When the first item is due. */
  get next(): number | undefined {
    return this.heap[0]?.due
  }

  push(due: number, item: A): void {
    const { heap } = this
    const entry: Entry<A> = { due, order: this.order++, item }
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (!isBefore(entry, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  /** The first item that is due at `now`, with its time. */
  shift(now: number): { readonly due: number; readonly item: A } | undefined {
    const { heap } = this
    const first = heap[0]
    if (first === undefined || first.due > now) return undefined
    const last = heap.pop()!
    if (heap.length > 0) this.sink(last)
    return first
  }

  private sink(entry: Entry<A>): void {
    const { heap } = this
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, entry)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = entry
  }
}
