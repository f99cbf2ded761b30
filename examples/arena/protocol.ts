/**
 * What the server and the players of the arena say to each other: the one file that both sides import.
 */
import { Channel, ChannelSet, Encoding } from "@effect-enet/core"
import { EnetRpc } from "@effect-enet/rpc"
import { Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"

export const TICKS_PER_SECOND = 30

const Id = Schema.Natural

/** Calls: joining, and the result. */
export const Lobby = EnetRpc.channel("lobby", { id: 0 })

/** Where a player wants to go. A lost one is followed by the next in a moment. */
export const Input = Channel.make("input", {
  id: 1,
  mode: "unreliable",
  schema: Schema.Struct({ dx: Encoding.Float32, dy: Encoding.Float32 })
})

/** All that can be seen. Only the newest counts. */
export const Snapshot = Channel.make("snapshot", {
  id: 2,
  mode: "unreliable",
  latest: true,
  schema: Schema.Struct({
    tick: Schema.Natural,
    players: Schema.Array(Schema.Struct({ id: Id, x: Encoding.Float32, y: Encoding.Float32, score: Schema.Natural })),
    gems: Schema.Array(Schema.Struct({ x: Encoding.Float32, y: Encoding.Float32 }))
  })
})
export type Snapshot = Channel.Message<typeof Snapshot>

/** What everybody has to hear of, in order. */
export const News = Channel.make("news", {
  id: 3,
  schema: Schema.TaggedUnion({
    Joined: { id: Id, name: Schema.String },
    Left: { id: Id, name: Schema.String },
    Collected: { id: Id, tick: Schema.Natural },
    Over: { tick: Schema.Natural }
  })
})
export type News = Channel.Message<typeof News>

export const arena = ChannelSet.make([Lobby, Input, Snapshot, News], { check: true })
export type ArenaChannels = (typeof arena)["channels"][number]

export class CannotJoin extends Schema.TaggedError<CannotJoin>()("CannotJoin", { reason: Schema.String }) {
  override get message() {
    return `cannot join: ${this.reason}`
  }
}

export const Standing = Schema.Struct({ name: Schema.String, score: Schema.Natural })
export type Standing = typeof Standing.Type

export const LobbyApi = RpcGroup.make(
  Rpc.make("Join", { payload: { name: Schema.String }, success: Schema.Struct({ id: Id }), error: CannotJoin }),
  /** Waits until the match is over. */
  Rpc.make("Result", { success: Schema.Array(Standing) })
)
