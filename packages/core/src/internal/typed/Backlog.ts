/**
 * What waits for a reader, up to a limit: the oldest may have to give way.
 */

/** What a waiting packet is charged beyond its bytes, so that empty ones cannot fill the memory. */
const OVERHEAD = 64

export const sizeOf = (packet: Uint8Array): number => packet.length + OVERHEAD

export class Backlog<A> {
  size = 0
  private items: Array<A> = []
  private readonly limit: number
  private readonly sizeOf: (item: A) => number

  constructor(limit: number, sizeOf: (item: A) => number) {
    this.limit = limit
    this.sizeOf = sizeOf
  }

  get length(): number {
    return this.items.length
  }

  /** An empty backlog takes one item of any size. */
  hasRoomFor(item: A): boolean {
    return this.size === 0 || this.size + this.sizeOf(item) <= this.limit
  }

  /** Takes the item if there is room for it: whether there was. */
  offer(item: A): boolean {
    const size = this.size + this.sizeOf(item)
    if (size > this.limit && this.size > 0) return false
    this.items.push(item)
    this.size = size
    return true
  }

  /** Drops the oldest until there is room: how many. */
  push(item: A): number {
    let dropped = 0
    while (!this.hasRoomFor(item)) this.size -= this.sizeOf(this.items[dropped++]!)
    if (dropped > 0) this.items.splice(0, dropped)
    this.offer(item)
    return dropped
  }

  takeAll(): Array<A> {
    const { items } = this
    this.clear()
    return items
  }

  clear(): void {
    this.items = []
    this.size = 0
  }
}
