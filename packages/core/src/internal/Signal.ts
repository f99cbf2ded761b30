/**
 * Wakes the fibers that wait for something, when it holds; who waits for something else sleeps on.
 */
import * as Effect from "effect/Effect"

interface Waiter {
  readonly ready: () => boolean
  readonly resume: (effect: Effect.Effect<void>) => void
}

export class Signal {
  /** How often it has been given. */
  version = 0
  /** Made when somebody waits: most signals are of peers for which nobody does. */
  private waiters: Set<Waiter> | undefined = undefined

  /** Whether somebody waits. */
  get isAwaited(): boolean {
    return this.waiters !== undefined && this.waiters.size > 0
  }

  /**
   * Waits for a signal at which `ready` holds, and not at all when it does already. It may not hold any more when the
   * fiber goes on: the scheduler can set it aside between any two effects.
   */
  waitUnless(ready: () => boolean): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (ready()) return resume(Effect.void)
      const waiters = this.waiters ??= new Set()
      const waiter: Waiter = { ready, resume }
      waiters.add(waiter)
      return Effect.sync(() => {
        waiters.delete(waiter)
      })
    })
  }

  /** Does not wait if it has been given since `version` was read. */
  waitAfter(version: number): Effect.Effect<void> {
    return this.waitUnless(() => this.version !== version)
  }

  notify(): void {
    this.version++
    const { waiters } = this
    if (waiters === undefined) return
    for (const waiter of waiters) {
      if (!waiter.ready()) continue
      waiters.delete(waiter)
      waiter.resume(Effect.void)
    }
  }
}
