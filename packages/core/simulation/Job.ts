/**
 * The units of work of the runner, so that they can be done in any thread.
 */
import { runFuzz } from "./Fuzz.ts"
import { describe } from "./Plan.ts"
import { runSeed } from "./Swarm.ts"

export type Job =
  | {
    readonly kind: "seed"
    readonly seed: number
    readonly hours: number | undefined
    readonly timeline: number
  }
  | { readonly kind: "fuzz"; readonly seed: number; readonly inputs: number; readonly timeline: number }

export interface Report {
  readonly job: Job
  /** What was violated, and all that helps to find out why; `undefined` when all is well. */
  readonly failure: string | undefined
  /** Everything that happened, when the job asks for it. */
  readonly timeline: string
  /** Virtual milliseconds. */
  readonly time: number
  readonly datagrams: number
  readonly delivered: number
  readonly connections: number
  readonly dropped: Readonly<Record<string, number>>
}

const failure = (
  violation: { readonly invariant: string; readonly detail: string; readonly time: number } | undefined,
  about: string,
  timeline: string
): string | undefined =>
  violation === undefined
    ? undefined
    : `${timeline}\n${about}\nVIOLATED after ${(violation.time / 1000).toFixed(3)} s: ${violation.invariant}\n` +
      `  ${violation.detail}`

/** The timeline, if somebody wants all of it: thousands of others would fill the memory. */
const whole = (job: Job, timeline: string): string => job.timeline === Infinity ? timeline : ""

export const perform = (job: Job): Report => {
  if (job.kind === "seed") {
    const result = runSeed(job.seed, { hours: job.hours, timeline: job.timeline })
    return {
      job,
      failure: failure(result.violation, describe(result.plan), result.timeline),
      timeline: whole(job, result.timeline),
      time: result.time,
      datagrams: result.datagrams,
      delivered: result.delivered,
      connections: result.connects - result.failedConnects,
      dropped: {}
    }
  }
  const result = runFuzz(job.seed, job.inputs, job.timeline)
  return {
    job,
    failure: failure(result.violation, `fuzzing with seed ${job.seed}, ${job.inputs} inputs`, result.timeline),
    timeline: whole(job, result.timeline),
    time: 0,
    datagrams: 0,
    delivered: 0,
    connections: 0,
    dropped: result.dropped
  }
}
