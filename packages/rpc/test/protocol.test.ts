import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Option, Stream, Tracer } from "effect"
import { RpcClient } from "effect/rpc"
import { overBadNetwork } from "./Kit.ts"

/** A tracer that keeps the spans that begin. */
const keepSpans = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, provide: Effect.provideService(Tracer.Tracer, tracer) }
}

const parentOf = (span: Tracer.NativeSpan | undefined) => span && Option.getOrUndefined(span.parent)?.spanId

describe("what goes with a call", () => {
  it.effect("has its headers, and those of all calls of a region", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        expect(yield* client.Header({ name: "x-match" })).toBe("none")
        expect(yield* client.Header({ name: "x-match" }, { headers: { "x-match": "7 ü" } })).toBe("7 ü")
        const inRegion = yield* RpcClient.withHeaders(client.Header({ name: "x-team" }), { "X-Team": "blue" })
        expect(inRegion).toBe("blue")
      })
    ))

  it.effect("has its span, the parent of the server's", () => {
    const { provide, spans } = keepSpans()
    return overBadNetwork((client) =>
      Effect.gen(function*() {
        yield* Effect.withSpan(client.Add({ a: 1, b: 2 }), "turn")
        const turn = spans.find(({ name }) => name === "turn")
        const calls = spans.filter(({ name }) => name.endsWith("Add"))
        const sent = calls.find(({ kind }) => kind === "client")
        const served = calls.find(({ kind }) => kind === "server")
        expect(calls).toHaveLength(2)
        expect(turn).toBeDefined()
        expect(parentOf(sent)).toBe(turn?.spanId)
        expect(parentOf(served)).toBe(sent?.spanId)
        expect(served?.traceId).toBe(turn?.traceId)
      })
    ).pipe(provide)
  })
})

describe("a call whose result is discarded", () => {
  it.effect("ends when its handler has begun, and the handler goes on", () =>
    overBadNetwork((client, _, log) =>
      Effect.gen(function*() {
        const calls = Array.from({ length: 50 }, (_, i) => `note ${i}`)
        const [took, sent] = yield* Effect.timed(
          Effect.forEach(calls, (text) => client.Note({ text }, { discard: true }), { concurrency: "unbounded" })
        )
        expect(log.notes.toSorted()).toEqual(calls.toSorted())
        expect(sent).toEqual(calls.map(() => undefined))
        expect(Duration.toSeconds(took)).toBeLessThan(10)
        // it says nothing of the handlers' errors, which come after ten seconds, and the connection is still of use
        yield* Effect.sleep("20 seconds")
        expect(yield* client.Add({ a: 2, b: 2 })).toBe(4)
      })
    ))
})

describe("a stream whose reader is slow", () => {
  it.effect("is not made ahead of it, neither on the server nor in the client's queue", () =>
    overBadNetwork((client, _, log) =>
      Effect.gen(function*() {
        const reader = client.Blocks({ size: 1000 }, { streamBufferSize: 4 })
        const ahead: Array<number> = []
        let read = 0
        yield* Stream.runForEach(Stream.take(reader, 40), () =>
          Effect.gen(function*() {
            yield* Effect.sleep("1 second")
            read++
            ahead.push(log.blocks - read)
          }))
        expect(read).toBe(40)
        expect(Math.max(...ahead)).toBeLessThanOrEqual(10)
      })
    ))

  it.effect("stands still while nobody reads it at all", () =>
    overBadNetwork((client, _, log) =>
      Effect.gen(function*() {
        yield* Effect.scoped(Effect.gen(function*() {
          yield* client.Blocks({ size: 1000 }, { asQueue: true, streamBufferSize: 4 })
          yield* Effect.sleep("10 seconds")
          const made = log.blocks
          expect(made).toBeGreaterThan(0)
          expect(made).toBeLessThanOrEqual(10)
          yield* Effect.sleep("5 minutes")
          expect(log.blocks).toBe(made)
        }))
      })
    ))

  it.effect("goes on where it stood, and leaves nothing out", () =>
    overBadNetwork((client) =>
      Effect.gen(function*() {
        const values: Array<number> = []
        const reading = yield* Effect.forkChild(
          Stream.runForEach(client.Count({ to: 300 }), (value) =>
            Effect.andThen(
              value % 100 === 0 ? Effect.sleep("1 minute") : Effect.void,
              Effect.sync(() => values.push(value))
            ))
        )
        yield* Fiber.join(reading)
        expect(values).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
      })
    ))
})
