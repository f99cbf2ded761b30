/**
 * What happens in a simulation, as far as it is known beforehand: drawn from the seed.
 */
import type { HostOptions } from "@effect-enet/core/HostOptions"
import { type Conditions, type PresetName, presets } from "@effect-enet/core/testing/Conditions"
import { SeededRandom } from "@effect-enet/core/testing/SeededRandom"

/** How an application takes what arrives: with `serve`, with `events`, or not at all. */
export type Consumption = "serve" | "events" | "nobody"

export interface NodePlan {
  readonly name: string
  /** Its IP address. */
  readonly host: string
  readonly port: number
  readonly options: HostOptions
  readonly consumption: Consumption
  /** Connections that it makes, at the same time. */
  readonly sessions: number
  /** Milliseconds that its clock is ahead after the first one: a host that has run for weeks. */
  readonly age: number
}

export interface Plan {
  readonly seed: number
  readonly nodes: ReadonlyArray<NodePlan>
  readonly checksum: boolean
  readonly compressed: boolean
  readonly network: PresetName
  /** Milliseconds between two actions of an application, on average. */
  readonly pace: number
  /** Of 1: how many packets are larger than a few hundred bytes. */
  readonly large: number
  readonly maximumPacketSize: number
  /** Milliseconds between two faults, on average. */
  readonly faults: number
  /** Whether the scheduler takes what is ready in order, or draws. */
  readonly orderly: boolean
  /** Milliseconds until the faults end. */
  readonly duration: number
}

/** Milliseconds of u32 clocks. */
const WRAP = 0x100000000

/** Values mostly at their default, sometimes drawn. */
const sometimes = <A>(random: SeededRandom, probability: number, draw: () => A): A | undefined =>
  random.chance(probability) ? draw() : undefined

const limits = (random: SeededRandom, plan: Pick<Plan, "maximumPacketSize">, server: boolean): HostOptions => ({
  maxPeers: server ? random.pick([2, 4, 8, 16, 32]) : random.pick([1, 2, 4, 8]),
  channelLimit: random.pick([0, 1, 2, 4, 8, 255]),
  incomingBandwidth: sometimes(random, 0.25, () => random.pick([2_000, 20_000, 100_000, 1_000_000])),
  outgoingBandwidth: sometimes(random, 0.25, () => random.pick([2_000, 20_000, 100_000, 1_000_000])),
  mtu: sometimes(random, 0.3, () => random.pick([576, 600, 1000, 1200, 1392, 1500, 4096])),
  duplicatePeers: sometimes(random, 0.1, () => random.pick([1, 2, 3])),
  maximumPacketSize: plan.maximumPacketSize,
  maximumWaitingData: sometimes(random, 0.35, () => random.pick([1, 500, 4_000, 30_000, 200_000])),
  outgoingQueueLimit: sometimes(random, 0.5, () => random.pick([1, 1_000, 10_000, 100_000])),
  refuseNewConnections: sometimes(random, 0.02, () => true)
})

const consumptionOf = (random: SeededRandom, server: boolean): Consumption =>
  random.chance(0.05) ? "nobody" : random.chance(server ? 0.6 : 0.1) ? "serve" : "events"

export const make = (seed: number, hours: number | undefined): Plan => {
  const random = new SeededRandom(seed).fork("plan")
  const checksum = random.chance(0.6)
  const maximumPacketSize = random.pick([2_000, 20_000, 200_000])
  const servers = random.pick([1, 1, 1, 2, 3])
  const clients = random.pick([1, 1, 2, 2, 3, 4, 6])
  const mesh = random.chance(0.2)
  const pace = random.pick([5, 20, 50, 200, 200, 1_000, 5_000])
  const nodes: Array<NodePlan> = []
  for (let index = 0; index < servers + clients; index++) {
    const server = index < servers
    nodes.push({
      name: server ? `server${index + 1}` : `client${index - servers + 1}`,
      host: `10.1.0.${index + 1}`,
      port: server ? 7000 + index : 0,
      options: limits(random, { maximumPacketSize }, server),
      consumption: consumptionOf(random, server),
      sessions: server && !mesh ? 0 : random.pick([1, 1, 1, 2, 3]),
      age: random.chance(0.25) ? WRAP - random.integer(1_000, 90_000) : random.chance(0.3) ? random.integer(0, WRAP) : 0
    })
  }
  // busy worlds are short, so that every seed costs about the same
  const connections = nodes.reduce((sum, node) => sum + node.sessions, 0)
  const natural = Math.min(Math.max(9_000_000 / (connections * (8 + 3_000 / pace)), 8_000), 900_000)
  return {
    seed,
    nodes,
    checksum,
    compressed: random.chance(0.15),
    network: random.pick(["perfect", "lan", "wifi", "wifi", "mobile", "mobile", "satellite", "awful", "awful"]),
    pace,
    large: random.pick([0, 0.02, 0.1, 0.3]),
    maximumPacketSize,
    faults: random.pick([2_000, 8_000, 20_000, 60_000]),
    orderly: random.chance(0.5),
    duration: Math.round(hours === undefined ? natural * (0.5 + random.next()) : hours * 3_600_000)
  }
}

/** A slow line whose queue is two seconds long at most. */
const bottleneck = (random: SeededRandom): Partial<Conditions> => {
  const rate = random.integer(5_000, 100_000)
  return { rate, queue: Math.floor(rate * (0.1 + 1.9 * random.next())) }
}

/** Conditions of this world: a preset, made worse, or damaged where a checksum finds that. */
export const conditions = (random: SeededRandom, plan: Plan, preset: PresetName): Conditions => {
  const chosen = presets[preset]
  return {
    ...chosen,
    loss: random.chance(0.3) ? random.next() * 0.3 : chosen.loss,
    duplicate: random.chance(0.3) ? random.next() * 0.2 : chosen.duplicate,
    reorder: random.chance(0.3) ? random.next() * 0.3 : chosen.reorder,
    // without a checksum nobody could tell
    corrupt: plan.checksum && random.chance(0.4) ? random.next() * 0.1 : 0,
    ...(random.chance(0.15) ? bottleneck(random) : {})
  }
}

/** In a few words. */
export const describe = (plan: Plan): string =>
  [
    `seed ${plan.seed}: ${plan.network}, ${(plan.duration / 1000).toFixed(0)} s, a fault every ` +
    `${plan.faults / 1000} s, an action every ${plan.pace} ms, checksum ${plan.checksum ? "on" : "off"}, ` +
    `compressor ${plan.compressed ? "on" : "off"}, ${plan.orderly ? "orderly" : "drawn"} schedule`,
    ...plan.nodes.map((node) => {
      const options = Object.entries(node.options).flatMap(([key, value]) =>
        value === undefined ? [] : [`${key}=${value}`]
      )
      return `  ${node.name} ${node.host}: ${node.consumption}, ${node.sessions} sessions, ${options.join(" ")}`
    })
  ].join("\n")
