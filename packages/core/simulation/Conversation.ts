/**
 * What an application does with one peer: it sends packets of all kinds, changes settings, makes mistakes, and takes
 * its leave in one of many ways, at moments that nobody expects.
 */
import type { DeliveryMode } from "@effect-enet/core/DeliveryMode"
import type { EnetError, EnetErrorReason } from "@effect-enet/core/EnetError"
import type { WhenFull } from "@effect-enet/core/EnetPeer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { make } from "./Content.ts"
import type { Side, Travel } from "./Ledger.ts"
import type { Node, World } from "./World.ts"

const modes: ReadonlyArray<DeliveryMode> = [
  "reliable",
  "reliable",
  "reliable",
  "unreliable",
  "unsequenced",
  "unreliable-fragment",
  "unsequenced-fragment"
]

/** Header and fragment command of a datagram that holds a full fragment. */
const FRAGMENT_OVERHEAD = 28

/** How a packet that is queued now will travel: what does not fit one datagram is mostly sent reliably. */
export const travelOf = (
  world: World,
  side: Side,
  channel: number,
  mode: DeliveryMode,
  length: number,
  mtu: number
): Travel => {
  const whole = length <= mtu - FRAGMENT_OVERHEAD - (world.plan.checksum ? 4 : 0)
  const exhausted = side.lane(channel).unreliableRun >= 0xffff
  switch (mode) {
    case "reliable":
      return "reliable"
    case "unreliable":
      return whole && !exhausted ? "unreliable" : "reliable"
    case "unsequenced":
      return whole ? "unsequenced" : "reliable"
    case "unreliable-fragment":
      return exhausted ? "reliable" : whole ? "unreliable" : "unreliable-fragment"
    case "unsequenced-fragment":
      return whole ? "unsequenced" : exhausted ? "reliable" : "unreliable-fragment"
  }
}

const sizeOf = (world: World, mtu: number): number => {
  const { plan, random } = world
  if (!random.chance(plan.large)) return random.chance(0.1) ? random.integer(0, 12) : random.integer(8, 300)
  if (random.chance(0.3)) return mtu - FRAGMENT_OVERHEAD + random.integer(-6, 6)
  return random.integer(300, Math.floor(plan.maximumPacketSize * random.next() * random.next()) + 300)
}

/** A failure that the call may have; any other is the breach of an invariant. */
const expecting = (
  world: World,
  what: string,
  allowed: ReadonlyArray<EnetErrorReason["_tag"]>
) =>
<A>(effect: Effect.Effect<A, EnetError>): Effect.Effect<A | undefined> =>
  Effect.catch(effect, (error) =>
    Effect.sync(() => {
      if (!allowed.includes(error.reason._tag)) {
        world.violate("calls fail as documented", `${what}: ${error.reason._tag}`)
      }
      return undefined
    }))

/** One packet, and what the books say about it once it is queued. */
export const send = (
  world: World,
  side: Side,
  channel: number,
  mode: DeliveryMode,
  whenFull: WhenFull,
  size?: number
): Effect.Effect<void> =>
  expecting(world, "send", ["PeerDisconnected", "QueueFull", "InvalidChannel", "PacketTooLarge"])(
    Effect.gen(function*() {
      const { peer } = side
      const { mtu, outgoingQueued } = yield* peer.statistics
      // what is dropped is told by the queue only, where an empty packet leaves no trace
      const smallest = whenFull === "drop" ? 1 : 0
      const length = Math.max(Math.min(size ?? sizeOf(world, mtu), world.plan.maximumPacketSize), smallest)
      const packet = side.nextPacket()
      yield* peer.send(channel, make(side.id, packet, length), { mode, whenFull })
      if (whenFull === "drop" && (yield* peer.statistics).outgoingQueued === outgoingQueued) return
      const travel = travelOf(world, side, channel, mode, length, mtu)
      world.ledger.sent(side, channel, packet, length, travel)
    })
  ).pipe(Effect.asVoid)

const sendAny = (world: World, side: Side): Effect.Effect<void> => {
  const { random } = world
  // channelCount is 0 when the peer is gone
  const channel = random.integer(0, Math.max(Math.min(side.peer.channelCount, 12) - 1, 0))
  const whenFull = random.pick<WhenFull>(["wait", "wait", "fail", "drop"])
  return send(world, side, channel, random.pick(modes), whenFull)
}

const burst = (world: World, side: Side): Effect.Effect<void> => {
  const { random } = world
  const channel = random.integer(0, Math.max(Math.min(side.peer.channelCount, 4) - 1, 0))
  const mode = random.pick(modes)
  // many tiny ones, so that numbers get ahead by more than a window
  const storm = random.chance(0.02)
  const count = storm ? random.integer(5_000, 15_000) : random.integer(5, 120)
  const size = storm ? random.integer(0, 3) : random.integer(0, 40)
  return Effect.repeat(send(world, side, channel, mode, random.pick(["fail", "drop"]), size), { times: count })
}

/** A setting, a question, or a mistake. */
const call = (world: World, side: Side): Effect.Effect<void> => {
  const { random } = world
  const { peer } = side
  const gone = expecting(world, "a call on a peer", ["PeerDisconnected"])
  const wrong = (tag: EnetErrorReason["_tag"]) => expecting(world, "a wrong call", ["PeerDisconnected", tag])
  const calls: ReadonlyArray<() => Effect.Effect<unknown>> = [
    () => gone(peer.ping),
    () => gone(peer.pingInterval(random.pick([0, 50, 200, 500, 5_000, 60_000]))),
    () => gone(peer.timeout({ limit: random.pick([0, 2, 32, 1_000]), minimum: random.pick([0, 300, 5_000]) })),
    () => gone(peer.timeout({ maximum: random.pick([0, 1_000, 10_000, 60_000]) })),
    () =>
      gone(peer.throttleConfigure({
        interval: random.pick([0, 100, 5_000, 0xffffffff]),
        acceleration: random.pick([0, 1, 2, 32, 0xffffffff]),
        deceleration: random.pick([0, 1, 2, 32, 0xffffffff])
      })),
    () => peer.state,
    () =>
      Effect.map(gone(peer.statistics), (statistics) => {
        if (statistics !== undefined && statistics.roundTripTime < 0) world.violate("statistics are consistent", "RTT")
      }),
    () => wrong("InvalidChannel")(peer.send(random.pick([255, 256, 1000, 254.5, -1, NaN]), "x")),
    () => wrong("PacketTooLarge")(peer.send(0, new Uint8Array(world.plan.maximumPacketSize + 1))),
    () => wrong("InvalidOption")(peer.disconnect(-1)),
    () => wrong("InvalidOption")(peer.pingInterval(0.5))
  ]
  return Effect.asVoid(random.pick(calls)())
}

/** Ends the connection, one way or another. */
const leave = (world: World, side: Side): Effect.Effect<void> => {
  const { random } = world
  const { peer } = side
  const data = random.integer(1, 0xffffffff)
  const gone = expecting(world, "disconnecting", ["PeerDisconnected"])
  const way = random.pick(["disconnect", "disconnect", "now", "later", "later", "later", "reset"])
  world.note(`${side.name} leaves: ${way} ${data}`)
  switch (way) {
    case "now":
      side.left("at once", data)
      return Effect.asVoid(gone(peer.disconnectNow(data)))
    case "later":
      side.left("politely", data)
      return Effect.asVoid(gone(peer.disconnectLater(data)))
    case "reset":
      side.left("at once", data)
      return Effect.asVoid(gone(peer.reset))
    default:
      side.left("at once", data)
      return Effect.asVoid(gone(peer.disconnect(data)))
  }
}

/** Interrupts an action that takes longer than the application's patience, which may be none at all. */
export const impatiently = <A, E, R>(world: World, effect: Effect.Effect<A, E, R>): Effect.Effect<void, E, R> => {
  const { random } = world
  if (!random.chance(0.2)) return Effect.asVoid(effect)
  const patience = random.pick([0, 1, 10, 100, 1_000, 5_000])
  return Effect.asVoid(Effect.timeoutOption(effect, patience))
}

const think = (world: World): Effect.Effect<void> =>
  Effect.suspend(() => Effect.sleep(Math.ceil(-Math.log(1 - world.random.next()) * world.plan.pace)))

/** Acts until the application has enough, the peer is gone, or the world is calm. Gives whether it left by itself. */
export const converse = (world: World, side: Side, actions: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { random } = world
    for (let action = 0; action < actions && !world.isCalm && side.closed === undefined; action++) {
      const kind = random.next()
      if (kind < 0.85) yield* impatiently(world, sendAny(world, side))
      else if (kind < 0.93) yield* call(world, side)
      else if (kind < 0.96) yield* impatiently(world, burst(world, side))
      yield* think(world)
    }
    if (!world.isCalm && random.chance(0.6)) yield* leave(world, side)
  })

/** Reads the packets of a peer until it is gone; now and then it is slow, or stops and begins anew. */
export const read = (world: World, node: Node, side: Side): Effect.Effect<void> => {
  const { random } = world
  const slow = random.chance(0.3)
  const once = Effect.gen(function*() {
    let ended = false
    side.isRead = true
    const reading = Stream.runForEachArray(side.peer.messages, (messages) => {
      for (const { channel, mode, packet } of messages) world.ledger.received(side, channel, packet, mode)
      const pause = slow && !world.isCalm && random.chance(0.2)
      return pause ? Effect.sleep(random.integer(1, 3_000)) : Effect.void
    }).pipe(Effect.andThen(Effect.sync(() => {
      ended = true
    })))
    const one = Effect.map(side.peer.receive, ({ channel, mode, packet }) => {
      world.ledger.received(side, channel, packet, mode)
    })
    const oneByOne = Effect.catch(Effect.forever(one), () =>
      Effect.sync(() => {
        ended = true
      }))
    // between two packets `events` would get the next one, if somebody reads them
    const way = node.plan.consumption === "serve" && random.chance(0.5) ? oneByOne : reading
    const interrupted = !world.isCalm && random.chance(0.1)
    yield* interrupted ? Effect.timeoutOption(way, random.integer(0, 5_000)) : way
    side.isRead = false
    if (ended) world.ledger.ended(side)
    else yield* Effect.sleep(random.integer(0, 2_000))
    return ended
  })
  return Effect.asVoid(Effect.repeat(once, { until: (ended) => ended }))
}
