/**
 * Two ways to do the same thing, compared in one process: they take turns in fours, A B B A, so that whatever else the
 * machine does falls on both alike, and each four gives one ratio.
 */
import { Effect, type Scope } from "effect"
import { median } from "./harness/statistics.ts"
import { BATCH } from "./memory.ts"

/** Of the fours, so many more come first and do not count: code is compiled in them. */
const WARM = 0.15

/** Starts its hosts, and gives an effect that sends a batch and waits until all of it has arrived. */
export type Contestant = Effect.Effect<Effect.Effect<void, unknown>, unknown, Scope.Scope>

/** Gives the processor time of one message, microseconds. */
type Turn = Effect.Effect<number, unknown>

export interface Amount {
  readonly fours: number
  /** Batches of one turn: short turns fall under the same weather, long ones hold more of what comes at times. */
  readonly batches: number
}

/** Medians of all fours. */
export interface Comparison {
  /** Processor time of one message, microseconds. */
  readonly a: number
  readonly b: number
  /** What `b` takes above `a`. */
  readonly above: number
  /** `b` to `a`. */
  readonly ratio: number
  /** The middle half of the ratios. */
  readonly half: readonly [from: number, to: number]
}

const turnOf = (batch: Effect.Effect<void, unknown>, batches: number): Turn =>
  Effect.gen(function*() {
    const before = process.cpuUsage()
    for (let i = 0; i < batches; i++) yield* batch
    const { system, user } = process.cpuUsage(before)
    return (user + system) / (BATCH * batches)
  })

const compareTurns = (a: Turn, b: Turn, fours: number): Effect.Effect<Comparison, unknown> =>
  Effect.gen(function*() {
    const samples: Array<readonly [a: number, b: number]> = []
    for (let four = -Math.ceil(fours * WARM); four < fours; four++) {
      const before = yield* a
      const between = ((yield* b) + (yield* b)) / 2
      const after = yield* a
      if (four >= 0) samples.push([(before + after) / 2, between])
    }
    const ratios = samples.map(([a, b]) => b / a).toSorted((x, y) => x - y)
    const at = (share: number) => ratios[Math.floor(ratios.length * share)] ?? Number.NaN
    return {
      a: median(samples.map(([a]) => a)),
      b: median(samples.map(([, b]) => b)),
      above: median(samples.map(([a, b]) => b - a)),
      ratio: median(ratios),
      half: [at(0.25), at(0.75)]
    }
  })

/** The hosts of both are there all the time: for hosts that do nothing between their batches. */
export const compare = (a: Contestant, b: Contestant, { batches, fours }: Amount) =>
  Effect.scoped(Effect.gen(function*() {
    const [first, second] = [yield* a, yield* b]
    return yield* compareTurns(turnOf(first, batches), turnOf(second, batches), fours)
  }))

/** Each turn has hosts of its own, so that what they do between their batches counts for themselves. */
export const compareApart = (a: Contestant, b: Contestant, { batches, fours }: Amount) => {
  const turn = (contestant: Contestant): Turn =>
    Effect.scoped(Effect.flatMap(contestant, (batch) => Effect.andThen(batch, turnOf(batch, batches))))
  return compareTurns(turn(a), turn(b), fours)
}

export const half = ({ half }: Comparison): string => half.map((ratio) => ratio.toFixed(3)).join(" to ")
