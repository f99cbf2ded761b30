/**
 * The life of a node: its host, what it does with those who connect, and the connections that it makes.
 */
import * as Checksum from "@effect-enet/core/Checksum"
import * as Compressor from "@effect-enet/core/Compressor"
import type { EnetError } from "@effect-enet/core/EnetError"
import type * as EnetEvent from "@effect-enet/core/EnetEvent"
import * as EnetHost from "@effect-enet/core/EnetHost"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import * as Entropy from "@effect-enet/core/Entropy"
import { crc32 } from "@effect-enet/core/wire/Crc32"
import * as RangeCoder from "@effect-enet/core/wire/RangeCoder"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { BROADCAST, make } from "./Content.ts"
import { converse, impatiently, read, travelOf } from "./Conversation.ts"
import type { Side } from "./Ledger.ts"
import type { Node, World } from "./World.ts"

/** A connection that is not established after this time never will be. */
const CONNECT_LIMIT = 60_000

type Host = EnetHost.EnetHost["Service"]

const open = (world: World, node: Node, port: number): Effect.Effect<Host, EnetError, Scope.Scope> => {
  const { age, host, options } = node.plan
  const { checksum, compressed } = world.plan
  let offset = 0
  const clock = world.time.clockWith(() => offset, (milliseconds) => {
    if (!(milliseconds >= 0)) world.violate("nobody sleeps for less than nothing", `${node.name}: ${milliseconds}`)
  })
  const network = world.network
  if (network === undefined) return Effect.die(new Error("no network"))
  return EnetHost.make(options).pipe(
    Effect.tap(() =>
      Effect.sync(() => {
        offset = age
      })
    ),
    Effect.provide(network.layer({ host, port })),
    Effect.provideService(Checksum.Checksum, checksum ? crc32 : undefined),
    Effect.provideService(Compressor.Compressor, compressed ? RangeCoder.make() : undefined),
    Effect.provideService(Entropy.Entropy, () => world.random.word()),
    Effect.provideService(Clock.Clock, clock),
    Effect.provideService(References.PreventSchedulerYield, false)
  )
}

/** Takes `events`, for a while or until the host is closed. */
const takeEvents = (world: World, node: Node, host: Host): Effect.Effect<void> => {
  const { ledger, random } = world
  const slow = random.chance(0.3)
  const onEvent = (event: EnetEvent.EnetEvent): Effect.Effect<unknown> => {
    const side = world.side(node, event.peer)
    switch (event._tag) {
      case "Connect":
        world.note(`${side.name} is connected (${event.data})`)
        ledger.connected(side, event.data)
        // who connected has its own conversation already
        return event.data === 0 ? Effect.void : Effect.sync(() => world.fork(answer(world, node, side)))
      case "Receive":
        return Effect.sync(() => ledger.receivedEvent(side, event.channel, event.packet, event.mode))
      case "Disconnect":
        return Effect.sync(() => {
          world.note(`${side.name} is disconnected: ${event.reason._tag}`)
          ledger.disconnected(side, event.reason)
          ledger.ended(side)
        })
    }
  }
  const taking = Stream.runForEachArray(host.events, (events) =>
    Effect.andThen(
      Effect.forEach(events, onEvent, { discard: true }),
      Effect.suspend(() =>
        slow && !world.isCalm && random.chance(0.1) ? Effect.sleep(random.integer(1, 2_000)) : Effect.void
      )
    ))
  return Effect.orDie(
    Effect.suspend(() =>
      !world.isCalm && random.chance(0.2) ? Effect.timeoutOption(taking, random.integer(0, 20_000)) : taking
    )
  ).pipe(Effect.asVoid)
}

/** Those who connected to a node that takes events: it talks to them, and sometimes reads them one by one. */
const answer = (world: World, node: Node, side: Side): Effect.Effect<void> => {
  const { random } = world
  const talk = converse(world, side, random.integer(0, 400))
  return random.chance(0.2) ? Effect.asVoid(Effect.all([talk, read(world, node, side)], { concurrency: 2 })) : talk
}

/** Waits until the faults are over. */
const calm = (world: World): Effect.Effect<unknown> => Effect.repeat(Effect.sleep(2_000), { until: () => world.isCalm })

/** A handler of `serve`. */
const handle = (world: World, node: Node, peer: EnetPeer, data: number): Effect.Effect<void> => {
  const { random } = world
  const side = world.side(node, peer)
  world.note(`${side.name} is served (${data})`)
  world.ledger.connected(side, data)
  side.isServed = true
  const talk = Effect.gen(function*() {
    yield* converse(world, side, random.integer(0, 400))
    if (world.isCalm || random.chance(0.5)) yield* Effect.never
  })
  const reading = random.chance(0.9) ? read(world, node, side) : Effect.andThen(calm(world), read(world, node, side))
  return Effect.raceFirst(talk, Effect.andThen(reading, Effect.never)).pipe(
    Effect.ensuring(Effect.sync(() => {
      side.isServed = false
      side.left("politely", 0)
      side.isDeaf = true
    }))
  )
}

/** What the node does with its events, as long as it lives. */
const consume = (world: World, node: Node, host: Host): Effect.Effect<void> => {
  const { random } = world
  const { consumption } = node.plan
  const once = Effect.suspend((): Effect.Effect<unknown> => {
    if (consumption === "nobody" && !world.isCalm) return Effect.sleep(5_000)
    if (consumption !== "serve") return takeEvents(world, node, host)
    const serving = Effect.ignore(host.serve((peer, data) => handle(world, node, peer, data)))
    return !world.isCalm && random.chance(0.2) ? Effect.timeoutOption(serving, random.integer(0, 60_000)) : serving
  })
  // between two readers there may be none for a while
  const pause = Effect.suspend(() => Effect.sleep(world.isCalm ? 1 : random.integer(1, 3_000)))
  return Effect.forever(Effect.andThen(once, pause))
}

/** How long datagrams of a connection that is over may still be under way. */
const LINGER = 20_000

/**
 * Without a checksum two bits tell the connections of a slot apart. They tell the last connection from the next one, so
 * of those before nothing may be left.
 */
const mayConnect = (world: World, node: Node): boolean => {
  if (world.plan.checksum) return true
  const lingering = node.sides.filter(({ overSince, remote }) => {
    if (overSince === undefined) return false
    const { now } = world.time
    return overSince + LINGER > now || (remote !== undefined && (remote.overSince ?? now) + LINGER > now)
  })
  const failed = (node.lastFailure ?? -Infinity) + 60_000 > world.time.now ? 1 : 0
  return lingering.length + failed <= 1
}

/** One connection of the node's own, from its beginning to its end. */
const session = (world: World, node: Node, host: Host): Effect.Effect<void> => {
  const { ledger, random } = world
  const targets = world.nodes.filter((other) =>
    other !== node && other.plan.consumption !== "nobody" || random.chance(0.02)
  )
  const target = targets.length === 0 ? undefined : random.pick(targets)
  if (target === undefined || target === node || !mayConnect(world, node)) return Effect.void
  return Effect.scoped(Effect.gen(function*() {
    const attempt = ledger.attempt()
    const timeout = random.chance(0.2) ? random.pick([1, 50, 1_000, 5_000]) : undefined
    const address = { address: target.plan.host, port: target.port }
    world.note(`${node.name} connects to ${target.name} (${attempt.id})`)
    world.connects++
    const connecting = host.connect({
      ...address,
      channels: random.pick([1, 1, 2, 4, 8, 255]),
      data: attempt.id,
      timeout
    }).pipe(
      Effect.map((peer) => {
        const side = world.side(node, peer)
        ledger.established(attempt, side)
        return side
      }),
      Effect.timeoutOrElse({
        duration: CONNECT_LIMIT,
        orElse: () =>
          Effect.sync(() => {
            world.violate("every connect ends", `${node.name} to ${target.name} (${attempt.id})`)
            return undefined
          })
      }),
      Effect.catch((error) =>
        Effect.sync(() => {
          world.note(`${node.name} is not connected (${attempt.id}): ${error.reason._tag}`)
          world.failedConnects++
          return undefined
        })
      )
    )
    const impatient = !world.isCalm && random.chance(0.1)
    const side = yield* impatient
      ? Effect.map(
        Effect.timeoutOption(connecting, random.pick([0, 1, 20, 200, 2_000])),
        (option) => option._tag === "Some" ? option.value : undefined
      )
      : connecting
    if (side === undefined) {
      // the remote may be about to be connected, and find out late that it is not
      node.lastFailure = world.time.now
      return
    }
    world.note(`${side.name} is connected to ${target.name} (${attempt.id})`)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        world.note(`${side.name} lets go`)
        side.left("politely", 0)
        side.isDeaf = true
      })
    )
    const talk = Effect.gen(function*() {
      yield* converse(world, side, random.integer(1, 600))
      // some stay until the remote goes, some close the scope at once
      if (world.isCalm || random.chance(0.4)) yield* side.peer.closed
      if (world.isCalm) yield* Effect.never
    })
    const reading = node.plan.consumption !== "events" || random.chance(0.5) ? read(world, node, side) : Effect.void
    yield* impatiently(world, Effect.raceFirst(talk, Effect.andThen(reading, Effect.never)))
  }))
}

const sessions = (world: World, node: Node, host: Host): Effect.Effect<void> => {
  const { random } = world
  return Effect.forever(Effect.gen(function*() {
    yield* Effect.sleep(random.integer(1, 3_000))
    if (world.isCalm) return yield* Effect.never
    yield* session(world, node, host)
  }))
}

/** A call that cannot succeed. */
const refused = <A, R>(world: World, effect: Effect.Effect<A, EnetError, R>): Effect.Effect<void, never, R> =>
  Effect.match(effect, {
    onFailure: () => {},
    onSuccess: () => world.violate("calls fail as documented", "a wrong call succeeded")
  })

/** Broadcasts, and settings of the host. */
const meddle = (world: World, node: Node, host: Host): Effect.Effect<void> => {
  const { ledger, plan, random } = world
  const broadcast = Effect.gen(function*() {
    const channel = random.integer(0, 3)
    const mode = random.pick(["reliable", "reliable", "unreliable", "unsequenced"] as const)
    const length = random.chance(0.9)
      ? random.integer(0, 200)
      : random.integer(0, Math.min(plan.maximumPacketSize, 5_000))
    if (channel >= (yield* host.maxChannels)) return
    const packet = BROADCAST + world.broadcasts++
    const targets: Array<readonly [Side, number]> = []
    for (const peer of yield* host.peers) {
      if ((yield* peer.state) !== "Connected" || channel >= peer.channelCount) continue
      targets.push([world.side(node, peer), (yield* peer.statistics).mtu])
    }
    yield* host.broadcast(channel, make(0, packet, length), { mode })
    for (const [side, mtu] of targets) {
      ledger.sent(side, channel, packet, length, travelOf(world, side, channel, mode, length, mtu))
    }
  })
  const pop = Effect.map(host.popStatistics, (statistics) => {
    const { ReceiveQueueFull: overflowed = 0 } = statistics.dropped
    node.popped.sent += statistics.sentPackets
    node.popped.sentBytes += statistics.sentData
    node.popped.received += statistics.receivedPackets + overflowed
  })
  const raw = Effect.suspend(() => {
    const other = random.pick(world.nodes)
    const datagram = "punch a hole"
    if (other.port === 0) return Effect.void
    node.raw++
    node.rawBytes += datagram.length
    return host.socketSend({ address: other.plan.host, port: other.port }, datagram)
  })
  const bandwidth = () => random.pick([0, 0, 5_000, 100_000, 10_000_000])
  const calls: ReadonlyArray<() => Effect.Effect<unknown, EnetError>> = [
    () => broadcast,
    () => broadcast,
    () => broadcast,
    () => host.flush,
    () => pop,
    () => raw,
    () => host.statistics,
    () => host.bandwidthLimit({ incoming: bandwidth(), outgoing: bandwidth() }),
    () => refused(world, host.bandwidthLimit({ incoming: -1 })),
    () => host.channelLimit(random.pick([0, 1, 2, 8, 255])),
    () => refused(world, host.channelLimit(256)),
    () => host.refuseNewConnections(random.chance(0.2)),
    () => refused(world, host.broadcast(300, "x")),
    () => Effect.scoped(refused(world, host.connect({ address: node.plan.host, port: 0 })))
  ]
  return Effect.forever(Effect.gen(function*() {
    yield* Effect.sleep(random.integer(1, 4) * plan.pace * 5 + 10)
    if (world.isCalm) return yield* Effect.never
    yield* random.pick(calls)()
  })).pipe(Effect.orDie)
}

/** From the opening of the socket until the fiber is interrupted. */
export const live = (world: World, node: Node, port: number): Effect.Effect<void> =>
  Effect.scoped(Effect.gen(function*() {
    const host = yield* open(world, node, port)
    node.begin(host, world)
    world.note(`${node.name} begins life ${node.life} at port ${node.port}`)
    yield* Effect.addFinalizer(() => Effect.sync(() => node.end()))
    yield* Effect.forkScoped(consume(world, node, host))
    yield* Effect.forkScoped(meddle(world, node, host))
    for (let i = 0; i < node.plan.sessions; i++) yield* Effect.forkScoped(sessions(world, node, host))
    return yield* Effect.never
  })).pipe(Effect.orDie, Effect.provideService(References.PreventSchedulerYield, true))
