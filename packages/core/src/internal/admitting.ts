/**
 * Asks the policy of a host about those who wait for admission.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type { Scope } from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { type Decision, type Options, type Policy, refuse, type Request } from "../Admission.ts"
import { connectionsBeside } from "../protocol/Connecting.ts"
import type { PeerRef } from "../protocol/Output.ts"
import { ReasonCode } from "../ReasonCode.ts"
import type { Driver } from "./Driver.ts"
import { toInet, unmapped } from "./SocketAddress.ts"

const requestOf = (driver: Driver, ref: PeerRef): Request | undefined => {
  const peer = driver.peer(ref)
  return peer && {
    address: unmapped(toInet(peer.link.address)),
    data: peer.eventData,
    channels: peer.link.channelCount,
    connections: connectionsBeside(driver.host, peer)
  }
}

const answer = (driver: Driver, peer: PeerRef, decision: Decision): void =>
  driver.run([{ _tag: "Admit", peer, ...(decision._tag === "Refuse" ? { refusal: decision.code } : {}) }])

/** Gives what the driver calls with new applicants. The decisions under way end with the scope. */
export const makeAdmitting = (
  driver: Driver,
  policy: Policy,
  { concurrency = 64, deadline = "5 seconds", waiting = 1024 }: Options
): Effect.Effect<(applicants: ReadonlyArray<PeerRef>) => void, never, Scope> =>
  Effect.gen(function*() {
    const permits = yield* Semaphore.make(concurrency)
    const fibers = yield* FiberSet.make()
    const run = yield* FiberSet.runtime(fibers)()
    let open = 0
    const decide = (ref: PeerRef): Effect.Effect<void> =>
      Effect.suspend(() => {
        const request = requestOf(driver, ref)
        return request === undefined ? Effect.succeed(refuse()) : policy.admit(request)
      }).pipe(
        permits.withPermits(1),
        Effect.timeoutOrElse({ duration: deadline, orElse: () => Effect.succeed(refuse(ReasonCode.AdmissionTimeout)) }),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.succeed(refuse())
            : Effect.as(Effect.logError("admission failed", cause), refuse())
        ),
        Effect.flatMap((decision) => Effect.sync(() => answer(driver, ref, decision))),
        Effect.ensuring(Effect.sync(() => open--))
      )
    return (applicants) => {
      for (const ref of applicants) {
        if (open >= concurrency + waiting) {
          answer(driver, ref, refuse(ReasonCode.Busy))
          continue
        }
        open++
        run(decide(ref))
      }
    }
  })
