/**
 * A peer as the typed host sees it: a lane for each channel, and what waits to be sent.
 */
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { InetAddress } from "effect/net/NetAddress"
import * as Stream from "effect/Stream"
import type * as Channel from "../../Channel.ts"
import { type ChannelError, fromReason, NotEncodable } from "../../ChannelError.ts"
import type { EnetError } from "../../EnetError.ts"
import type { DisconnectReason } from "../../EnetEvent.ts"
import type { EnetPeer, Message, SendOptions } from "../../EnetPeer.ts"
import type { Received, TypedPeer } from "../../TypedPeer.ts"
import { Signal } from "../Signal.ts"
import type { Hub } from "./Hub.ts"
import { Lane } from "./Lane.ts"

/** With more unsent bytes than this, about a datagram, a state waits and may be superseded. */
const LATEST_LIMIT = 1400

/** How long a peer waits for a reader before a warning is logged. */
const PATIENCE = "1 second"

export class TypedPeerHandle<in out Channels extends Channel.Any> implements TypedPeer<Channels> {
  readonly raw: EnetPeer
  readonly isOutgoing: boolean
  /** Set once, when the connection has ended and its packets are in the lanes. */
  end: DisconnectReason | undefined = undefined
  /** What the remote says about its channels. */
  readonly word = Deferred.makeUnsafe<Uint8Array>()
  private readonly hub: Hub<Channels>
  private readonly lanes: ReadonlyArray<Lane<Channels> | undefined>
  /** Packets came, were taken, or the end. */
  private readonly changed = new Signal()
  private readers = 0
  /** States that wait until there is room, by channel. */
  private readonly waiting = new Map<number, Uint8Array>()

  constructor(hub: Hub<Channels>, raw: EnetPeer, isOutgoing: boolean) {
    this.hub = hub
    this.raw = raw
    this.isOutgoing = isOutgoing
    this.lanes = hub.tracks.map((track) => track && new Lane(track))
  }

  get id(): number {
    return this.raw.id
  }

  get connection(): number {
    return this.raw.connection
  }

  get address(): InetAddress {
    return this.raw.address
  }

  get closed(): Effect.Effect<DisconnectReason> {
    return this.raw.closed
  }

  readonly disconnect = (data?: number): Effect.Effect<void, EnetError> => this.raw.disconnectLater(data)

  readonly send = <const Name extends Channels["name"], A>(
    channel: Channel.Channel<Name, A> & Channels,
    message: NoInfer<A>,
    options?: Pick<SendOptions, "whenFull">
  ): Effect.Effect<void, EnetError | ChannelError> =>
    Effect.suspend((): Effect.Effect<void, EnetError | ChannelError> => {
      const track = this.hub.trackOf(channel)
      const encoded = channel.encode(message)
      if (encoded._tag === "Failure") {
        return Effect.fail(fromReason(new NotEncodable({ channel: channel.name, detail: encoded.failure })))
      }
      if (channel.latest) return this.sendLatest(channel.id, encoded.success)
      track.totals.sent++
      return this.raw.send(
        channel.id,
        encoded.success,
        options === undefined ? track.options : {
          mode: channel.mode,
          whenFull: options.whenFull
        }
      )
    })

  /** Sends a state, or lets it wait in place of an older one. */
  sendLatest(id: number, bytes: Uint8Array): Effect.Effect<void, EnetError> {
    const track = this.hub.tracks[id]
    if (track === undefined) return Effect.void
    if (this.waiting.has(id)) {
      track.totals.superseded++
      this.waiting.set(id, bytes)
      return Effect.void
    }
    const send = (bytes: Uint8Array, whenFull: "wait" | "fail") =>
      Effect.map(this.raw.send(id, bytes, { mode: track.channel.mode, whenFull }), () => void track.totals.sent++)
    const wait = Effect.sync(() => {
      this.waiting.set(id, bytes)
      this.hub.fork(
        this.raw.drained(LATEST_LIMIT).pipe(
          Effect.andThen(Effect.suspend(() => {
            const newest = this.waiting.get(id) ?? bytes
            this.waiting.delete(id)
            return send(newest, "wait")
          })),
          // the peer is gone: its states are nobody's
          Effect.ignore
        )
      )
    })
    return Effect.flatMap(this.raw.statistics, ({ outgoingQueued }) =>
      outgoingQueued > LATEST_LIMIT
        ? wait
        : Effect.catchReason(send(bytes, "fail"), "EnetError", "QueueFull", () => wait))
  }

  readonly messages = <const Cs extends readonly [Channels, ...Array<Channels>]>(
    ...channels: Cs
  ): Stream.Stream<Received<Cs[number], Channels>> =>
    Stream.scoped(Stream.fromPull(Effect.map(this.reading(channels), (lanes) => {
      const isReady = () => this.end !== undefined || lanes.some(({ size }) => size > 0)
      const news = this.changed.waitUnless(isReady)
      const pull = Effect.suspend(
        (): Effect.Effect<NonEmptyReadonlyArray<Received<Cs[number], Channels>>, Cause.Done> => {
          const batch: Array<Received<Cs[number], Channels>> = []
          for (const channel of channels) this.read<Cs[number]>(channel, batch)
          if (isReadonlyArrayNonEmpty(batch)) return Effect.succeed(batch)
          return this.end === undefined ? Effect.andThen(news, pull) : Cause.done()
        }
      )
      return pull
    })))

  /** While it is held, packets of these channels are not for the host. */
  private reading(channels: ReadonlyArray<Channels>) {
    return Effect.acquireRelease(
      Effect.sync(() => {
        this.readers++
        return channels.flatMap((channel) => {
          const { ready } = this.hub.trackOf(channel)
          const lane = this.lanes[channel.id]
          if (lane === undefined) return []
          lane.readers++
          ready.delete(this)
          return [lane]
        })
      }),
      (lanes) =>
        Effect.sync(() => {
          this.readers--
          for (const lane of lanes) {
            if (--lane.readers > 0 || lane.size === 0) continue
            lane.track.ready.add(this)
            this.hub.arrived.notify()
          }
          this.changed.notify()
        })
    )
  }

  /** Takes what waits on a channel: its messages go into the batch. */
  read<C extends Channel.Any>(channel: C, batch: Array<Received<C, Channels>>): void {
    // what the channel decodes is of its type; the compiler knows only that of all channels
    const messages: Array<Received<Channel.Any, Channels>> = batch
    const lane = this.lanes[channel.id]
    if (lane === undefined || lane.size === 0) return
    const { totals } = lane.track
    const { size } = lane
    for (const packet of lane.takeAll()) {
      const decoded = channel.decode(packet)
      if (decoded._tag === "Success") {
        totals.received++
        messages.push({ _tag: channel.name, peer: this, message: decoded.success })
      } else {
        totals.undecoded++
        this.hub.tellUndecoded(this, channel.id, packet, decoded.failure)
      }
    }
    if (this.end !== undefined) this.hub.readOrphan(this, size)
    this.changed.notify()
  }

  /** Sorts packets into their lanes, from one on; waits where a lane is full. */
  deliver(packets: ReadonlyArray<Message>, from = 0): Effect.Effect<void> {
    let isForHost = false
    let full: Lane<Channels> | undefined = undefined
    let index = from
    for (; index < packets.length; index++) {
      const { channel, packet } = packets[index]!
      const lane = this.lanes[channel]
      if (lane === undefined) {
        this.stray(channel, packet)
        continue
      }
      const wasEmpty = lane.size === 0
      if (!lane.offer(packet)) {
        full = lane
        break
      }
      // one with packets that nobody of the peer's own reads is ready already
      if (!wasEmpty || lane.readers > 0) continue
      lane.track.ready.add(this)
      isForHost = true
    }
    if (isForHost) this.hub.arrived.notify()
    if (index > from) this.changed.notify()
    if (full === undefined) return Effect.void
    const { packet } = packets[index]!
    return Effect.andThen(this.roomIn(full, packet), Effect.suspend(() => this.deliver(packets, index)))
  }

  private roomIn(lane: Lane<Channels>, packet: Uint8Array): Effect.Effect<void> {
    const { track } = lane
    const room: Effect.Effect<void> = Effect.suspend(() =>
      lane.isFullFor(packet)
        ? Effect.andThen(this.changed.waitUnless(() => !lane.isFullFor(packet)), room)
        : Effect.void
    )
    track.totals.stalls++
    if (track.hasWarned) return room
    return Effect.timeoutOrElse(room, {
      duration: PATIENCE,
      orElse: () => {
        if (track.hasWarned) return room
        track.hasWarned = true
        const { name } = track.channel
        return Effect.andThen(
          Effect.logWarning(`nobody reads channel "${name}": peer ${this.toString()} waits with all its channels`),
          room
        )
      }
    })
  }

  private stray(channel: number, packet: Uint8Array): void {
    if (channel === this.hub.set.checkChannel && this.isOutgoing) {
      Deferred.doneUnsafe(this.word, Effect.succeed(packet))
      return
    }
    this.hub.strayPackets++
    this.hub.tellUndecoded(this, channel, packet, "no channel of the set has this id")
  }

  /** The connection has ended. */
  finish(reason: DisconnectReason): void {
    this.end = reason
    this.hub.leave(this)
    this.changed.notify()
  }

  /** Waits for the end, and until those who read the peer have read what it left; they go on first. */
  readonly finished: Effect.Effect<void> = Effect.suspend(() =>
    this.isFinished
      ? Effect.yieldNow
      : Effect.andThen(this.changed.waitUnless(() => this.isFinished), this.finished)
  )

  private get isFinished(): boolean {
    return this.end !== undefined && this.readers === 0
  }

  get unreadSize(): number {
    return this.lanes.reduce((sum, lane) => sum + (lane === undefined ? 0 : lane.size), 0)
  }

  dropUnread(): void {
    for (const lane of this.lanes) {
      lane?.drop()
      lane?.track.ready.delete(this)
    }
  }

  readonly toString = (): string => this.raw.toString()
}
