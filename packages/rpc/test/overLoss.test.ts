import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Stream } from "effect"
import { NotFound, overBadNetwork } from "./Kit.ts"

describe("RPC over a network that loses a tenth", () => {
  it.effect("answers a call", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        expect(yield* client.Add({ a: 2, b: 3 })).toBe(5)
        expect(yield* client.Find({ name: "Ada" })).toBe("found")
      })
    ))

  it.effect("gives the typed error of a call", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        expect(yield* Effect.flip(client.Find({ name: "Bob" }))).toEqual(new NotFound({ name: "Bob" }))
      })
    ))

  it.effect("gives a defect of the handler as a defect of the call", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        const exit = yield* Effect.exit(client.Die())
        expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
        expect(String(exit)).toContain("the handler is broken")
        expect(yield* client.Add({ a: 1, b: 1 })).toBe(2)
      })
    ))

  it.effect("streams in order, to the end", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        const values = yield* Stream.runCollect(client.Count({ to: 500 }))
        expect(values).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
      })
    ))

  it.effect("streams up to a typed error", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        const values: Array<number> = []
        const run = Stream.runForEach(client.FailAt({ at: 3 }), (value) => Effect.sync(() => values.push(value)))
        expect(yield* Effect.flip(run)).toEqual(new NotFound({ name: "3" }))
        expect(values).toEqual([1, 2, 3])
      })
    ))

  it.effect("interrupts the handler of a call that is interrupted", () =>
    overBadNetwork((client, _, log) =>
      Effect.gen(function*() {
        const calling = yield* Effect.forkChild(client.Slow())
        yield* Deferred.await(log.started)
        yield* Fiber.interrupt(calling)
        yield* Effect.sleep("2 seconds")
        expect(log.interrupted).toBe(1)
      })
    ))

  it.effect("ends the stream of a reader that has enough", () =>
    overBadNetwork((client, _, log) =>
      Effect.gen(function*() {
        expect(yield* Stream.runCollect(Stream.take(client.Ticks(), 20))).toHaveLength(20)
        yield* Effect.sleep("2 seconds")
        expect(log.interrupted).toBe(1)
      })
    ))

  it.effect.each([1, 2, 3])(
    "answers many calls at once, each its own (seed %d)",
    (seed) =>
      overBadNetwork((client) =>
        Effect.gen(function*() {
          const sums = yield* Effect.forEach(
            Array.from({ length: 200 }, (_, i) => i),
            (i) => client.Add({ a: i, b: 1000 }),
            { concurrency: "unbounded" }
          )
          expect(sums).toEqual(Array.from({ length: 200 }, (_, i) => i + 1000))
          const streams = yield* Effect.forEach(
            [50, 60, 70, 80],
            (to) => Stream.runCollect(client.Count({ to })),
            { concurrency: "unbounded" }
          )
          expect(streams.map((values) => values.length)).toEqual([50, 60, 70, 80])
        }), { seed })
  )

  it.effect("carries what needs many datagrams", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        const text = "packet ".repeat(10_000)
        expect(yield* client.Echo({ text })).toBe(text)
      })
    ))
})
