/**
 * Simulates whole networks of hosts, and attacks a host with hostile datagrams:
 *
 *     node --conditions=@effect-enet/source packages/core/simulation/run.ts [options]
 *
 *     --seeds N     so many seeds (default 20)
 *     --seed S      the first seed (default 1); without --seeds that one only
 *     --hours H     virtual hours with faults, for each seed; otherwise drawn from the seed
 *     --fuzz N      instead of seeds, N hostile datagrams against connected hosts
 *     --jobs N      threads; default 2, if the machine has as many
 *     --timeline    print everything that happened, also when all is well
 *
 * The same seed does the same, to the last byte. The last line is `N passed, N failed`.
 */
import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { readFlags, refuse, wholeNumber } from "../../../scripts/flags.ts"
import { type Job, perform, type Report } from "./Job.ts"

/** Hostile datagrams that one host takes; more go to the next host, with the next seed. */
const INPUTS = 5_000

/** Lines of the timeline of a failure. */
const LINES = 400

const values = readFlags({
  seeds: { type: "string" },
  seed: { type: "string" },
  hours: { type: "string" },
  fuzz: { type: "string" },
  jobs: { type: "string" },
  timeline: { type: "boolean", default: false }
})

const number = (name: "seeds" | "seed" | "fuzz" | "jobs"): number | undefined => {
  const text = values[name]
  return text === undefined ? undefined : wholeNumber(name, text, 0)
}

const hoursOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  return Number.isFinite(value) && value >= 0 ? value : refuse(`--hours takes a number, not ${JSON.stringify(text)}`)
}

const first = number("seed") ?? 1
const inputs = number("fuzz")
const hours = hoursOf(values.hours)
const seeds = number("seeds") ?? (values.seed === undefined && inputs === undefined ? 20 : inputs === undefined ? 1 : 0)
const timeline = values.timeline ? Infinity : LINES

const jobs: Array<Job> = Array.from(
  { length: seeds },
  (_, index) => ({ kind: "seed", seed: first + index, hours, timeline })
)
for (let left = inputs ?? 0, seed = first; left > 0; left -= INPUTS, seed++) {
  jobs.push({ kind: "fuzz", seed, inputs: Math.min(left, INPUTS), timeline })
}

const replay = ({ job }: Report): string =>
  job.kind === "seed"
    ? `--seed ${job.seed}${job.hours === undefined ? "" : ` --hours ${job.hours}`}`
    : `--seed ${job.seed} --fuzz ${job.inputs}`

const start = performance.now()
const reports: Array<Report> = []
let failed = 0

const take = (report: Report): void => {
  reports.push(report)
  if (report.failure !== undefined) {
    failed++
    console.log(`\n${report.failure}\nrun it again with ${replay(report)}\n`)
  } else if (values.timeline) console.log(report.timeline)
}

/** Lets a thread do jobs until none is left. */
const work = (queue: Array<Job>): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url))
    const next = () => {
      const job = queue.shift()
      if (job !== undefined) return worker.postMessage(job)
      worker.terminate().then(() => resolve(), reject)
    }
    worker.on("message", (report: Report) => {
      take(report)
      next()
    })
    worker.on("error", reject)
    next()
  })

const threads = Math.min(number("jobs") ?? Math.min(availableParallelism(), 2), jobs.length)
if (threads <= 1) { for (const job of jobs) take(perform(job)) }
else {
  const queue = jobs.slice()
  await Promise.all(Array.from({ length: threads }, () => work(queue)))
}

const sum = (of: (report: Report) => number): number => reports.reduce((total, report) => total + of(report), 0)
const show = (value: number): string => Math.round(value).toLocaleString("en")

const seconds = (performance.now() - start) / 1000
if (seeds > 0) {
  const virtual = sum(({ time }) => time) / 3_600_000
  console.log(
    `${seeds} seeds: ${virtual.toFixed(2)} virtual hours in ${seconds.toFixed(1)} s, ` +
      `${((virtual * 60) / seconds).toFixed(1)} hours per minute; ${show(sum(({ connections }) => connections))} ` +
      `connections, ${show(sum(({ datagrams }) => datagrams))} datagrams, ` +
      `${show(sum(({ delivered }) => delivered))} packets delivered`
  )
}
if (inputs !== undefined && inputs > 0) {
  const dropped = new Map<string, number>()
  for (const report of reports) {
    for (const [reason, count] of Object.entries(report.dropped)) {
      dropped.set(reason, (dropped.get(reason) ?? 0) + count)
    }
  }
  const reasons = [...dropped].toSorted(([, a], [, b]) => b - a).map(([reason, count]) => `${reason} ${show(count)}`)
  console.log(`${show(inputs)} hostile datagrams in ${seconds.toFixed(1)} s; dropped: ${reasons.join(", ")}`)
}
console.log(`\n${reports.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
