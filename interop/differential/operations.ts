/**
 * The operations of a seed. They are made before anything runs and refer to hosts, peers and datagrams by numbers that
 * are resolved when their turn comes, so that any of them can be left out.
 */
import { BANDWIDTHS, type Plan, type Profile, TRICKLES, type Weather } from "./plan.ts"
import { Random } from "./random.ts"

export type Call = "drain" | "service" | "service-null" | "flush" | "check"

/** `fragments` × F + `extra` bytes, where F is what fits in one command. */
export interface Size {
  readonly fragments: number
  readonly extra: number
}

export type Operation =
  | {
    readonly _tag: "Tick"
    readonly advance: number
    /** Where time goes instead, if that is near: to the deadline of a host, or just before it. */
    readonly until: "advance" | "deadline" | "almost"
    readonly rounds: number
    readonly fates: number
    readonly weather: Weather
  }
  | { readonly _tag: "Call"; readonly host: number; readonly call: Call; readonly advance: number }
  | {
    readonly _tag: "Connect"
    readonly host: number
    readonly to: number
    readonly channels: number
    readonly data: number
    readonly kind: "host" | "nobody" | "broadcast"
  }
  | {
    readonly _tag: "Send"
    readonly host: number
    readonly peer: number
    readonly channel: number
    readonly size: Size
    readonly flags: number
    readonly count: number
    readonly fill: number
    readonly broadcast: boolean
  }
  | {
    readonly _tag: "Part"
    readonly host: number
    readonly peer: number
    readonly how: "disconnect" | "disconnect-now" | "disconnect-later" | "reset"
    readonly data: number
  }
  | {
    readonly _tag: "Tune"
    readonly host: number
    readonly peer: number
    readonly what: "ping" | "ping-interval" | "timeout" | "throttle"
    readonly values: readonly [number, number, number]
  }
  | { readonly _tag: "Bandwidth"; readonly host: number; readonly incoming: number; readonly outgoing: number }
  | { readonly _tag: "ChannelLimit"; readonly host: number; readonly limit: number }
  | { readonly _tag: "Receive"; readonly host: number; readonly peer: number }
  | { readonly _tag: "Hostile"; readonly host: number; readonly forge: number }

/** Numbers behind `host` and `peer` are reduced modulo what is there. */
const ANY = 1 << 16

/** As `peer`: the latest connection. */
export const LATEST = ANY

const advance = (random: Random, { bandwidths, jumps, pace }: Profile): number =>
  random.weighted([
    [20, 0],
    [60, random.between(1, pace)],
    [12, random.between(pace, pace * 6)],
    [4, random.between(400, 1600)],
    [2, random.between(1500, 9000)],
    // bytes per second times milliseconds shall fit in 32 bits
    [bandwidths ? 0 : 1, random.between(9000, 40_000)],
    ...(jumps
      ? [
        [1, random.between(60_000, 200_000)],
        [1, random.between(86_399_999, 86_400_001)],
        [1, random.between(86_000_000, 87_000_000)],
        [1, random.between(80_000_000, 400_000_000)]
      ] as const
      : [])
  ])

const size = (random: Random, large: boolean): Size =>
  random.weighted<Size>([
    [1, { fragments: 0, extra: 0 }],
    [1, { fragments: 0, extra: 1 }],
    [6, { fragments: 0, extra: random.between(2, 60) }],
    [3, { fragments: 0, extra: random.between(60, 600) }],
    [2, { fragments: 1, extra: random.between(-1, 1) }],
    [large ? 2 : 0.5, { fragments: random.between(2, 4), extra: random.between(-1, 1) }],
    [large ? 1 : 0.1, { fragments: random.between(4, 20), extra: random.between(0, 500) }],
    [large ? 0.3 : 0, { fragments: 0, extra: random.between(50_000, 100_000) }]
  ])

const flags = (random: Random, sends: Profile["sends"]): number => {
  switch (sends) {
    case "reliable":
      return random.weighted([[8, 1], [1, 3], [1, 9]])
    case "unsequenced":
      return random.weighted([[8, 2], [1, 1]])
    case "unreliable":
      return random.weighted([[4, 0], [3, 8], [1, 1]])
    default:
      return random.weighted([[6, 1], [5, 0], [3, 2], [3, 8], [0.5, 3], [0.5, 9], [0.5, 10], [0.5, 11]])
  }
}

/** So many empty packets that numbers wrap, windows fill, and unreliable numbers run out. */
const flood = (random: Random): Operation => {
  const flags = random.weighted([[5, 1], [3, 0], [1, 2]])
  const count = flags === 1
    ? random.pick([random.between(2000, 20_000), random.between(28_000, 36_000)])
    : flags === 0
    ? random.pick([random.between(2000, 10_000), random.between(65_530, 65_545)])
    : random.between(500, 5000)
  return {
    _tag: "Send",
    host: 1,
    peer: random.below(ANY),
    channel: random.chance(0.9) ? 0 : 1,
    size: { fragments: 0, extra: random.weighted([[8, 0], [1, 1]]) },
    flags,
    count,
    fill: 1,
    broadcast: false
  }
}

const send = (random: Random, profile: Profile): Operation => ({
  _tag: "Send",
  host: random.below(ANY),
  peer: random.below(ANY),
  channel: random.chance(0.03) ? random.below(256) : random.below(ANY) << 8,
  // round sums reach a limit exactly
  size: profile.scarce && random.chance(0.5) ? { fragments: 0, extra: 500 } : size(random, profile.large),
  flags: flags(random, profile.sends),
  count: random.weighted([[12, 1], [4, random.between(2, 6)], [1, random.between(7, 70)]]),
  fill: random.below(16),
  broadcast: random.chance(0.08)
})

const connect = (random: Random): Operation => ({
  _tag: "Connect",
  host: random.below(ANY),
  to: random.below(ANY),
  channels: random.pick([0, 1, 2, 3, 5, 255, 300]),
  data: random.chance(0.5) ? random.below(100) : random.next(),
  kind: random.weighted([[20, "host"], [3, "nobody"], [2, "broadcast"]])
})

const tune = (random: Random): Operation => {
  const what = random.pick(["ping", "ping", "ping-interval", "timeout", "throttle"] as const)
  const values: readonly [number, number, number] = what === "ping-interval"
    ? [random.pick([0, 1, 30, 100, 2000, 100_000]), 0, 0]
    : what === "timeout"
    ? [
      random.pick([0, 1, 2, 5, 32, 100]),
      random.pick([0, 1, 100, 500, 1500, 3000]),
      random.pick([0, 1, 300, 1500, 10_000, 60_000])
    ]
    : [random.pick([0, 1, 50, 1000, 5000]), random.pick([0, 1, 2, 7, 40]), random.pick([0, 1, 2, 7, 40])]
  return { _tag: "Tune", host: random.below(ANY), peer: random.below(ANY), what, values }
}

/** A connection attempt that ends on the very millisecond of one of its retransmissions. */
const tuneAttempt = (random: Random, host: number): Operation => ({
  _tag: "Tune",
  host,
  peer: LATEST,
  what: "timeout",
  values: [random.pick([1, 2, 4, 32]), random.pick([500, 1500, 3500]), random.pick([500, 1500, 3500, 60_000])]
})

const limit = (random: Random, profile: Profile): number =>
  profile.bandwidths ? random.pick(profile.jumps ? TRICKLES : BANDWIDTHS) : 0

const choose = (random: Random, profile: Profile): Operation => {
  const host = random.below(ANY)
  const peer = random.below(ANY)
  const kind = random.weighted<Operation["_tag"]>([
    [45, "Tick"],
    [profile.flood ? 8 : 28, "Send"],
    [9, "Call"],
    [profile.crowd ? 12 : 1.5, "Connect"],
    [profile.partings, "Part"],
    [3, "Tune"],
    [profile.bandwidths ? 2 : 0.2, "Bandwidth"],
    [0.2, "ChannelLimit"],
    [1, "Receive"],
    [profile.hostile * 100, "Hostile"]
  ])
  switch (kind) {
    case "Tick":
      return {
        _tag: "Tick",
        advance: advance(random, profile),
        until: random.weighted([[16, "advance"], [3, "deadline"], [1, "almost"]]),
        rounds: random.weighted([[5, 1], [3, 2], [1, 4]]),
        fates: random.next(),
        weather: random.chance(0.05) ? { loss: 1, duplicate: 0, delay: 0, reorder: 0 } : profile.weather
      }
    case "Send":
      return profile.flood && random.chance(0.3) ? flood(random) : send(random, profile)
    case "Call": {
      const call = random.pick(["drain", "service", "service", "service-null", "flush", "check"] as const)
      return { _tag: "Call", host, call, advance: random.chance(0.5) ? 0 : random.between(1, profile.pace) }
    }
    case "Connect":
      return connect(random)
    case "Part": {
      const how = random.weighted<"disconnect" | "disconnect-now" | "disconnect-later" | "reset">([
        [3, "disconnect"],
        [2, "disconnect-now"],
        [4, "disconnect-later"],
        [1, "reset"]
      ])
      return { _tag: "Part", host, peer, how, data: random.next() }
    }
    case "Tune":
      return tune(random)
    case "Bandwidth":
      return { _tag: "Bandwidth", host, incoming: limit(random, profile), outgoing: limit(random, profile) }
    case "ChannelLimit":
      return { _tag: "ChannelLimit", host, limit: random.pick([0, 1, 2, 100, 255, 300]) }
    case "Receive":
      return { _tag: "Receive", host, peer }
    case "Hostile":
      return { _tag: "Hostile", host, forge: random.next() }
  }
}

/** The first operations make a connection; the rest is chance. */
export const makeOperations = (plan: Plan, steps: number): ReadonlyArray<Operation> => {
  const random = new Random(plan.seed ^ 0x5bd1e995)
  const calm = { loss: 0, duplicate: 0, delay: 0, reorder: 0 }
  const operations: Array<Operation> = [
    { _tag: "Connect", host: 1, to: 0, channels: random.between(1, 5), data: random.next(), kind: "host" },
    {
      _tag: "Tick",
      advance: random.below(30),
      until: "advance",
      rounds: random.between(1, 3),
      fates: random.next(),
      weather: calm
    }
  ]
  while (operations.length < steps) {
    const operation = choose(random, plan.profile)
    operations.push(operation)
    if (operation._tag === "Connect" && random.chance(0.3)) operations.push(tuneAttempt(random, operation.host))
  }
  return operations.slice(0, steps)
}
