/**
 * Rows of `npm run interop`: connected peers keep their round trips while their host is flooded. By itself it measures
 * every kind of flood at given rates, beside bare datagrams, and judges nothing:
 *
 *     npm run interop:flood -- --rates 100000,150000,200000
 */
import { Cause, Effect, Exit } from "effect"
import { fileURLToPath } from "node:url"
import { readFlags, wholeNumber } from "../../scripts/flags.ts"
import { buildPrograms } from "../build.ts"
import { failureOf, type Tally } from "../tally.ts"
import { type Flood, type Flooded, measure } from "./measure.ts"

/** Tried from the first to the last: machines that flood themselves do so at the cost of what they flood. */
const RATES = [150_000, 75_000, 37_500, 20_000] as const
const MOST_MS = 50
/** What a loaded machine may add by itself. */
const LENIENCE = 3
/** Fewer pings than that say nothing. */
const FEWEST_PINGS = 20
const SECONDS = 2
/** What our hosts ask for by themselves. */
const BUFFER = 1_048_576

const KINDS = ["noise", "ids", "long", "connects", "mixed"] as const

const flooded = (server: Flood["server"], kind: Flood["kind"], perSecond: number) =>
  measure({ server, kind, perSecond, seconds: SECONDS, buffer: server === "bare" ? BUFFER : 0 })

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

const perSecond = (rate: number): string => Math.round(rate / 100) * 100 + "/s"

const describe = ({ cpuPerDatagram, drained, kernelDropped, lost, offered, p50, p95, p99 }: Flooded): string =>
  [
    `${perSecond(offered)} sent`,
    `${perSecond(drained)} read`,
    `${cpuPerDatagram.toFixed(1)} µs each`,
    `kernel dropped ${percent(kernelDropped)}`,
    `pings lost ${percent(lost)}`,
    `p50 ${p50.toFixed(1)} p95 ${p95.toFixed(1)} p99 ${p99.toFixed(1)} ms`
  ].join(", ")

const isKept = ({ lost, p50, pings }: Flooded): boolean => p50 < MOST_MS && pings * (1 - lost) >= FEWEST_PINGS

/** What went wrong, if anything; on a machine that is too slow for a rate, the next one is tried. */
const attempt = Effect.fnUntraced(function*(kind: Flood["kind"]) {
  for (const rate of RATES) {
    const ours = yield* flooded("enet", kind, rate)
    console.log(`  ${kind}: ${describe(ours)}`)
    if (ours.disconnected > 0) return `${ours.disconnected} of the connections are gone`
    if (isKept(ours)) return undefined
    const bare = yield* flooded("bare", kind, rate)
    console.log(`  ${kind}, bare datagrams: ${describe(bare)}`)
    // answering requests is more than bare datagrams do
    if (kind !== "connects" && isKept(bare) && ours.p50 > LENIENCE * bare.p50) {
      return `${ours.p50.toFixed(1)} ms, where bare datagrams take ${bare.p50.toFixed(1)} ms`
    }
  }
  return `above ${MOST_MS} ms at every rate`
})

/** Half of the pings come back sooner than `MOST_MS`, at the highest rate that the machine is fit for. */
export const runFlood = async (): Promise<Tally> => {
  console.log(`round trips of connected peers under a flood, of what the kernel delivers: below ${MOST_MS} ms`)
  let failed = 0
  for (const kind of KINDS) {
    const exit = await Effect.runPromiseExit(attempt(kind).pipe(Effect.timeout("90 seconds")))
    const failure = Exit.isSuccess(exit) ? exit.value : failureOf(Cause.squash(exit.cause))
    if (failure !== undefined) failed++
    console.log(`${kind}: ${failure === undefined ? "ok" : `FAILED: ${failure}`}`)
  }
  return { passed: KINDS.length - failed, failed }
}

const table = Effect.fnUntraced(function*(rates: ReadonlyArray<number>) {
  for (const rate of rates) {
    for (const kind of KINDS) {
      for (const server of ["enet", "bare"] as const) {
        console.log(`${kind}, ${server}: ${describe(yield* flooded(server, kind, rate))}`)
      }
    }
  }
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { rates } = readFlags({ rates: { type: "string", default: RATES.join(",") } })
  if (!buildPrograms()) process.exit(1)
  await Effect.runPromise(table(rates.split(",").map((rate) => wholeNumber("rates", rate, 1))))
}
