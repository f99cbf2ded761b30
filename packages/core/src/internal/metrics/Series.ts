/**
 * Metrics with their attributes: made once, and then updated without looking for the attributes again.
 */
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"

export type Attributes = Readonly<Record<string, string>>

/** Adds to a metric. */
export type Update = (input: number) => void

export interface Registry {
  /** A metric with attributes. */
  readonly series: <State>(metric: Metric.Metric<number, State>, attributes?: Attributes) => Update
  /** A metric with an attribute whose values show as they come. */
  readonly family: <State>(metric: Metric.Metric<number, State>, attribute: string) => (value: string) => Update
}

/** @param common what every metric has beside its own attributes */
export const make = (context: Context.Context<never>, common: Attributes): Registry => {
  const series: Registry["series"] = (metric, attributes) => {
    const attributed = Metric.withAttributes(metric, { ...common, ...attributes })
    return (input) => attributed.updateUnsafe(input, context)
  }
  return {
    series,
    family: (metric, attribute) => {
      const members = new Map<string, Update>()
      return (value) => {
        const known = members.get(value)
        if (known !== undefined) return known
        const member = series(metric, { [attribute]: value })
        members.set(value, member)
        return member
      }
    }
  }
}
