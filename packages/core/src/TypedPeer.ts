/**
 * A peer of a `TypedHost`: it takes and gives messages of typed channels.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { InetAddress } from "effect/net/NetAddress"
import type * as Stream from "effect/Stream"
import type * as Channel from "./Channel.ts"
import type { ChannelError } from "./ChannelError.ts"
import type { EnetError } from "./EnetError.ts"
import type { DisconnectReason } from "./EnetEvent.ts"
import type { EnetPeer, SendOptions } from "./EnetPeer.ts"

/**
 * A message, from whom, and the name of its channel as `_tag`.
 *
 * @since 0.1.0
 * @category models
 */
export type Received<C extends Channel.Any, Channels extends Channel.Any = C> = C extends Channel.Any ? {
    readonly _tag: C["name"]
    readonly peer: TypedPeer<Channels>
    readonly message: Channel.Message<C>
  }
  : never

/**
 * @since 0.1.0
 * @category models
 */
export interface TypedPeer<in out Channels extends Channel.Any> {
  /** The peer below, for its settings and statistics. Its packets go to the typed channels. */
  readonly raw: EnetPeer
  /** The slot in the host's peer table. It is reused by later connections. */
  readonly id: number
  /** Unlike `id`, never given to another connection of this host. */
  readonly connection: number
  readonly address: InetAddress
  /** Whether this host opened the connection. */
  readonly isOutgoing: boolean
  /**
   * Queues a message, in the mode of its channel; see `EnetPeer.send`. On a channel with `latest` it never waits: while
   * more than 1,400 bytes are unsent, the newest message waits in place of an older one.
   */
  readonly send: <const Name extends Channels["name"], A>(
    channel: Channel.Channel<Name, A> & Channels,
    message: NoInfer<A>,
    options?: Pick<SendOptions, "whenFull">
  ) => Effect.Effect<void, EnetError | ChannelError>
  /**
   * The messages of these channels from this peer, in the order of each channel; ends when the peer is gone and all are
   * read. While it runs, they come here instead of to `TypedHost.messages`. A reader that ends early loses the rest of
   * what it pulled last.
   */
  readonly messages: <const Cs extends readonly [Channels, ...Array<Channels>]>(
    ...channels: Cs
  ) => Stream.Stream<Received<Cs[number], Channels>>
  /** Disconnects after everything queued has been acknowledged, with `data` for the remote; see `EnetPeer`. */
  readonly disconnect: (data?: number) => Effect.Effect<void, EnetError>
  /** Waits until the connection is gone and says why. */
  readonly closed: Effect.Effect<DisconnectReason>
  readonly toString: () => string
}
