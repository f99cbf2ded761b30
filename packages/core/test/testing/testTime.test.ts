import { TestTime } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Ref } from "effect"

describe("TestTime", () => {
  it.effect("lets time pass until the program is done", () =>
    Effect.gen(function*() {
      const before = yield* Clock.currentTimeMillis
      const result = yield* TestTime.run(Effect.as(Effect.sleep("90 seconds"), "done"))
      expect(result).toBe("done")
      expect((yield* Clock.currentTimeMillis) - before).toBe(90_010)
    }))

  it.effect("what fibers set in motion comes to rest before the clock goes on", () =>
    TestTime.run(Effect.gen(function*() {
      const seen = yield* Ref.make<ReadonlyArray<string>>([])
      const note = (text: string) => Ref.update(seen, (all) => [...all, text])
      // a chain of turns of the event loop, longer than anybody would guess
      const chain = Effect.andThen(Effect.repeat(Effect.yieldNow, { times: 500 }), note("chain"))
      yield* Effect.forkScoped(Effect.andThen(Effect.sleep(5), Effect.forkScoped(chain)))
      yield* Effect.sleep(6)
      yield* note("later")
      expect(yield* Ref.get(seen)).toEqual(["chain", "later"])
    })))

  it.effect("fails as the program fails", () =>
    Effect.gen(function*() {
      expect(yield* Effect.flip(TestTime.run(Effect.andThen(Effect.sleep(100), Effect.fail("no"))))).toBe("no")
      const exit = yield* Effect.exit(TestTime.run(Effect.die("boom")))
      expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
    }))

  it.effect("gives up after the limit", () =>
    Effect.gen(function*() {
      let interrupted = false
      const endless = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (interrupted = true)))
      const exit = yield* Effect.exit(TestTime.run(endless, { limit: "5 seconds", step: "1 second" }))
      expect(Exit.isFailure(exit) && Cause.pretty(exit.cause)).toContain("takes more than 5000 ms of test time")
      expect(interrupted).toBe(true)
      expect(yield* Clock.currentTimeMillis).toBe(5_000)
    }))
})
