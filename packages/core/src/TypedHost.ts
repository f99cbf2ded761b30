/**
 * A host whose peers talk in messages of typed channels instead of in packets.
 *
 * It takes the packets of all peers of an `EnetHost` (with `EnetHost.serve`), sorts them by channel, and keeps them for
 * whoever reads the channel. So one reader that is slow, or that is missing, does not keep others from theirs, until
 * what waits for it reaches the channel's `bufferLimit` for one peer. Then
 *
 * - a channel that is not reliable drops the oldest message of that peer, and counts it;
 * - a channel with `latest` has kept only the newest all along;
 * - a reliable channel makes that peer wait: no further packet of it is taken, on any channel, since ENet has one window
 *   for all of them. Its remote waits in turn, once ENet's waiting-data limit is reached. Other peers go on. When that
 *   lasts for a second, a warning is logged, once for each channel, and `stalls` counts it.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as Channel from "./Channel.ts"
import type { ChannelError } from "./ChannelError.ts"
import type { ChannelSet } from "./ChannelSet.ts"
import type { EnetError } from "./EnetError.ts"
import type { DisconnectReason } from "./EnetEvent.ts"
import { type ConnectOptions, EnetHost } from "./EnetHost.ts"
import { makeTypedHost } from "./internal/typed/makeTypedHost.ts"
import type { Received, TypedPeer } from "./TypedPeer.ts"

/**
 * A peer came, or went.
 *
 * @since 0.1.0
 * @category models
 */
export type Connection<Channels extends Channel.Any> =
  | { readonly _tag: "Connected"; readonly peer: TypedPeer<Channels> }
  | { readonly _tag: "Disconnected"; readonly peer: TypedPeer<Channels>; readonly reason: DisconnectReason }

/**
 * A packet that is no message.
 *
 * @since 0.1.0
 * @category models
 */
export interface Undecoded<Channels extends Channel.Any> {
  readonly peer: TypedPeer<Channels>
  /** The ENet channel. */
  readonly channel: number
  readonly packet: Uint8Array
  /** What does not fit, in words. */
  readonly reason: string
}

/**
 * Totals of one channel, over all peers.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChannelStatistics {
  /** Messages queued for one peer or broadcast to all. */
  readonly sent: number
  /** Messages that a reader got. */
  readonly received: number
  /** Packets that a reader would have got, had they been messages. */
  readonly undecoded: number
  /** Messages that gave way to newer ones before they were sent or read. */
  readonly superseded: number
  /** Messages that were dropped because nobody read them in time. */
  readonly dropped: number
  /** How often a peer had to wait for a reader of this channel. */
  readonly stalls: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface TypedHost<in out Channels extends Channel.Any> {
  /** The host below. Its `events` and `serve` are in use. */
  readonly raw: EnetHost["Service"]
  /** The channels that it was made with. */
  readonly channelSet: ChannelSet<Channels>
  /**
   * The messages of these channels from all peers, in the order of each peer and channel. Each goes to one reader. A
   * reader that ends early loses the rest of what it pulled last. Ends with the error that ended the host.
   */
  readonly messages: <const Cs extends readonly [Channels, ...Array<Channels>]>(
    ...channels: Cs
  ) => Stream.Stream<Received<Cs[number], Channels>, EnetError>
  /** Takes what has arrived on these channels and nobody has read, without waiting: the inputs of a tick. */
  readonly poll: <const Cs extends readonly [Channels, ...Array<Channels>]>(
    ...channels: Cs
  ) => Effect.Effect<ReadonlyArray<Received<Cs[number], Channels>>>
  /** Sends to every connected peer; see `EnetHost.broadcast`. On a channel with `latest` it is a `send` to each. */
  readonly broadcast: <const Name extends Channels["name"], A>(
    channel: Channel.Channel<Name, A> & Channels,
    message: NoInfer<A>
  ) => Effect.Effect<void, EnetError | ChannelError>
  /**
   * As `EnetHost.connect`, with the channels that the set needs. Where the set is checked, it waits for the remote's word
   * that it has the same, at most `timeout` or 5 seconds, and fails with `DifferentChannels` or `ChannelsUnknown`;
   * `data` has to be left out then, as it carries the fingerprint.
   */
  readonly connect: (
    options: Omit<ConnectOptions, "channels">
  ) => Effect.Effect<TypedPeer<Channels>, EnetError | ChannelError, Scope.Scope>
  /**
   * Runs one fiber for each peer that connects to this host, as `EnetHost.serve` does: it is interrupted when the peer is
   * gone and what it reads of it has been read; when it ends, the peer is disconnected; its failure is logged and
   * disconnects the peer. Never ends by itself.
   */
  readonly serve: <E, R>(
    handler: (peer: TypedPeer<Channels>) => Effect.Effect<unknown, E, R>
  ) => Effect.Effect<never, EnetError, R>
  /** Peers that are connected, and have the same channels where that is checked. */
  readonly peers: Effect.Effect<ReadonlyArray<TypedPeer<Channels>>>
  /**
   * Begins with the peers that are there, then tells who comes and goes. Any number of readers may run it. A reader that
   * is slow is told where things stand when it comes: it does not hear of a peer that came and went meanwhile.
   */
  readonly connections: Stream.Stream<Connection<Channels>, EnetError>
  /**
   * Packets that are no message of their channel, or that came on a channel that is none of the set. It keeps up to
   * 64 KiB for a reader that is slow, and nothing while nobody reads it.
   */
  readonly undecoded: Stream.Stream<Undecoded<Channels>, EnetError>
  readonly statistics: (channel: Channels) => Effect.Effect<ChannelStatistics>
  /** Packets on channels that are none of the set. */
  readonly strayPackets: Effect.Effect<number>
}

/**
 * Puts typed channels on the host of the context. It belongs to the scope: when that closes, the peers that connected
 * from elsewhere are disconnected. It has to be made before there are connections.
 *
 * Fails with `InvalidOption` when the host grants fewer channels than the set needs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Channels extends Channel.Any>(
  channels: ChannelSet<Channels>
): Effect.Effect<TypedHost<Channels>, EnetError, EnetHost | Scope.Scope> =>
  EnetHost.use((host) => makeTypedHost(host, channels))
