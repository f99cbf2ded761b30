/**
 * A persistent first-in first-out queue: however long it is, an operation touches one chunk at most.
 */
import { nobody, type Owner } from "./Owner.ts"

const CHUNK = 64

interface Cons<T> {
  readonly chunk: ReadonlyArray<T>
  readonly rest: Cons<T> | undefined
}

const reversed = <T>(list: Cons<T> | undefined): Cons<T> | undefined => {
  let result: Cons<T> | undefined
  for (let cons = list; cons !== undefined; cons = cons.rest) result = { chunk: cons.chunk, rest: result }
  return result
}

/**
 * Items leave from `front`, then from the chunks of `ready` (oldest first), then from those of `full` (newest first,
 * reversed when its turn comes), then from `tail`, where items arrive.
 */
export class Fifo<T> {
  size: number
  private readonly owner: Owner
  private tailOwner: Owner
  private front: ReadonlyArray<T>
  private index: number
  private ready: Cons<T> | undefined
  private full: Cons<T> | undefined
  private tail: Array<T>

  private constructor(owner: Owner, from: Fifo<T> | undefined) {
    this.owner = owner
    this.size = from === undefined ? 0 : from.size
    this.tailOwner = from === undefined ? owner : from.tailOwner
    this.front = from === undefined ? [] : from.front
    this.index = from === undefined ? 0 : from.index
    this.ready = from === undefined ? undefined : from.ready
    this.full = from === undefined ? undefined : from.full
    this.tail = from === undefined ? [] : from.tail
  }

  static empty<T>(): Fifo<T> {
    return new Fifo<T>(nobody, undefined)
  }

  /** This queue if the step owns it, otherwise the step's copy; only the result may be written. */
  edit(owner: Owner): Fifo<T> {
    return this.owner === owner ? this : new Fifo(owner, this)
  }

  push(item: T): void {
    this.size++
    if (this.tail.length === CHUNK) {
      this.full = { chunk: this.tail, rest: this.full }
      this.tail = [item]
      this.tailOwner = this.owner
      return
    }
    if (this.tailOwner !== this.owner) {
      // many queues hold one item from step to step: an array that is made with it takes no more room than it needs
      this.tail = [...this.tail, item]
      this.tailOwner = this.owner
    } else this.tail.push(item)
  }

  /** The oldest item. */
  peek(): T | undefined {
    if (this.size === 0) return undefined
    if (this.index === this.front.length) this.advance()
    return this.front[this.index]
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined
    if (this.index === this.front.length) this.advance()
    this.size--
    return this.front[this.index++]
  }

  forEach(visit: (item: T) => void): void {
    for (let i = this.index; i < this.front.length; i++) visit(this.front[i]!)
    for (let cons = this.ready; cons !== undefined; cons = cons.rest) cons.chunk.forEach((item) => visit(item))
    for (let cons = reversed(this.full); cons !== undefined; cons = cons.rest) cons.chunk.forEach((item) => visit(item))
    this.tail.forEach((item) => visit(item))
  }

  private advance(): void {
    this.index = 0
    if (this.ready === undefined && this.full !== undefined) {
      this.ready = reversed(this.full)
      this.full = undefined
    }
    if (this.ready !== undefined) {
      this.front = this.ready.chunk
      this.ready = this.ready.rest
      return
    }
    this.front = this.tail
    this.tail = []
    this.tailOwner = this.owner
  }
}
