/**
 * What goes wrong: the network changes for the worse and for the better, parts of it are cut off, routers forget their
 * clients, and hosts end, politely or not, and begin again.
 */
import { perfect } from "@effect-enet/core/testing/Conditions"
import type { SimulatedNetwork } from "@effect-enet/core/testing/SimulatedNetwork"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { haunt } from "./Afterlife.ts"
import { live } from "./Life.ts"
import { conditions } from "./Plan.ts"
import type { Node, World } from "./World.ts"

const presetNames = ["perfect", "lan", "wifi", "mobile", "satellite", "awful"] as const

const lost = { ...perfect, loss: 1 }

/** The fibers in which nodes live. */
export class Lives {
  private readonly world: World
  private readonly network: SimulatedNetwork
  private readonly fibers: Map<Node, Fiber.Fiber<void>> = new Map()
  private readonly restarting: Set<Node> = new Set()

  constructor(world: World, network: SimulatedNetwork) {
    this.world = world
    this.network = network
  }

  begin(node: Node, port: number): Effect.Effect<void> {
    return Effect.map(Effect.forkDetach(live(this.world, node, port)), (fiber) => {
      this.fibers.set(node, fiber)
    })
  }

  end(node: Node): Effect.Effect<void> {
    const fiber = this.fibers.get(node)
    this.fibers.delete(node)
    if (fiber === undefined) return Effect.void
    const { host, sides } = node
    return Effect.andThen(
      Fiber.interrupt(fiber),
      host === undefined ? Effect.void : haunt(this.world, host, sides.slice(-3).map(({ peer }) => peer))
    )
  }

  get endAll(): Effect.Effect<void> {
    return Effect.forEach([...this.fibers.keys()], (node) => this.end(node), {
      discard: true,
      concurrency: "unbounded"
    })
  }

  /** Ends a life, so that its peers are told or not, and begins another one. */
  restart(node: Node): Effect.Effect<void> {
    if (this.restarting.has(node)) return Effect.void
    this.restarting.add(node)
    const { network, world } = this
    const random = world.faultRandom
    const crash = random.chance(0.5)
    const pause = random.pick([0, 100, 5_000, 15_000])
    // without a checksum, what is meant for the last life could be taken for the new one's
    const port = world.plan.checksum && random.chance(0.7) ? node.plan.port : 0
    const restart = Effect.gen({ self: this }, function*() {
      world.note(`${node.name} ${crash ? "crashes" : "ends"}`)
      if (crash) {
        yield* network.setAccess(node.plan.host, lost)
      }
      yield* this.end(node)
      yield* network.setAccess(node.plan.host, perfect)
      yield* Effect.sleep(pause)
      yield* this.begin(node, port)
      this.restarting.delete(node)
    })
    return Effect.asVoid(Effect.forkDetach(restart))
  }
}

const partition = (world: World, network: SimulatedNetwork): Effect.Effect<void> => {
  const random = world.faultRandom
  const one: Array<string> = []
  const other: Array<string> = []
  for (const node of world.nodes) (random.chance(0.5) ? one : other).push(node.plan.host)
  const duration = random.pick([200, 1_000, 5_000, 20_000, 45_000])
  world.note(`partition for ${duration} ms: ${one.join(" ")} | ${other.join(" ")}`)
  const healing = Effect.andThen(Effect.sleep(duration), network.heal)
  return Effect.andThen(network.partition(one, other), Effect.asVoid(Effect.forkDetach(healing)))
}

const rebind = (world: World, network: SimulatedNetwork, node: Node): Effect.Effect<void> => {
  const { host } = node
  if (host === undefined) return Effect.void
  return Effect.map(network.rebind(host.address), (address) => {
    node.port = address.port
    world.note(`${node.name} is now seen at port ${address.port}`)
  })
}

const fault = (world: World, network: SimulatedNetwork, lives: Lives): Effect.Effect<void> => {
  const { plan } = world
  const random = world.faultRandom
  const node = random.pick(world.nodes)
  const kind = random.next()
  if (kind < 0.3) {
    const preset = random.pick(presetNames)
    world.note(`the network becomes ${preset}`)
    return network.setConditions(conditions(random, plan, preset))
  }
  if (kind < 0.5) {
    const preset = random.pick(presetNames)
    world.note(`the line of ${node.name} becomes ${preset}`)
    return network.setAccess(node.plan.host, conditions(random, plan, preset), conditions(random, plan, preset))
  }
  if (kind < 0.6) return network.setAccess(node.plan.host, perfect)
  if (kind < 0.8) return partition(world, network)
  if (kind < 0.9) return rebind(world, network, node)
  return lives.restart(node)
}

/** Faults until the world is calm. */
export const faults = (world: World, network: SimulatedNetwork, lives: Lives): Effect.Effect<void> =>
  Effect.gen(function*() {
    while (!world.isCalm) {
      yield* Effect.sleep(Math.ceil(-Math.log(1 - world.faultRandom.next()) * world.plan.faults))
      if (!world.isCalm) yield* fault(world, network, lives)
    }
  })

/** The network is good again, and peers look after each other as usual. */
export const soothe = (world: World, network: SimulatedNetwork): Effect.Effect<void> =>
  Effect.gen(function*() {
    world.note("the faults are over")
    world.isCalm = true
    yield* network.heal
    yield* network.setConditions({ latency: 5 })
    for (const { host, plan } of world.nodes) {
      yield* network.setAccess(plan.host, perfect)
      if (host === undefined) continue
      for (const peer of yield* host.peers) {
        yield* Effect.ignore(Effect.andThen(peer.timeout({}), peer.pingInterval(0)))
      }
    }
  })
