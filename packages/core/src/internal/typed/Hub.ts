/**
 * What the peers of a typed host have in common: who is there, which of their lanes wait for a reader of the host, and
 * the totals.
 */
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Mutable } from "effect/Types"
import type * as Channel from "../../Channel.ts"
import type { ChannelSet } from "../../ChannelSet.ts"
import type { EnetError } from "../../EnetError.ts"
import type { EnetHost } from "../../EnetHost.ts"
import type { SendOptions } from "../../EnetPeer.ts"
import type { ChannelStatistics, Undecoded } from "../../TypedHost.ts"
import { Signal } from "../Signal.ts"
import { Backlog, sizeOf } from "./Backlog.ts"
import type { TypedPeerHandle } from "./TypedPeerHandle.ts"

/** Bytes of undecoded packets that wait for their reader. */
const UNDECODED_LIMIT = 65_536

/** Bytes of packets of all the peers that are gone and left something unread. */
const ORPHAN_LIMIT = 1_048_576

const noTotals: ChannelStatistics = { sent: 0, received: 0, undecoded: 0, superseded: 0, dropped: 0, stalls: 0 }

/** A channel of the set, and what the host knows of it. */
export class Track<Channels extends Channel.Any> {
  readonly channel: Channel.Any
  readonly totals: Mutable<ChannelStatistics> = { ...noTotals }
  readonly options: SendOptions
  /** Peers with packets on this channel that nobody else reads. */
  readonly ready: Set<TypedPeerHandle<Channels>> = new Set()
  /** A peer has waited for a reader so long that a warning was logged. */
  hasWarned = false

  constructor(channel: Channel.Any) {
    this.channel = channel
    this.options = { mode: channel.mode }
  }
}

export class Hub<Channels extends Channel.Any> {
  readonly host: EnetHost["Service"]
  readonly set: ChannelSet<Channels>
  /** By the id of the channel. */
  readonly tracks: ReadonlyArray<Track<Channels> | undefined>
  readonly peers: Set<TypedPeerHandle<Channels>> = new Set()
  /** Packets came for readers of the host, or the host is closed. */
  readonly arrived = new Signal()
  readonly peersChanged = new Signal()
  /** Set once, when the host ends. */
  failure: EnetError | undefined = undefined
  strayPackets = 0
  readonly fork: (effect: Effect.Effect<void>) => void
  private readonly undecodedPackets = new Backlog<Undecoded<Channels>>(UNDECODED_LIMIT, ({ packet }) => sizeOf(packet))
  private readonly undecodedAhead = new Signal()
  private undecodedReaders = 0
  /** Peers that are gone and left something unread, the first to go first. */
  private readonly orphans: Set<TypedPeerHandle<Channels>> = new Set()
  private orphanSize = 0

  constructor(host: EnetHost["Service"], set: ChannelSet<Channels>, fork: (effect: Effect.Effect<void>) => void) {
    this.host = host
    this.set = set
    this.fork = fork
    const tracks: Array<Track<Channels> | undefined> = Array.from({ length: set.channelCount }, () => undefined)
    for (const channel of set.channels) tracks[channel.id] = new Track(channel)
    this.tracks = tracks
  }

  /** Dies on a channel of another set: the types allow one that has the same type. */
  trackOf(channel: Channel.Any): Track<Channels> {
    const track = this.tracks[channel.id]
    if (track?.channel === channel) return track
    throw new Error(`channel "${channel.name}" with id ${channel.id} is none of this host's channel set`)
  }

  join(peer: TypedPeerHandle<Channels>): void {
    this.peers.add(peer)
    this.peersChanged.notify()
  }

  leave(peer: TypedPeerHandle<Channels>): void {
    if (this.peers.delete(peer)) this.peersChanged.notify()
    if (peer.unreadSize === 0) return
    this.orphans.add(peer)
    this.orphanSize += peer.unreadSize
    for (const oldest of this.orphans) {
      if (this.orphanSize <= ORPHAN_LIMIT) break
      this.orphans.delete(oldest)
      this.orphanSize -= oldest.unreadSize
      oldest.dropUnread()
    }
  }

  /** Somebody read what a peer had left. */
  readOrphan(peer: TypedPeerHandle<Channels>, size: number): void {
    if (!this.orphans.has(peer)) return
    this.orphanSize -= size
    if (peer.unreadSize === 0) this.orphans.delete(peer)
  }

  end(failure: EnetError): void {
    this.failure ??= failure
    this.arrived.notify()
    this.peersChanged.notify()
    this.undecodedAhead.notify()
  }

  tellUndecoded(peer: TypedPeerHandle<Channels>, channel: number, packet: Uint8Array, reason: string): void {
    if (this.undecodedReaders === 0) return
    this.undecodedPackets.push({ peer, channel, packet, reason })
    this.undecodedAhead.notify()
  }

  /** What `take` gives, as a stream that waits for `signal` when that is nothing. */
  stream<A>(take: () => ReadonlyArray<A>, signal: Signal, isReady: () => boolean): Stream.Stream<A, EnetError> {
    const news = signal.waitUnless(() => this.failure !== undefined || isReady())
    const pull = Effect.suspend((): Effect.Effect<NonEmptyReadonlyArray<A>, EnetError | Cause.Done> => {
      const batch = take()
      if (isReadonlyArrayNonEmpty(batch)) return Effect.succeed(batch)
      return this.failure === undefined ? Effect.andThen(news, pull) : Effect.fail(this.failure)
    })
    return Stream.fromPull(Effect.succeed(pull))
  }

  get undecoded(): Stream.Stream<Undecoded<Channels>, EnetError> {
    const { undecodedPackets } = this
    const packets = this.stream(
      () => undecodedPackets.takeAll(),
      this.undecodedAhead,
      () => undecodedPackets.length > 0
    )
    const reading = Effect.acquireRelease(
      Effect.sync(() => this.undecodedReaders++),
      () =>
        Effect.sync(() => {
          if (--this.undecodedReaders === 0) undecodedPackets.clear()
        })
    )
    return Stream.scoped(Stream.unwrap(Effect.as(reading, packets)))
  }
}
