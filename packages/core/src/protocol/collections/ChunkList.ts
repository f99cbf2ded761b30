/**
 * A persistent list for what is mostly appended and mostly removed near the front, but may be changed anywhere: a step
 * copies the spine once and each chunk that it writes once.
 */
import { nobody, type Owner } from "./Owner.ts"

const CHUNK = 64

class Chunk<T> {
  readonly owner: Owner
  readonly items: Array<T>
  constructor(owner: Owner, items: Array<T>) {
    this.owner = owner
    this.items = items
  }
}

/** A place in a list; `before` and `after` walk it without allocating. Any write to the list makes it void. */
export class Cursor {
  chunk = 0
  index = 0
  /** Items that a search has passed, for who limits its work. */
  walked = 0
}

export class ChunkList<T> {
  size: number
  private readonly owner: Owner
  private spine: Array<Chunk<T>>

  private constructor(owner: Owner, size: number, spine: Array<Chunk<T>>) {
    this.owner = owner
    this.size = size
    this.spine = spine
  }

  static empty<T>(): ChunkList<T> {
    return new ChunkList<T>(nobody, 0, [])
  }

  /** This list if the step owns it, otherwise the step's copy; only the result may be written. */
  edit(owner: Owner): ChunkList<T> {
    return this.owner === owner ? this : new ChunkList(owner, this.size, this.spine.slice())
  }

  /** Points the cursor at the first item; its item is `undefined` when there is none. */
  first(cursor: Cursor): T | undefined {
    cursor.chunk = 0
    cursor.index = 0
    return this.spine[0]?.items[0]
  }

  last(cursor: Cursor): T | undefined {
    cursor.chunk = this.spine.length
    return this.endOfPrevious(cursor)
  }

  after(cursor: Cursor): T | undefined {
    const chunk = this.spine[cursor.chunk]
    if (chunk === undefined) return undefined
    if (++cursor.index < chunk.items.length) return chunk.items[cursor.index]
    cursor.chunk++
    cursor.index = 0
    return this.spine[cursor.chunk]?.items[0]
  }

  before(cursor: Cursor): T | undefined {
    if (--cursor.index >= 0) return this.spine[cursor.chunk]!.items[cursor.index]
    return this.endOfPrevious(cursor)
  }

  private endOfPrevious(cursor: Cursor): T | undefined {
    cursor.chunk--
    cursor.index = -1
    // for engines -1 is the name of a property, which takes them long to look for
    if (cursor.chunk < 0) return undefined
    const { items } = this.spine[cursor.chunk]!
    cursor.index = items.length - 1
    return items[cursor.index]
  }

  head(): T | undefined {
    return this.spine[0]?.items[0]
  }

  push(item: T): void {
    this.size++
    const last = this.spine.length - 1
    if (last < 0 || this.spine[last]!.items.length >= CHUNK) this.spine.push(new Chunk(this.owner, [item]))
    else this.writable(last).push(item)
  }

  shift(): T | undefined {
    const item = this.head()
    if (this.size > 0) this.removeAt(0, 0)
    return item
  }

  set(cursor: Cursor, item: T): void {
    this.writable(cursor.chunk)[cursor.index] = item
  }

  remove(cursor: Readonly<Cursor>): void {
    this.removeAt(cursor.chunk, cursor.index)
  }

  /** Removes the cursor's item and gives the one behind it, where the cursor then stands. */
  removeAndNext(cursor: Cursor): T | undefined {
    this.removeAt(cursor.chunk, cursor.index)
    const chunk = this.spine[cursor.chunk]
    if (chunk !== undefined && cursor.index >= chunk.items.length) {
      cursor.chunk++
      cursor.index = 0
    }
    return this.spine[cursor.chunk]?.items[cursor.index]
  }

  /** Inserts behind the cursor's item; a cursor that ran off the front (`before` gave none) inserts at the front. */
  insertAfter(cursor: Readonly<Cursor>, item: T): void {
    this.size++
    const at = Math.max(cursor.chunk, 0)
    if (this.spine.length === 0) {
      this.spine.push(new Chunk(this.owner, [item]))
      return
    }
    const items = this.writable(at)
    items.splice(cursor.chunk < 0 ? 0 : cursor.index + 1, 0, item)
    if (items.length > 2 * CHUNK) this.spine.splice(at + 1, 0, new Chunk(this.owner, items.splice(CHUNK)))
  }

  /** Puts the items in front of all others, in their order. */
  prepend(items: ReadonlyArray<T>): void {
    this.size += items.length
    const chunks: Array<Chunk<T>> = []
    for (let i = 0; i < items.length; i += CHUNK) chunks.push(new Chunk(this.owner, items.slice(i, i + CHUNK)))
    this.spine = chunks.concat(this.spine)
  }

  /** Drops the first `count` items. */
  drop(count: number): void {
    this.size -= count
    let left = count
    let whole = 0
    while (whole < this.spine.length && this.spine[whole]!.items.length <= left) {
      left -= this.spine[whole++]!.items.length
    }
    if (whole > 0) this.spine.splice(0, whole)
    if (left > 0) this.writable(0).splice(0, left)
  }

  forEach(visit: (item: T) => void): void {
    for (const chunk of this.spine) for (const item of chunk.items) visit(item)
  }

  private removeAt(at: number, index: number): void {
    this.size--
    if (this.spine[at]!.items.length === 1) {
      if (at === 0) this.spine.shift()
      else this.spine.splice(at, 1)
      return
    }
    const items = this.writable(at)
    if (index === 0) items.shift()
    else items.splice(index, 1)
  }

  private writable(at: number): Array<T> {
    const chunk = this.spine[at]!
    if (chunk.owner === this.owner) return chunk.items
    const copy = new Chunk(this.owner, chunk.items.slice())
    this.spine[at] = copy
    return copy.items
  }
}
