/**
 * Time for tests that need not think about it: the clock of `TestClock` goes on by itself as long as a program runs.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

/**
 * @since 0.1.0
 * @category models
 */
export interface RunOptions {
  /** How far the clock is moved at a time; the clock stands at a multiple of it in the end. Default 10 milliseconds. */
  readonly step?: Duration.Input | undefined
  /** A program that takes longer on the clock is interrupted, and `run` dies. Default 1 hour. */
  readonly limit?: Duration.Input | undefined
}

/**
 * Runs a program, and moves the test clock until it is done. In the program `Effect.sleep` takes no time, and
 * everything that other fibers do happens in its order: between two sleepers that wake at different times, all that the
 * first one set in motion comes to rest.
 *
 * @since 0.1.0
 * @category running
 */
export const run = <A, E, R>(
  program: Effect.Effect<A, E, R>,
  options?: RunOptions
): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const step = Duration.toMillis(Duration.fromInputUnsafe(options?.step ?? 10))
    const limit = Duration.toMillis(Duration.fromInputUnsafe(options?.limit ?? "1 hour"))
    // what begins with a sleep is followed by the test clock until it rests
    const fiber = yield* Effect.forkChild(Effect.andThen(Effect.sleep(1), program), { startImmediately: true })
    for (let passed = 0; passed < limit; passed += step) {
      yield* TestClock.adjust(step)
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return yield* exit
    }
    yield* Fiber.interrupt(fiber)
    return yield* Effect.die(new Error(`the program takes more than ${limit} ms of test time`))
  })
