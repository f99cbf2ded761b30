/**
 * The server of the arena. It alone decides what happens: 30 times a second it takes the inputs that have arrived, moves
 * the world, and tells everybody.
 */
import { ChannelMetrics, TypedHost, type TypedPeer } from "@effect-enet/core"
import { EnetRpc } from "@effect-enet/rpc"
import { Clock, Deferred, Effect, Layer, Metric, Stream } from "effect"
import { RpcSerialization, RpcServer } from "effect/rpc"
import {
  arena,
  type ArenaChannels,
  CannotJoin,
  Input,
  Lobby,
  LobbyApi,
  News,
  Snapshot,
  type Standing,
  TICKS_PER_SECOND
} from "./protocol.ts"
import * as World from "./world.ts"

export interface MatchOptions {
  /** The match begins when so many have joined. */
  readonly players: number
  /** How long it takes. */
  readonly ticks: number
  /** Where gems and players appear. */
  readonly seed: number
  /** Is shown the world after each tick; a referee, for example. */
  readonly observe?: ((world: World.World) => void) | undefined
  /** Is told what happens, for a journal. */
  readonly tell?: ((line: string) => void) | undefined
}

export const playersGauge = Metric.gauge("arena_players", { description: "players in the match" })
export const inputsCounter = Metric.counter("arena_inputs", { description: "inputs taken", incremental: true })
export const lateness = Metric.histogram("arena_tick_lateness_ms", {
  description: "how late ticks begin",
  boundaries: Metric.exponentialBoundaries({ start: 1, factor: 2, count: 6 })
})

/** A place in the match, and who has it. */
interface Match {
  world: World.World
  readonly names: Map<number, string>
  readonly hasBegun: Deferred.Deferred<void>
  readonly result: Deferred.Deferred<ReadonlyArray<Standing>>
}

const standings = ({ names, world }: Match): ReadonlyArray<Standing> =>
  [...world.players.values()]
    .map(({ id, score }) => ({ name: names.get(id) ?? "?", score }))
    .toSorted((a, b) => b.score - a.score || a.name.localeCompare(b.name))

/** The lobby: `client.id` is the number of the peer's connection, which the game knows its players by. */
const lobby = (match: Match, options: MatchOptions, announce: (news: News) => Effect.Effect<void>) =>
  LobbyApi.toLayer({
    Join: Effect.fnUntraced(function*({ name }, { client: { id } }) {
      if (match.names.has(id)) return yield* new CannotJoin({ reason: "you have joined already" })
      if ([...match.names.values()].includes(name)) return yield* new CannotJoin({ reason: `${name} is taken` })
      if (match.names.size >= options.players) return yield* new CannotJoin({ reason: "the match is full" })
      match.names.set(id, name)
      match.world = World.join(match.world, id)
      options.tell?.(`${name} joins`)
      yield* announce({ _tag: "Joined", id, name })
      if (match.names.size === options.players) yield* Deferred.succeed(match.hasBegun, undefined)
      return { id }
    }),
    Result: () => Deferred.await(match.result)
  })

const snapshotOf = ({ gems, players, tick }: World.World): Snapshot => ({ tick, players: [...players.values()], gems })

/** Plays one match, and ends when everybody has heard its result. Gives the standings. */
export const playMatch = Effect.fnUntraced(function*(options: MatchOptions) {
  const host = yield* TypedHost.make(arena)
  yield* ChannelMetrics.observe(host)
  const match: Match = {
    world: World.make(options.seed),
    names: new Map(),
    hasBegun: yield* Deferred.make<void>(),
    result: yield* Deferred.make<ReadonlyArray<Standing>>()
  }
  // a player who has just left is told nothing
  const announce = (news: News) => Effect.ignore(host.broadcast(News, news))

  yield* Layer.build(
    RpcServer.layer(LobbyApi, { disableFatalDefects: true }).pipe(
      Layer.provide(lobby(match, options, announce)),
      Layer.provide(Layer.effect(RpcServer.Protocol, EnetRpc.makeProtocolServer(host, Lobby))),
      Layer.provide(RpcSerialization.layerSchemaBinary())
    )
  )

  const left = (peer: TypedPeer.TypedPeer<ArenaChannels>, reason: string) => {
    const { connection: id } = peer
    const name = match.names.get(id)
    if (name === undefined || !match.world.players.has(id)) return Effect.void
    match.world = World.leave(match.world, id)
    options.tell?.(`${name} leaves (${reason})`)
    return announce({ _tag: "Left", id, name })
  }
  yield* host.connections.pipe(
    Stream.runForEach((connection) =>
      connection._tag === "Disconnected" ? left(connection.peer, connection.reason._tag) : Effect.void
    ),
    Effect.forkScoped
  )

  const tick = Effect.gen(function*() {
    const inputs = yield* host.poll(Input)
    yield* Metric.update(inputsCounter, inputs.length)
    for (const { message, peer } of inputs) {
      match.world = World.steer(match.world, peer.connection, message.dx, message.dy)
    }
    const { collectors, world } = World.step(match.world)
    match.world = world
    options.observe?.(world)
    yield* Metric.update(playersGauge, world.players.size)
    for (const id of collectors) yield* announce({ _tag: "Collected", id, tick: world.tick })
    yield* Effect.ignore(host.broadcast(Snapshot, snapshotOf(world)))
  })

  yield* Deferred.await(match.hasBegun)
  options.tell?.("the match begins")
  const begin = yield* Clock.currentTimeMillis
  for (let n = 1; n <= options.ticks; n++) {
    // the times of the ticks are fixed: a late one does not delay the others
    const due = begin + (n * 1000) / TICKS_PER_SECOND
    const now = yield* Clock.currentTimeMillis
    if (due > now) yield* Effect.sleep(due - now)
    yield* Metric.update(lateness, Math.max(0, (yield* Clock.currentTimeMillis) - due))
    yield* tick
  }
  const result = standings(match)
  options.tell?.(`the match is over: ${result.map(({ name, score }) => `${name} ${score}`).join(", ")}`)
  yield* announce({ _tag: "Over", tick: match.world.tick })
  yield* Deferred.succeed(match.result, result)
  // each player leaves when it has heard the result
  yield* host.connections.pipe(
    Stream.mapEffect(() => Effect.map(host.peers, (peers) => peers.length)),
    Stream.takeUntil((count) => count === 0),
    Stream.runDrain,
    Effect.timeoutOption("10 seconds")
  )
  return result
}, Effect.scoped)
