/**
 * What programs of a simulation run in: virtual time, seeded randomness, and somebody who listens for what must not
 * happen.
 */
import { SeededRandom } from "@effect-enet/core/testing/SeededRandom"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import type { VirtualTime } from "./VirtualTime.ts"

export type Violate = (invariant: string, detail: string) => void

/** Fibers that have begun and not ended. */
export class Fibers {
  alive = 0
}

export const services = (options: {
  readonly seed: number
  readonly time: VirtualTime
  readonly fibers: Fibers
  readonly violate: Violate
}): Context.Context<never> => {
  const { fibers, seed, time, violate } = options
  const logger = Logger.make(({ cause, logLevel, message }) => {
    if (!LogLevel.isGreaterThanOrEqualTo(logLevel, "Warn")) return
    violate("nothing is logged as an error", `${String(message)} ${Cause.pretty(cause)}`)
  })
  const metrics: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => {
      fibers.alive++
    },
    recordFiberEnd: (_, exit) => {
      fibers.alive--
      if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) violate("no defect", Cause.pretty(exit.cause))
    }
  }
  return Context.make(Clock.Clock, time.clock).pipe(
    Context.add(Scheduler.Scheduler, time.scheduler),
    Context.add(Scheduler.PreventSchedulerYield, true),
    Context.add(Random.Random, new SeededRandom(seed).fork("effect")),
    Context.add(Metric.FiberRuntimeMetrics, metrics),
    Context.add(Logger.CurrentLoggers, new Set([logger]))
  )
}
