/**
 * How the command leaves: peers are told, and get a moment to acknowledge.
 */
import type { EnetHost } from "@effect-enet/core/EnetHost"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Disconnects all peers and waits until they are gone, for at most a second. */
export const farewell = (host: EnetHost["Service"]): Effect.Effect<void> =>
  Effect.gen(function*() {
    const peers = yield* host.peers
    yield* Effect.forEach(
      peers,
      (peer) => Effect.andThen(Effect.ignore(peer.disconnect()), peer.closed),
      { concurrency: "unbounded", discard: true }
    )
  }).pipe(
    Effect.timeoutOption("1 second"),
    // This runs while its fiber is being interrupted; the wait needs one that can still be.
    Effect.interruptible,
    Effect.forkDetach({ startImmediately: true }),
    Effect.flatMap(Fiber.await),
    Effect.asVoid
  )
