/**
 * What benchmarks of hosts in one process share: two hosts on a network without a kernel, and batches from one to the
 * other.
 */
import { EnetHost } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { Effect } from "effect"

export const BATCH = 512

/** Two hosts without typed channels, and a way to wait until the second got so many packets. */
export const hosts = Effect.gen(function*() {
  const network = MemoryNetwork.make()
  const host = Effect.provide(EnetHost.make({ outgoingQueueLimit: 100_000_000 }), network.layer())
  return { server: yield* host, client: yield* host }
})

/** Counts what arrives, and lets a sender wait for it. */
export const arrivals = () => {
  let missing = 0
  let resume: (effect: Effect.Effect<void>) => void = () => {}
  return {
    count: (batch: ReadonlyArray<unknown>) =>
      Effect.sync(() => {
        missing -= batch.length
        if (missing <= 0) resume(Effect.void)
      }),
    after: <E>(send: Effect.Effect<void, E>) =>
      Effect.andThen(
        Effect.suspend(() => {
          missing = BATCH
          return send
        }),
        Effect.callback<void>((done) => {
          resume = done
          if (missing <= 0) done(Effect.void)
        })
      )
  }
}

export const micros = (value: number) => `${value.toFixed(2)} µs`
