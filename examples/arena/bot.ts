/**
 * A player that needs no hands: it runs to the nearest gem that it sees.
 */
import { TypedHost } from "@effect-enet/core"
import { EnetRpc } from "@effect-enet/rpc"
import { Effect, Fiber, Ref, Schedule, Stream } from "effect"
import { RpcClient, RpcSerialization } from "effect/rpc"
import { arena, Input, Lobby, LobbyApi, News, Snapshot, TICKS_PER_SECOND } from "./protocol.ts"
import { distance, type Point } from "./world.ts"

export interface BotOptions {
  readonly name: string
  readonly address: string
  readonly port: number
  /** How far it says it goes in a tick; the server allows 1. Default 1. */
  readonly stride?: number | undefined
  /** Is shown what the bot sees. */
  readonly observe?: ((snapshot: Snapshot) => void) | undefined
  /** Is told what the bot hears. */
  readonly hear?: ((news: News) => void) | undefined
}

const towards = (from: Point, to: Point, stride: number) => {
  const length = Math.max(distance(from, to), 0.001)
  return { dx: ((to.x - from.x) / length) * stride, dy: ((to.y - from.y) / length) * stride }
}

const nearest = (from: Point, points: ReadonlyArray<Point>): Point | undefined =>
  points.toSorted((a, b) => distance(a, from) - distance(b, from))[0]

/** Joins, plays to the end, and gives the result as the server tells it. */
export const playBot = Effect.fnUntraced(
  function*(options: BotOptions) {
    const host = yield* TypedHost.make(arena)
    const peer = yield* host.connect({ address: options.address, port: options.port })
    const protocol = yield* EnetRpc.makeProtocolClient(peer, Lobby)
    const lobby = yield* Effect.provideService(RpcClient.make(LobbyApi), RpcClient.Protocol, protocol)

    const seen = yield* Ref.make<Snapshot | undefined>(undefined)
    yield* peer.messages(Snapshot).pipe(
      Stream.runForEach(({ message }) => {
        options.observe?.(message)
        return Ref.set(seen, message)
      }),
      Effect.forkScoped
    )
    const listening = yield* peer.messages(News).pipe(
      Stream.tap(({ message }) => Effect.sync(() => options.hear?.(message))),
      Stream.takeUntil(({ message }) => message._tag === "Over"),
      Stream.runDrain,
      Effect.forkScoped
    )

    const { id } = yield* lobby.Join({ name: options.name })
    const act = Effect.gen(function*() {
      const snapshot = yield* Ref.get(seen)
      const me = snapshot?.players.find((player) => player.id === id)
      const gem = me && nearest(me, snapshot?.gems ?? [])
      if (me !== undefined && gem !== undefined) yield* peer.send(Input, towards(me, gem, options.stride ?? 1))
    })
    yield* act.pipe(
      Effect.repeat(Schedule.spaced(1000 / TICKS_PER_SECOND)),
      // the connection ends, and with it the bot
      Effect.ignore,
      Effect.forkScoped
    )
    const result = yield* lobby.Result()
    // it came on a channel of its own, and may have overtaken the news
    yield* Fiber.join(listening)
    yield* peer.disconnect()
    yield* peer.closed
    return result
  },
  Effect.provide(RpcSerialization.layerSchemaBinary()),
  Effect.scoped
)
