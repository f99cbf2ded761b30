/**
 * What a scenario is given, and what it gives back.
 */
import type { Figures, Start } from "./process.ts"
import { medianOf, ratioOf, type Samples, values } from "./statistics.ts"

/** Whether `npm enet` could be installed. */
export type NpmEnet = { readonly path: string } | { readonly missing: string }

export interface Bench {
  readonly rounds: number
  /** A smoke run: the figures are not worth much. */
  readonly quick: boolean
  readonly npmEnet: NpmEnet
  readonly start: Start
  readonly progress: (text: string) => void
}

/** The bound that a ratio is held against. */
export type Target = { readonly atMost: number } | { readonly atLeast: number }

export interface Row {
  readonly scenario: string
  readonly name: string
  readonly unit: string
  readonly ours: number
  /** What `ours` is compared with. */
  readonly partner: string
  readonly theirs: number
  /** `ours` to `theirs`: the median of the rounds' ratios. */
  readonly ratio: number
  readonly target?: Target
  /** Wall time, loss and whatever else explains the row. */
  readonly beside?: string
}

export interface NotMeasured {
  readonly scenario: string
  readonly name: string
  readonly notMeasured: string
  readonly target?: Target
}

/** Points for a plot. */
export interface Series {
  readonly plot: string
  readonly name: string
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
}

export interface Results {
  readonly rows: ReadonlyArray<Row | NotMeasured>
  readonly series?: ReadonlyArray<Series>
}

export interface Scenario {
  /** The letter for `--only`. */
  readonly id: string
  readonly title: string
  readonly run: (bench: Bench) => Promise<Results>
}

/** Smaller in a smoke run. */
export const amount = <A = number>(bench: Bench, full: A, quick: A): A => bench.quick ? quick : full

/** Turns after which not much is compiled any more. */
const WARM_TURNS = 5

/**
 * Lets the contestants take turns, after `warm` turns each that do not count.
 */
export const takeTurns = async <Name extends string>(
  bench: Bench,
  contestants: Readonly<Record<Name, () => Promise<Figures>>>,
  warm = amount(bench, WARM_TURNS, 1)
): Promise<Samples<Name>> => {
  const names = Object.keys(contestants) as Array<Name>
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Array<Figures>>
  for (let round = 1 - warm; round <= bench.rounds; round++) {
    for (const name of names) {
      const sample = await contestants[name]()
      if (round > 0) samples[name].push(sample)
    }
    bench.progress(round <= 0 ? "warming up" : `round ${round} of ${bench.rounds}`)
  }
  return samples
}

interface Comparison {
  readonly scenario: string
  readonly name: string
  readonly unit: string
  readonly partner: string
  /** The figure, the same of both. */
  readonly key: string
  readonly target?: Target
  readonly beside?: string
}

/** A row from the samples of two contestants. */
export const compare = (
  { key, ...row }: Comparison,
  ours: ReadonlyArray<Figures>,
  theirs: ReadonlyArray<Figures>
): Row => ({
  ...row,
  ours: medianOf(ours, key),
  theirs: medianOf(theirs, key),
  ratio: ratioOf(values(ours, key), values(theirs, key))
})

export const isMet = ({ ratio, target }: Row): boolean | undefined =>
  target === undefined ? undefined : "atMost" in target ? ratio <= target.atMost : ratio >= target.atLeast
