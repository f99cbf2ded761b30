/**
 * Wakes the fibers that wait at this moment; one that comes later waits for the next time.
 */
import * as Effect from "effect/Effect"

export class Signal {
  /** How often it has woken. */
  version = 0
  private waiters: Set<(effect: Effect.Effect<void>) => void> = new Set()

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return this.waiters.size > 0
  }

  /**
   * Does not wait when `ready` holds. What a fiber saw before it came here may have changed: the scheduler can set it
   * aside between any two effects.
   */
  waitUnless(ready: () => boolean): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (ready()) return resume(Effect.void)
      this.waiters.add(resume)
      return Effect.sync(() => {
        this.waiters.delete(resume)
      })
    })
  }

  /** Does not wait if it has woken since `version` was read. */
  waitAfter(version: number): Effect.Effect<void> {
    return this.waitUnless(() => this.version !== version)
  }

  notify(): void {
    this.version++
    if (this.waiters.size === 0) return
    const waiters = this.waiters
    this.waiters = new Set()
    for (const resume of waiters) resume(Effect.void)
  }
}
