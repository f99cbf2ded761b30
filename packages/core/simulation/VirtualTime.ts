/**
 * Time and scheduling for a simulation: a clock that jumps from one sleeper to the next, and a scheduler whose tasks
 * run when the simulation runs them. Nothing here waits for anything real, so a run is one synchronous loop, and the
 * same seed gives the same order of everything.
 */
import { DueQueue } from "@effect-enet/core/testing/DueQueue"
import type { SeededRandom } from "@effect-enet/core/testing/SeededRandom"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"

interface Sleeper {
  readonly wake: () => void
  cancelled: boolean
}

interface Task {
  readonly run: () => void
  cancelled: boolean
}

/** More tasks than this at one instant: the programs never come to rest. */
const TASKS_AT_ONCE = 200_000

/** What a simulation stops with when its programs spin without time passing. */
export class NeverAtRest extends Error {
  override readonly name = "NeverAtRest"
}

export class VirtualTime {
  /** Milliseconds since the start. */
  now = 0
  readonly scheduler: Scheduler.Scheduler
  readonly clock: Clock.Clock
  private readonly random: SeededRandom | undefined
  private tasks: Array<Task> = []
  private readonly sleepers = new DueQueue<Sleeper>()
  private awake = 0
  private stopped = false

  /** With `random`, what could run next is drawn; without, it runs in the order in which it became ready. */
  constructor(random?: SeededRandom) {
    this.random = random
    this.scheduler = new Scheduler.MixedScheduler("async", (run) => {
      const task: Task = { run, cancelled: false }
      this.tasks.push(task)
      return () => {
        task.cancelled = true
      }
    })
    this.clock = this.clockWith(() => 0, () => {})
  }

  /** A clock that is ahead by `offset` milliseconds; `sleeping` is told the length of every sleep. */
  clockWith(offset: () => number, sleeping: (milliseconds: number) => void): Clock.Clock {
    const millis = () => this.now + offset()
    const nanos = () => BigInt(Math.round(millis() * 1000)) * 1000n
    return {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) => {
        const length = Duration.toMillis(duration)
        sleeping(length)
        return this.sleep(length)
      }
    }
  }

  /** Programs that sleep. */
  get sleeping(): number {
    return this.sleepers.size - this.awake
  }

  stop(): void {
    this.stopped = true
  }

  /** Runs until nothing is left to do before `until`; `afterEach` is called whenever everything has come to rest. */
  run(until: number, afterEach: () => void): void {
    this.settle()
    afterEach()
    while (!this.stopped) {
      const next = this.sleepers.next
      if (next === undefined || next > until) break
      this.now = Math.max(this.now, next)
      this.wakeDue()
      this.settle()
      afterEach()
    }
    if (!this.stopped && until < Infinity) this.now = Math.max(this.now, until)
  }

  /** Runs everything that is ready. */
  settle(): void {
    for (let count = 0; this.tasks.length > 0; count++) {
      if (count > TASKS_AT_ONCE) throw new NeverAtRest(`more than ${TASKS_AT_ONCE} tasks at one instant`)
      const task = this.random === undefined ? undefined : this.draw(this.random)
      if (task !== undefined) {
        if (!task.cancelled) task.run()
        continue
      }
      const ready = this.tasks
      this.tasks = []
      for (const { cancelled, run } of ready) if (!cancelled) run()
    }
  }

  private draw(random: SeededRandom): Task {
    const { tasks } = this
    const index = tasks.length === 1 ? 0 : random.integer(0, tasks.length - 1)
    const task = tasks[index]!
    const last = tasks.pop()!
    if (last !== task) tasks[index] = last
    return task
  }

  private wakeDue(): void {
    for (let next = this.sleepers.shift(this.now); next !== undefined; next = this.sleepers.shift(this.now)) {
      if (next.item.cancelled) {
        this.awake--
        continue
      }
      next.item.wake()
      if (this.random === undefined || this.random.chance(0.5)) this.settle()
    }
  }

  private sleep(milliseconds: number): Effect.Effect<void> {
    if (milliseconds === Infinity) return Effect.never
    if (!(milliseconds > 0)) return Effect.yieldNow
    return Effect.callback<void>((resume) => {
      const sleeper: Sleeper = { wake: () => resume(Effect.void), cancelled: false }
      this.sleepers.push(this.now + milliseconds, sleeper)
      return Effect.sync(() => {
        if (sleeper.cancelled) return
        sleeper.cancelled = true
        this.awake++
      })
    })
  }
}
