import { EnetError } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { pair, pass, reasonOf, settle } from "./Kit.ts"

const packet = new Uint8Array(1000)

/** A connection whose network has gone silent, with packets that have not been sent once. */
const stuck = Effect.gen(function*() {
  const connected = yield* pair()
  connected.network.passes = () => false
  while ((yield* connected.toServer.statistics).outgoingQueued < 5000) {
    yield* connected.toServer.send(0, packet)
    yield* settle
  }
  return connected
})

describe("drained", () => {
  it.effect("does not wait when nothing is queued", () =>
    Effect.gen(function*() {
      const { toServer } = yield* pair()
      yield* toServer.drained()
    }))

  it.effect("waits until no more bytes than the limit are unsent", () =>
    Effect.gen(function*() {
      const { network, toServer } = yield* stuck
      yield* toServer.drained(100_000)
      const waiting = yield* Effect.forkChild(toServer.drained(2000))
      yield* settle
      expect(waiting.pollUnsafe()).toBeUndefined()
      network.passes = () => true
      yield* pass(1000)
      yield* Fiber.join(waiting)
    }))

  it.effect("fails when the connection ends", () =>
    Effect.gen(function*() {
      const { toServer } = yield* stuck
      const waiting = yield* Effect.forkChild(reasonOf(toServer.drained()))
      yield* settle
      yield* toServer.disconnectNow()
      const gone = new EnetError.PeerDisconnected({ peer: 0 })
      expect(yield* Fiber.join(waiting)).toEqual(gone)
      expect(yield* reasonOf(toServer.drained())).toEqual(gone)
    }))
})
