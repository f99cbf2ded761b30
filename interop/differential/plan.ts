/**
 * What a seed stands for: two or three hosts with their settings, the clock at the start, and the weather.
 */
import { Random } from "./random.ts"

export interface HostPlan {
  readonly ip: string
  readonly port: number
  readonly maxPeers: number
  readonly channelLimit: number
  readonly incomingBandwidth: number
  readonly outgoingBandwidth: number
  readonly duplicatePeers: number
  readonly mtu: number
  readonly maximumPacketSize: number
  readonly maximumWaitingData: number
  /** With ENet's range coder. */
  readonly compresses: boolean
  /** A host as ours are by default: the library has no such host, and only what it says to others is compared. */
  readonly isAlone: boolean
}

/** What the wire does to a datagram, as probabilities. */
export interface Weather {
  readonly loss: number
  readonly duplicate: number
  readonly delay: number
  readonly reorder: number
}

/** How often the operations of a seed are what. */
export interface Profile {
  readonly weather: Weather
  /** Share of operations that are forged datagrams. */
  readonly hostile: number
  readonly sends: "any" | "reliable" | "unsequenced" | "unreliable"
  readonly large: boolean
  /** Hosts have little room for what waits. */
  readonly scarce: boolean
  readonly flood: boolean
  /** Many connections between few hosts. */
  readonly crowd: boolean
  /** Milliseconds that usually pass between two operations. */
  readonly pace: number
  /** Time may also jump by days. */
  readonly jumps: boolean
  readonly bandwidths: boolean
  readonly partings: number
  /** How often a host is serviced without taking events, against 90 times with. */
  readonly withoutEvents: number
}

export interface Plan {
  readonly seed: number
  readonly hosts: ReadonlyArray<HostPlan>
  readonly checksum: boolean
  readonly start: number
  readonly profile: Profile
}

/** The least waiting-data limit that no seed reaches. */
export const AMPLE = 1 << 24

const DAY = 86_400_000

/** Seeds whose first host is as ours are by default. */
const ALONE = 0.25

const weathers: ReadonlyArray<readonly [number, Weather]> = [
  [3, { loss: 0, duplicate: 0, delay: 0, reorder: 0 }],
  [3, { loss: 0.05, duplicate: 0.02, delay: 0.1, reorder: 0.1 }],
  [2, { loss: 0.2, duplicate: 0.1, delay: 0.3, reorder: 0.3 }],
  [1, { loss: 0.5, duplicate: 0.05, delay: 0.2, reorder: 0.2 }],
  [1, { loss: 0, duplicate: 0.3, delay: 0.6, reorder: 0.5 }]
]

const makeProfile = (random: Random): Profile => {
  const flood = random.chance(0.012)
  const hostile = flood ? 0 : random.weighted([[5, 0], [3, 0.05], [3, 0.25]])
  return {
    weather: random.weighted(weathers),
    hostile,
    sends: random.weighted([[6, "any"], [2, "reliable"], [1, "unsequenced"], [2, "unreliable"]]),
    large: random.chance(0.4),
    scarce: !flood && random.chance(0.12),
    flood,
    crowd: !flood && random.chance(0.03),
    pace: random.pick([3, 20, 60, 300]),
    // a forged bandwidth over a day is soon more than 32 bits
    jumps: random.chance(hostile > 0 ? 0.03 : 0.2),
    bandwidths: random.chance(0.3),
    partings: random.pick([0.3, 1, 3]),
    withoutEvents: random.weighted([[5, 3], [1, 200]])
  }
}

/** Bytes per second that days do not make too large for 32 bits. */
export const TRICKLES = [0, 0, 1, 9]

/** Bytes per second. */
export const BANDWIDTHS = [0, 0, 0, 1, 900, 10_000, 57_600, 65_536, 131_072, 150_000, 262_144]

const bandwidth = (random: Random, { bandwidths, jumps }: Profile): number =>
  !bandwidths ? 0 : random.pick(jumps ? TRICKLES : BANDWIDTHS)

const makeStart = (random: Random): number =>
  random.weighted([
    [3, random.between(1, 5000)],
    [2, random.between(1, 0xffffffff)],
    [2, (2 ** 32 - random.between(1, 20_000)) >>> 0],
    [2, random.between(0, 0xffff) * 0x8000 + 0x8000 - random.between(1, 3000)],
    [1, DAY - random.between(1, 5000)]
  ])

export const makePlan = (seed: number): Plan => {
  const random = new Random(seed)
  const profile = makeProfile(random)
  const checksum = random.chance(0.35)
  // a checksum makes datagrams up to 4 bytes longer than the MTU, and the library reads 4,096 bytes at most
  const mtu = random.pick([576, 577, 600, 1000, 1392, 1400, 1400, checksum ? 4092 : 4096])
  const shareAddress = random.chance(0.3)
  const strict = random.chance(0.15)
  const compressed = !profile.flood && random.chance(0.12)
  const makeHost = (_: unknown, index: number): HostPlan => ({
    ip: `10.0.0.${shareAddress ? 1 : index + 1}`,
    port: 5000 + index,
    maxPeers: profile.crowd ? random.between(15, 40) : index === 0 ? random.between(1, 6) : random.between(1, 3),
    channelLimit: random.pick([0, 1, 2, 3, 255, 255]),
    incomingBandwidth: bandwidth(random, profile),
    outgoingBandwidth: bandwidth(random, profile),
    duplicatePeers: random.chance(0.75) ? 0xfff : random.between(1, 2),
    mtu: random.chance(0.8) ? mtu : Math.max(576, mtu - random.between(0, 400)),
    maximumPacketSize: strict ? random.pick([500, 3000, 20_000]) : 1 << 20,
    maximumWaitingData: profile.scarce ? random.pick([12_000, 40_000, 150_000]) : 1 << 25,
    // one without it cannot talk to the others
    compresses: compressed && random.chance(0.97),
    isAlone: false
  })
  const hosts = Array.from({ length: random.chance(0.6) ? 2 : 3 }, makeHost)
  const start = Math.max(1, makeStart(random) >>> 0)
  const isFirstAlone = random.chance(ALONE)
  return {
    seed,
    hosts: hosts.map((host, index) => ({ ...host, isAlone: isFirstAlone && index === 0 })),
    checksum,
    start,
    // with little room every kind that can be dropped after it was queued would soon end the seed, see waiting-data-discarded
    profile: profile.scarce && random.chance(0.7)
      ? { ...profile, hostile: 0, sends: random.pick(["reliable", "unsequenced"]) }
      : profile
  }
}
