/**
 * Wakes the fibers that wait at this moment; one that comes later waits for the next time.
 */
import * as Effect from "effect/Effect"

type Waiter = (effect: Effect.Effect<void>) => void

export class Signal {
  /** How often it has woken. */
  version = 0
  /** Made when somebody waits: most signals are of peers for which nobody does. */
  private waiters: Set<Waiter> | undefined = undefined

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return this.waiters !== undefined && this.waiters.size > 0
  }

  /**
   * Does not wait when `ready` holds. What a fiber saw before it came here may have changed: the scheduler can set it
   * aside between any two effects.
   */
  waitUnless(ready: () => boolean): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (ready()) return resume(Effect.void)
      const waiters = this.waiters ??= new Set()
      waiters.add(resume)
      return Effect.sync(() => {
        waiters.delete(resume)
      })
    })
  }

  /** Does not wait if it has woken since `version` was read. */
  waitAfter(version: number): Effect.Effect<void> {
    return this.waitUnless(() => this.version !== version)
  }

  notify(): void {
    this.version++
    const waiters = this.waiters
    if (waiters === undefined || waiters.size === 0) return
    this.waiters = undefined
    for (const resume of waiters) resume(Effect.void)
  }
}
