/**
 * Wakes the fibers that wait at this moment; one that comes later waits for the next time.
 */
import * as Effect from "effect/Effect"

export class Signal {
  /** How often it has woken. */
  version = 0
  private waiters: Set<(effect: Effect.Effect<void>) => void> = new Set()

  readonly wait: Effect.Effect<void> = Effect.callback<void>((resume) => {
    this.waiters.add(resume)
    return Effect.sync(() => {
      this.waiters.delete(resume)
    })
  })

  /** Does not wait if it has woken since `version` was read. */
  waitAfter(version: number): Effect.Effect<void> {
    return Effect.suspend(() => this.version === version ? this.wait : Effect.void)
  }

  notify(): void {
    this.version++
    if (this.waiters.size === 0) return
    const waiters = this.waiters
    this.waiters = new Set()
    for (const resume of waiters) resume(Effect.void)
  }
}
