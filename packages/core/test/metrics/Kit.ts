/**
 * What the tests of metrics share: the metrics of one test alone, as Prometheus reads them.
 */
import { Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"

export type Lines = Effect.Effect<ReadonlyArray<string>>

/** Runs a test with metrics of its own; it is given what reads them, as lines. */
export const withMetrics = <A, E, R>(test: (lines: Lines) => Effect.Effect<A, E, R>) =>
  test(Effect.map(
    PrometheusMetrics.format(),
    (text) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
  )).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))

/** The value of a metric by its name and attributes; NaN when it is not there. */
export const valueOf = (lines: ReadonlyArray<string>, start: string): number =>
  Number(lines.find((line) => line.startsWith(`${start} `))?.split(" ").at(-1))
