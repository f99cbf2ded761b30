/**
 * What waits for a reader, with its size: the oldest may have to give way.
 */

/** What a waiting packet is charged beyond its bytes, so that empty ones cannot fill the memory. */
const OVERHEAD = 64

export const sizeOf = (packet: Uint8Array): number => packet.length + OVERHEAD

export class Backlog<A> {
  size = 0
  private items: Array<A> = []
  private sizes: Array<number> = []
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  get length(): number {
    return this.items.length
  }

  /** An empty backlog takes one item of any size. */
  hasRoom(size: number): boolean {
    return this.size === 0 || this.size + size <= this.limit
  }

  push(item: A, size: number): void {
    this.items.push(item)
    this.sizes.push(size)
    this.size += size
  }

  /** Drops the oldest until there is room: how many. */
  makeRoom(size: number): number {
    let dropped = 0
    while (!this.hasRoom(size)) this.size -= this.sizes[dropped++]!
    if (dropped > 0) {
      this.items.splice(0, dropped)
      this.sizes.splice(0, dropped)
    }
    return dropped
  }

  takeAll(): Array<A> {
    const { items } = this
    this.clear()
    return items
  }

  clear(): void {
    this.items = []
    this.sizes = []
    this.size = 0
  }
}
