/**
 * What waits for a reader.
 */
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

export class Inbox<A> {
  isEnded = false
  private items: Array<A> = []
  private readonly news = Latch.makeUnsafe(false)

  get size(): number {
    return this.items.length
  }

  offer(item: A): void {
    this.items.push(item)
    this.news.openUnsafe()
  }

  end(): void {
    this.isEnded = true
    this.news.openUnsafe()
  }

  take(limit = Infinity): ReadonlyArray<A> {
    const taken = limit >= this.items.length ? this.items : this.items.slice(0, limit)
    this.items = limit >= this.items.length ? [] : this.items.slice(limit)
    if (this.items.length === 0 && !this.isEnded) this.news.closeUnsafe()
    return taken
  }

  /** Waits until there is something, or the end. */
  readonly ready: Effect.Effect<void> = Effect.suspend(() => this.news.await)
}
