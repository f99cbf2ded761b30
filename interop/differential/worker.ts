/**
 * Runs its share of the seeds against an oracle of its own.
 */
import { parentPort, workerData } from "node:worker_threads"
import { compare, type Verdict } from "./compare.ts"
import { makeOperations } from "./operations.ts"
import { Oracle } from "./oracle.ts"
import { makePlan } from "./plan.ts"
import { report } from "./report.ts"
import type { RuleName } from "./rules.ts"
import type { Script } from "./script.ts"
import { shrink } from "./shrink.ts"
import { runOurs } from "./world.ts"

export interface Share {
  readonly first: number
  readonly count: number
  readonly stride: number
  readonly steps: number
}

export interface Result {
  readonly seed: number
  readonly steps: number
  readonly datagrams: number
  readonly alone: number
  readonly ended: RuleName | undefined
  readonly applied: ReadonlyMap<RuleName, number>
  readonly failure: string | undefined
}

/** Making a failure small takes a while, and the first ones tell most. */
const SHRUNK_FAILURES = 2

const { count, first, steps, stride } = workerData as Share
const results: Array<Result> = []
let oracle = new Oracle()
let failures = 0

const explain = async (seed: number, mismatch: NonNullable<Verdict["mismatch"]>): Promise<string> => {
  const whole = Array.from({ length: steps }, (_, index) => index)
  const failure = failures++ < SHRUNK_FAILURES
    ? await shrink(oracle, seed, steps, mismatch)
    : { seed, steps, first: mismatch, kept: whole.slice(0, mismatch.step + 1), mismatch }
  return report(failure)
}

/** A busy machine may be too slow for the oracle's watchdog: an oracle that ended gets a second chance, alone. */
const answersTo = async (script: Script, asked: Oracle, answering: ReturnType<Oracle["ask"]>) => {
  try {
    return await answering
  } catch {
    asked.end()
    if (asked === oracle) oracle = new Oracle()
    return oracle.ask(script.entries.map(({ command }) => command))
  }
}

const judge = async (
  seed: number,
  script: Script,
  asked: Oracle,
  answering: ReturnType<Oracle["ask"]>
): Promise<void> => {
  const { alone, applied, datagrams } = script
  try {
    const { ended, mismatch, steps } = compare(script, await answersTo(script, asked, answering))
    const failure = mismatch === undefined ? undefined : await explain(seed, mismatch)
    results.push({ seed, steps, datagrams, alone, ended, applied, failure })
  } catch (error) {
    const failure = `seed ${seed}: ${error instanceof Error ? error.message : String(error)}`
    results.push({ seed, steps: 0, datagrams, alone, ended: undefined, applied, failure })
    oracle.end()
    oracle = new Oracle()
  }
}

const hand = (): void => parentPort!.postMessage(results.splice(0))

// the oracle works on one seed while ours makes the next, unless that takes so long that the oracle could not print
let previous: Promise<void> = Promise.resolve()
for (let index = 0; index < count; index++) {
  const seed = first + index * stride
  const plan = makePlan(seed)
  if (plan.profile.flood) await previous
  const script = runOurs(plan, makeOperations(plan, steps))
  const asked = oracle
  const answering = asked.ask(script.entries.map(({ command }) => command))
  answering.catch(() => {})
  await previous
  previous = judge(seed, script, asked, answering)
  if (results.length >= 10) hand()
}
await previous
hand()
oracle.end()
