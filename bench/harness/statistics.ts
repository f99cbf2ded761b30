/**
 * Medians, and rounds that take turns.
 */
import type { Figures } from "./process.ts"

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** What changed between two readings of the same counters. */
export const difference = (before: Figures, after: Figures): Figures =>
  Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value - (before[key] ?? 0)]))

/** A figure that must be there. */
export const figure = (figures: Figures, key: string): number => {
  const value = figures[key]
  if (value === undefined || !Number.isFinite(value)) throw new Error(`no figure ${key}: ${JSON.stringify(figures)}`)
  return value
}

/** What was measured of each contestant, round by round. */
export type Samples<Name extends string> = Readonly<Record<Name, ReadonlyArray<Figures>>>

export const values = (samples: ReadonlyArray<Figures>, key: string): ReadonlyArray<number> =>
  samples.map((sample) => figure(sample, key))

export const medianOf = (samples: ReadonlyArray<Figures>, key: string): number => median(values(samples, key))

/** The median of the ratios of the rounds. */
export const ratioOf = (ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>): number =>
  median(ours.map((value, index) => value / (theirs[index] ?? Number.NaN)))
