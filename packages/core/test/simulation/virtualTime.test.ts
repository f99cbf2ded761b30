import { SeededRandom } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Context, Effect, Fiber, Scheduler } from "effect"
import { VirtualTime } from "../../simulation/VirtualTime.ts"

const runIn = (time: VirtualTime) =>
  Effect.runForkWith(Context.make(Clock.Clock, time.clock).pipe(Context.add(Scheduler.Scheduler, time.scheduler)))

/** Ten fibers that take turns, and the order in which they did. */
const order = (time: VirtualTime): ReadonlyArray<number> => {
  const turns: Array<number> = []
  const run = runIn(time)
  for (let i = 0; i < 10; i++) {
    const turn = Effect.andThen(Effect.yieldNow, Effect.sync(() => turns.push(i)))
    run(Effect.repeat(turn, { times: 2 }))
  }
  time.run(0, () => {})
  return turns
}

describe("VirtualTime", () => {
  it("jumps to the next sleeper, without waiting", () => {
    const time = new VirtualTime()
    const fiber = runIn(time)(Effect.gen(function*() {
      yield* Effect.sleep("10 hours")
      return yield* Clock.currentTimeMillis
    }))
    const instants: Array<number> = []
    time.run(100_000_000, () => instants.push(time.now))
    expect(fiber.pollUnsafe()).toMatchObject({ value: 36_000_000 })
    expect(instants).toEqual([0, 36_000_000])
    expect(time.sleeping).toBe(0)
  })

  it("forgets those who are interrupted in their sleep", () => {
    const time = new VirtualTime()
    const run = runIn(time)
    const fiber = run(Effect.sleep("1 hour"))
    expect(time.sleeping).toBe(1)
    run(Effect.andThen(Effect.sleep(10), Fiber.interrupt(fiber)))
    time.run(20, () => {})
    expect(time.sleeping).toBe(0)
    time.run(10_000_000, () => {})
    expect(time.sleeping).toBe(0)
  })

  it("takes what is ready in order, or draws from a seed", () => {
    const orderly = order(new VirtualTime())
    expect(orderly).toEqual(order(new VirtualTime()))
    const drawn = (seed: number) => order(new VirtualTime(new SeededRandom.SeededRandom(seed)))
    expect(drawn(1)).toEqual(drawn(1))
    expect(drawn(1)).not.toEqual(orderly)
    expect(drawn(1)).not.toEqual(drawn(2))
    const sorted = (turns: ReadonlyArray<number>) => turns.toSorted((a, b) => a - b)
    expect(sorted(drawn(1))).toEqual(sorted(orderly))
  })

  it("notices programs that never come to rest", () => {
    const time = new VirtualTime()
    runIn(time)(Effect.forever(Effect.yieldNow))
    expect(() => time.run(1, () => {})).toThrow("at one instant")
  })

  it("a clock of one program may be ahead of the others", () => {
    const time = new VirtualTime()
    const slept: Array<number> = []
    const ahead = time.clockWith(() => 5_000, (milliseconds) => slept.push(milliseconds))
    const fiber = runIn(time)(
      Effect.provideService(Effect.andThen(Effect.sleep(30), Clock.currentTimeMillis), Clock.Clock, ahead)
    )
    time.run(100, () => {})
    expect(fiber.pollUnsafe()).toMatchObject({ value: 5_030 })
    expect(slept).toEqual([30])
  })
})
