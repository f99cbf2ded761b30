/**
 * What the compiler has to know of typed channels. Nothing of this is run: `npm run check` compiles it, and a type that
 * is not exact, or a mistake that is accepted, is an error there.
 */
import type { Channel, ChannelError, EnetError, TypedHost, TypedPeer } from "@effect-enet/core"
import type { Effect, Stream } from "effect"
import { expectTypeOf } from "vitest"
import { type Channels, Chat, Move, Score } from "./Kit.ts"

type Host = TypedHost.TypedHost<Channels>
type Peer = TypedPeer.TypedPeer<Channels>
type Element<S> = S extends Stream.Stream<infer A, infer _E, infer _R> ? A : never

interface Point {
  readonly x: number
  readonly y: number
}

export const oneChannel = (host: Host): void => {
  expectTypeOf(host.messages(Move)).toEqualTypeOf<
    Stream.Stream<{ readonly _tag: "move"; readonly peer: Peer; readonly message: Point }, EnetError.EnetError>
  >()
}

export const severalChannels = (peer: Peer): void => {
  const merged = peer.messages(Move, Chat, Score)
  type Merged = Element<typeof merged>
  expectTypeOf<Merged["_tag"]>().toEqualTypeOf<"move" | "chat" | "score">()
  expectTypeOf<Extract<Merged, { readonly _tag: "chat" }>["message"]>().toEqualTypeOf<string>()
  expectTypeOf<Extract<Merged, { readonly _tag: "move" }>["message"]>().toEqualTypeOf<Point>()
  expectTypeOf<Extract<Merged, { readonly _tag: "score" }>["message"]>().toEqualTypeOf<
    { readonly [key: string]: number }
  >()
}

export const onlyWhatFits = (host: Host, peer: Peer, Foreign: Channel.Channel<"foreign", number>): void => {
  expectTypeOf(peer.send(Move, { x: 1, y: 2 })).toEqualTypeOf<
    Effect.Effect<void, EnetError.EnetError | ChannelError.ChannelError>
  >()
  // @ts-expect-error y is missing
  void peer.send(Move, { x: 1 })
  // @ts-expect-error a string is no move
  void host.broadcast(Move, "left")
  // @ts-expect-error not a channel of this host
  void peer.send(Foreign, 1)
  // @ts-expect-error not a channel of this host
  void host.messages(Foreign)
  // @ts-expect-error at least one channel
  void host.messages()
}

export const messageOf = (): void => {
  expectTypeOf<Channel.Message<typeof Move>>().toEqualTypeOf<Point>()
  expectTypeOf<Channel.Message<typeof Move | typeof Chat>>().toEqualTypeOf<Point | string>()
}
