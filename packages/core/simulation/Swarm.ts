/**
 * One seed: a world is drawn, lives through its faults, comes to rest, and ends.
 */
import { SeededRandom } from "@effect-enet/core/testing/SeededRandom"
import * as SimulatedNetwork from "@effect-enet/core/testing/SimulatedNetwork"
import * as Effect from "effect/Effect"
import { coda, difference } from "./Convergence.ts"
import { faults, Lives, soothe } from "./Faults.ts"
import { conditions, make as makePlan, type Plan } from "./Plan.ts"
import { Fibers, services } from "./Runtime.ts"
import { VirtualTime } from "./VirtualTime.ts"
import { type Violation, World } from "./World.ts"

export interface SeedResult {
  readonly plan: Plan
  readonly violation: Violation | undefined
  readonly timeline: string
  /** Virtual milliseconds. */
  readonly time: number
  /** Datagrams sent. */
  readonly datagrams: number
  /** Packets that applications got. */
  readonly delivered: number
  readonly connects: number
  readonly failedConnects: number
}

export interface SeedOptions {
  /** Virtual hours with faults; drawn from the seed by default. */
  readonly hours?: number | undefined
  /** Lines of the timeline to keep. Default 400. */
  readonly timeline?: number | undefined
}

/** Until then everything has to be as it should, after the faults. */
const CALM = 400_000

const simulate = (world: World, fork: ReturnType<typeof Effect.runForkWith<never>>, fibers: Fibers): number => {
  const { plan, time } = world
  const check = () => world.check()
  const ending = Effect.gen(function*() {
    const network = yield* SimulatedNetwork.make({
      seed: plan.seed,
      conditions: conditions(world.faultRandom, plan, plan.network),
      observe: (record) => world.observe(record)
    })
    world.network = network
    const lives = new Lives(world, network)
    for (const node of world.nodes) yield* lives.begin(node, node.plan.port)
    yield* faults(world, network, lives).pipe(Effect.raceFirst(Effect.sleep(plan.duration)))
    yield* soothe(world, network)
    const converge = Effect.gen(function*() {
      yield* Effect.repeat(Effect.sleep(5_000), { until: () => difference(world) === undefined || isLate() })
      const late = difference(world)
      if (late !== undefined) world.violate("the network converges", late)
    })
    yield* converge
    yield* coda(world)
    yield* converge
    world.note("the end")
    yield* lives.endAll
    end = time.now
  })
  let end = 0
  const isLate = () => time.now > plan.duration + CALM
  fork(Effect.scoped(ending))
  time.run(plan.duration + 2 * CALM, check)
  if (world.violation !== undefined) return time.now
  if (fibers.alive > 0) world.violate("no fiber is left", `${fibers.alive} are`)
  if (time.sleeping > 0) world.violate("nobody sleeps after the end", `${time.sleeping} do`)
  return end
}

export const runSeed = (seed: number, options: SeedOptions = {}): SeedResult => {
  const plan = makePlan(seed, options.hours)
  const time = new VirtualTime(plan.orderly ? undefined : new SeededRandom(seed).fork("schedule"))
  const world = new World(plan, time, options.timeline ?? 400)
  const fibers = new Fibers()
  const violate = (invariant: string, detail: string) => world.violate(invariant, detail)
  const fork = Effect.runForkWith(services({ seed, time, fibers, violate }))
  world.fork = (effect) => {
    fork(effect)
  }
  let end = 0
  try {
    end = simulate(world, fork, fibers)
  } catch (error) {
    world.violate("no defect", error instanceof Error ? error.stack ?? error.message : String(error))
  }
  return {
    plan,
    violation: world.violation,
    timeline: world.timeline(),
    time: end,
    datagrams: world.datagrams,
    delivered: world.ledger.delivered,
    connects: world.connects,
    failedConnects: world.failedConnects
  }
}
