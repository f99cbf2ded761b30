import { EnetError, EnetHost } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { breakable, readError } from "./Breakable.ts"
import { connectTo, localhost, pass, reasonOf, settle } from "./Kit.ts"

describe("a socket that fails to read", () => {
  it.effect("fails events, serve and attempts with SocketFailed, and closes the host", () =>
    Effect.gen(function*() {
      const { control, layer } = breakable()
      const host = yield* EnetHost.make().pipe(Effect.provide(layer))
      const waiting = yield* Effect.forkChild(Effect.all([
        reasonOf(Stream.runDrain(host.events)),
        reasonOf(host.serve(() => Effect.void)),
        reasonOf(connectTo(host))
      ], { concurrency: "unbounded" }))
      yield* settle
      control.events!.onReadError(readError())
      const reasons = yield* Fiber.join(waiting)
      const expected = { _tag: "SocketFailed", operation: "read", detail: "cable cut" }
      for (const reason of reasons) expect(reason).toMatchObject(expected)
      // and so do calls from now on
      expect(yield* reasonOf(Stream.runDrain(host.events))).toMatchObject(expected)
      expect(yield* reasonOf(connectTo(host))).toMatchObject(expected)
      expect(yield* reasonOf(host.broadcast(0, "x"))).toMatchObject(expected)
    }))

  it.effect("by being closed underneath says so", () =>
    Effect.gen(function*() {
      const { control, layer } = breakable()
      const host = yield* EnetHost.make().pipe(Effect.provide(layer))
      const reading = yield* Effect.forkChild(reasonOf(Stream.runDrain(host.events)))
      yield* settle
      control.events!.onClose()
      expect(yield* Fiber.join(reading)).toMatchObject({ operation: "read", detail: "the socket is closed" })
    }))
})

describe("a socket that fails to write", () => {
  it.effect("loses datagrams, which are counted and sent again", () =>
    Effect.gen(function*() {
      const { control, layer } = breakable()
      const host = yield* EnetHost.make().pipe(Effect.provide(layer))
      control.failSends = true
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(host)))
      yield* pass(3500)
      expect(control.sends).toBe(4)
      expect((yield* host.statistics).dropped).toEqual({ NotSent: 4 })
      expect((yield* host.popStatistics).dropped).toEqual({ NotSent: 4 })
      expect((yield* host.statistics).dropped).toEqual({})
      yield* pass(28_000)
      expect(yield* Fiber.join(attempt)).toBeInstanceOf(EnetError.ConnectTimeout)
    }))

  it.effect("fails socketSend with SocketFailed", () =>
    Effect.gen(function*() {
      const { control, layer } = breakable()
      const host = yield* EnetHost.make().pipe(Effect.provide(layer))
      control.failSends = true
      expect(yield* reasonOf(host.socketSend({ address: localhost, port: 1 }, "x"))).toMatchObject({
        _tag: "SocketFailed",
        operation: "write",
        detail: "Unreachable"
      })
    }))
})

describe("the socket of a host", () => {
  it.effect("is closed with the scope", () =>
    Effect.gen(function*() {
      const { control, layer } = breakable()
      yield* Effect.scoped(EnetHost.make().pipe(Effect.provide(layer)))
      expect(control.closed).toBe(true)
    }))
})
