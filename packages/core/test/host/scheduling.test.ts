import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Scheduler, Stream } from "effect"
import { connectTo, Network, record, serverPort, settle, text } from "./Kit.ts"

/**
 * The scheduler may set a fiber aside between any two effects. Here it does so all the time, so that whatever a fiber
 * has seen before it waits may be out of date when it does; the clock stands still, so nothing wakes it later.
 */
describe("a scheduler that yields after every few steps", () => {
  for (const steps of [3, 4, 5, 6, 7, 9, 11]) {
    it.effect(`loses no wake-up: ${steps}`, () =>
      Effect.gen(function*() {
        const network = new Network()
        const server = yield* network.host({}, serverPort)
        const client = yield* network.host({ outgoingQueueLimit: 100 })
        const events = yield* record(client)
        yield* Effect.forkScoped(
          server.serve((peer) => Stream.runForEach(peer.messages, ({ channel, packet }) => peer.send(channel, packet)))
        )
        for (let round = 0; round < 3; round++) {
          yield* Effect.scoped(Effect.gen(function*() {
            const peer = yield* connectTo(client)
            const echoes = yield* Effect.forkChild(
              Stream.runCollect(Stream.take(peer.messages, 50)),
              { startImmediately: true }
            )
            for (let i = 0; i < 50; i++) yield* peer.send(0, `packet ${i}`)
            expect((yield* Fiber.join(echoes)).map(({ packet }) => text(packet))).toEqual(
              Array.from({ length: 50 }, (_, i) => `packet ${i}`)
            )
            const closed = yield* Effect.forkChild(peer.closed)
            yield* peer.disconnect()
            expect(yield* Fiber.join(closed)).toEqual({ _tag: "Local" })
          }))
        }
        yield* settle
        expect(events.map(({ _tag }) => _tag)).toEqual([
          "Connect",
          "Disconnect",
          "Connect",
          "Disconnect",
          "Connect",
          "Disconnect"
        ])
      }).pipe(Effect.scoped, Effect.provideService(Scheduler.MaxOpsBeforeYield, steps)))
  }
})
