/**
 * The differential test: `node --conditions=@effect-enet/source interop/differential/run.ts -- [--seeds N] [--steps M]
 * [--seed S] [--workers W] [--only STEPS] [--trace]`. See README.md.
 */
import { Worker } from "node:worker_threads"
import { readFlags, wholeNumber } from "../../scripts/flags.ts"
import { compare } from "./compare.ts"
import { makeOperations } from "./operations.ts"
import { build, Oracle } from "./oracle.ts"
import { makePlan } from "./plan.ts"
import { parseRanges, report, trace } from "./report.ts"
import type { RuleName } from "./rules.ts"
import type { Result, Share } from "./worker.ts"
import { runOurs } from "./world.ts"

interface Options {
  readonly seeds: number
  readonly steps: number
  readonly seed: number
  readonly workers: number
  readonly only: string | undefined
  readonly trace: boolean
}

/** So many seeds must have connections of every kind of host. */
const ENOUGH = 100

const PROGRESS_SECONDS = 20
/** Of which the report is printed. */
const MOST_FAILURES = 10

const readOptions = (): Options => {
  const values = readFlags({
    seeds: { type: "string", default: "2000" },
    steps: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
    only: { type: "string" },
    trace: { type: "boolean", default: false }
  })
  return {
    seeds: wholeNumber("seeds", values.seeds, 1),
    steps: wholeNumber("steps", values.steps, 1),
    seed: wholeNumber("seed", values.seed, 0),
    workers: wholeNumber("workers", values.workers, 1),
    only: values.only,
    trace: values.trace
  }
}

/** One seed, or some of its operations, with all that was said. */
const replay = async (options: Options): Promise<boolean> => {
  const { only, seed, steps } = options
  const plan = makePlan(seed)
  const operations = makeOperations(plan, steps)
  const kept = only === undefined ? operations.map((_, index) => index) : parseRanges(only)
  const script = runOurs(plan, operations, kept)
  const oracle = new Oracle()
  const answers = await oracle.ask(script.entries.map(({ command }) => command))
  oracle.end()
  const { ended, mismatch } = compare(script, answers)
  const last = mismatch?.step ?? Infinity
  if (options.trace) {
    script.entries.forEach((entry, index) => {
      if (entry.step <= last) console.log(trace(seed, entry.command, answers[index]!))
    })
  }
  if (mismatch !== undefined) console.log(report({ seed, steps, first: mismatch, kept, mismatch }))
  else console.log(ended === undefined ? `seed ${seed}: no difference` : `seed ${seed}: ended by ${ended}`)
  return mismatch === undefined
}

const runShare = (share: Share, take: (results: ReadonlyArray<Result>) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), { workerData: share })
    worker.on("message", take)
    worker.on("error", reject)
    worker.on("exit", () => resolve())
  })

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`

const printRules = (title: string, seeds: ReadonlyMap<RuleName, number>, whole: number): void => {
  if (seeds.size === 0) return
  console.log(`  ${title}`)
  for (const [rule, count] of [...seeds].toSorted(([, left], [, right]) => right - left)) {
    console.log(`    ${rule.padEnd(40)}${`${count}`.padStart(6)}  ${percent(count, whole)}`)
  }
}

const runAll = async ({ seed, seeds, steps, workers }: Options): Promise<boolean> => {
  const started = performance.now()
  const ended = new Map<RuleName, number>()
  const applied = new Map<RuleName, number>()
  let [done, failed, compared, datagrams, alone] = [0, 0, 0, 0, 0]
  const take = (results: ReadonlyArray<Result>): void => {
    for (const result of results) {
      done++
      compared += result.steps
      datagrams += result.datagrams
      alone += result.alone
      for (const rule of result.applied.keys()) applied.set(rule, (applied.get(rule) ?? 0) + 1)
      if (result.ended !== undefined) ended.set(result.ended, (ended.get(result.ended) ?? 0) + 1)
      if (result.failure === undefined) continue
      if (++failed <= MOST_FAILURES) console.log(result.failure)
    }
  }
  const progress = setInterval(() => console.log(`  ${done} of ${seeds} seeds`), PROGRESS_SECONDS * 1000)
  const shares = Array.from({ length: Math.min(workers, seeds) }, (_, index): Share => ({
    first: seed + index,
    count: Math.ceil((seeds - index) / workers),
    stride: workers,
    steps
  }))
  await Promise.all(shares.map((share) => runShare(share, take)))
  clearInterval(progress)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${done} seeds of ${steps} steps from seed ${seed}: ${datagrams} datagrams of ours in ${seconds} s`)
  console.log(`  ${alone} connections of hosts as they are by default`)
  console.log(`  ${percent(compared, seeds * steps)} of the steps compared`)
  printRules("seeds ended early by", ended, seeds)
  printRules("seeds in which was applied", applied, seeds)
  if (alone === 0 && seeds >= ENOUGH) console.log("no host with default settings had a connection")
  console.log(`${done - failed} passed, ${failed + seeds - done} failed`)
  return failed === 0 && done === seeds && (alone > 0 || seeds < ENOUGH)
}

const main = async (): Promise<boolean> => {
  const options = readOptions()
  build()
  return options.only !== undefined || options.trace ? replay(options) : runAll(options)
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.log("0 passed, 1 failed")
  process.exitCode = 1
}
