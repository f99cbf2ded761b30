/**
 * The peers that the application sees: handles on connections of the driver.
 */
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { fromFlags, toFlags } from "../DeliveryMode.ts"
import {
  type EnetError,
  fromReason,
  InvalidChannel,
  InvalidOption,
  PacketTooLarge,
  PeerDisconnected,
  QueueFull
} from "../EnetError.ts"
import type { DisconnectReason } from "../EnetEvent.ts"
import { type EnetPeer, type Message, type PeerState, type PeerStatistics, TypeId } from "../EnetPeer.ts"
import type { Dropped } from "../protocol/Host.ts"
import type { Input } from "../protocol/Input.ts"
import type { CallFailure, PeerRef } from "../protocol/Output.ts"
import type { Peer } from "../protocol/Peer.ts"
import { stateNames } from "../protocol/PeerState.ts"
import type { Driver } from "./Driver.ts"
import { Signal } from "./Signal.ts"
import { unmapped } from "./SocketAddress.ts"

/** What one pull of `messages` takes at most. */
const PULL = { packets: 1024, bytes: 262_144 }

const U32 = 0xffffffff

/** What a queued packet is charged at least, so that empty ones cannot fill the memory. */
const COMMAND_OVERHEAD = 16

const NOTHING: Dropped = {}

/** Learns what the application does with a peer. */
export interface PeerWatcher {
  /** So many packets were taken with `messages` or `receive`. */
  readonly taken: (count: number) => void
  /** The application disconnects. */
  readonly leaving: () => void
}

/** Effects and calls are made when they are asked for: there may be thousands of handles, and each keeps what it holds. */
export class PeerHandle implements EnetPeer {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly id: number
  readonly connection: number
  readonly address: NetAddress.InetAddress
  readonly ref: PeerRef
  /** Packets that wait for the next step, and their bytes. */
  pendingPackets = 0
  pendingBytes = 0
  /** Set once, when the connection ends. */
  end: DisconnectReason | undefined = undefined
  /** Datagrams that came while it was connecting and made no sense. */
  unreadable: Dropped = NOTHING
  /** Made by `connect`. */
  isOutgoing = false
  /** The application was told that it is connected. */
  isAnnounced = false
  /** The scope of the `connect` that made it is closed. */
  isAbandoned = false
  watcher: PeerWatcher | undefined = undefined
  private readonly driver: Driver
  /** Made when somebody waits: there may be thousands of handles that nobody waits with. */
  private signal: Signal | undefined = undefined
  private readers = 0
  private hasBeenRead = false
  /** `receive` gave a packet, and whoever got it has not come back for the next. */
  private hasLent = false

  constructor(driver: Driver, ref: PeerRef, address: NetAddress.InetAddress) {
    this.driver = driver
    this.id = ref.slot
    this.connection = ref.connection
    this.ref = ref
    this.address = unmapped(address)
  }

  /** Something changed: packets arrived, the queue has room, or the connection ended. */
  notifyChanged(): void {
    this.signal?.notify()
  }

  private get changed(): Signal {
    return this.signal ??= new Signal()
  }

  /** The record behind the handle, while the connection exists. */
  private get record(): Peer | undefined {
    return this.driver.peer(this.ref)
  }

  get channelCount(): number {
    return this.record?.link.channelCount ?? 0
  }

  get outgoingQueued(): number {
    return this.pendingBytes + (this.record?.outgoingQueued ?? 0)
  }

  /** Whether `length` more bytes would be too much for the outgoing queue; an empty one takes a packet of any size. */
  private isFull(record: Peer | undefined, length: number): boolean {
    const packets = this.pendingPackets +
      (record === undefined ? 0 : record.outgoing.size + record.outgoingReliable.size)
    const queued = this.pendingBytes + (record === undefined ? 0 : record.outgoingQueued)
    const limit = this.driver.options.outgoingQueueLimit
    return packets > 0 && ((queued > 0 && queued + length > limit) || packets * COMMAND_OVERHEAD > limit)
  }

  get send(): EnetPeer["send"] {
    return (channel, packet, options) =>
      Effect.suspend(() => {
        const payload = options?.noAllocate === true && typeof packet !== "string" ? packet : this.driver.copy(packet)
        return this.offer(channel, payload, toFlags(options?.mode ?? "reliable"), options?.whenFull ?? "wait")
      })
  }

  private offer(
    channel: number,
    payload: Uint8Array,
    flags: number,
    whenFull: "wait" | "fail" | "drop"
  ): Effect.Effect<void, EnetError> {
    const record = this.record
    const failure = this.driver.sendFailure(record, channel, payload.length)
    if (failure !== undefined) return Effect.fail(this.failed(failure, channel, payload.length))
    if (!this.isFull(record, payload.length)) {
      this.driver.send(this, channel, payload, flags)
      return Effect.void
    }
    switch (whenFull) {
      case "drop":
        return Effect.void
      case "fail":
        return Effect.fail(fromReason(
          new QueueFull({
            peer: this.id,
            queued: this.outgoingQueued,
            limit: this.driver.options.outgoingQueueLimit
          })
        ))
      case "wait":
        return Effect.andThen(
          this.changed.waitAfter(this.changed.version),
          Effect.suspend(() => this.offer(channel, payload, flags, whenFull))
        )
    }
  }

  get drained(): EnetPeer["drained"] {
    return (limit = 0) => {
      const isGone = () => this.end !== undefined || this.record === undefined
      return Effect.andThen(
        this.until(() => isGone() || this.outgoingQueued <= limit),
        Effect.suspend(() => isGone() ? this.gone : Effect.void)
      )
    }
  }

  failed(failure: CallFailure, channel: number, size: number): EnetError {
    switch (failure) {
      case "InvalidChannel":
        return fromReason(new InvalidChannel({ channel, channelCount: this.channelCount }))
      case "PacketTooLarge":
        return fromReason(new PacketTooLarge({ size, maximum: this.driver.options.maximumPacketSize }))
      case "NotConnected":
      case "NoFreeSlot":
        return fromReason(new PeerDisconnected({ peer: this.id }))
    }
  }

  private call(input: Input): Effect.Effect<void, EnetError> {
    return Effect.suspend(() => {
      if (this.end !== undefined || this.record === undefined) return this.gone
      this.driver.run([input])
      return Effect.void
    })
  }

  private get gone(): Effect.Effect<never, EnetError> {
    return Effect.fail(fromReason(new PeerDisconnected({ peer: this.id })))
  }

  /** Runs the call if every value is an unsigned 32-bit integer. */
  private checked(values: Readonly<Record<string, number>>, input: Input): Effect.Effect<void, EnetError> {
    for (const [field, value] of Object.entries(values)) {
      if (!Number.isInteger(value) || value < 0 || value > U32) {
        const reason = { field, expected: `an integer from 0 to ${U32}`, actual: String(value) }
        return Effect.fail(fromReason(new InvalidOption(reason)))
      }
    }
    return this.call(input)
  }

  private leave(input: Input & { readonly data: number }): Effect.Effect<void, EnetError> {
    return Effect.tap(
      this.checked({ data: input.data }, input),
      () => Effect.sync(() => this.watcher?.leaving())
    )
  }

  get disconnect(): EnetPeer["disconnect"] {
    return (data = 0) => this.leave({ _tag: "Disconnect", peer: this.ref, data })
  }

  get disconnectNow(): EnetPeer["disconnectNow"] {
    return (data = 0) => this.leave({ _tag: "DisconnectNow", peer: this.ref, data })
  }

  get disconnectLater(): EnetPeer["disconnectLater"] {
    return (data = 0) => this.leave({ _tag: "DisconnectLater", peer: this.ref, data })
  }

  get reset(): Effect.Effect<void, EnetError> {
    return this.call({ _tag: "Reset", peer: this.ref })
  }

  get ping(): Effect.Effect<void, EnetError> {
    return this.call({ _tag: "Ping", peer: this.ref })
  }

  get pingInterval(): EnetPeer["pingInterval"] {
    return (interval) => this.checked({ interval }, { _tag: "PingInterval", peer: this.ref, interval })
  }

  get timeout(): EnetPeer["timeout"] {
    return ({ limit = 0, maximum = 0, minimum = 0 }) => {
      const values = { limit, minimum, maximum }
      return this.checked(values, { _tag: "Timeout", peer: this.ref, ...values })
    }
  }

  get throttleConfigure(): EnetPeer["throttleConfigure"] {
    return (options) =>
      Effect.suspend(() => {
        const link = this.record?.link
        if (link === undefined) return this.gone
        const values = {
          interval: options.interval ?? link.packetThrottleInterval,
          acceleration: options.acceleration ?? link.packetThrottleAcceleration,
          deceleration: options.deceleration ?? link.packetThrottleDeceleration
        }
        return this.checked(values, { _tag: "ThrottleConfigure", peer: this.ref, ...values })
      })
  }

  get state(): Effect.Effect<PeerState> {
    return Effect.sync(() => stateNames[this.record?.state ?? 0] ?? "Disconnected")
  }

  get statistics(): Effect.Effect<PeerStatistics, EnetError> {
    return Effect.suspend(() => {
      const peer = this.record
      return peer === undefined ? this.gone : Effect.succeed(statisticsOf(peer, this.outgoingQueued))
    })
  }

  get closed(): Effect.Effect<DisconnectReason> {
    return Effect.map(this.until(() => this.end !== undefined), () => this.end ?? { _tag: "Closed" })
  }

  /**
   * Waits until the connection is gone and its last packets are read, if anybody reads them. Who has just read the last
   * one goes on first, up to where it waits.
   */
  get finished(): Effect.Effect<void> {
    return Effect.andThen(this.until(() => this.isFinished), Effect.yieldNow)
  }

  /** Waits for a change after which `holds` does. */
  private until(holds: () => boolean): Effect.Effect<void> {
    return Effect.suspend(() =>
      holds() ? Effect.void : Effect.andThen(this.changed.waitUnless(holds), this.until(holds))
    )
  }

  private get isFinished(): boolean {
    return this.end !== undefined && this.readers === 0 && !this.hasLent && !(this.hasBeenRead && this.hasMessages)
  }

  /** While it is held, packets wait for `take` instead of going to the host's events. */
  private get reading(): Effect.Effect<void, never, Scope.Scope> {
    return Effect.acquireRelease(
      Effect.sync(() => {
        this.hasBeenRead = true
        this.hasLent = false
        if (this.readers++ === 0) this.hold(true)
      }),
      () =>
        Effect.sync(() => {
          if (--this.readers > 0) return
          if (!this.driver.isServing) this.hold(false)
          this.notifyChanged()
        })
    )
  }

  get receive(): Effect.Effect<Message, EnetError> {
    return Effect.scoped(Effect.andThen(this.reading, Effect.suspend(() => this.receiveOne())))
  }

  private receiveOne(): Effect.Effect<Message, EnetError> {
    const [message] = this.take({ packets: 1, bytes: 1 })
    if (message !== undefined) {
      this.hasLent = true
      return Effect.succeed(message)
    }
    return this.end === undefined ? Effect.andThen(this.news, Effect.suspend(() => this.receiveOne())) : this.gone
  }

  get messages(): Stream.Stream<Message> {
    const pull = Effect.suspend((): Effect.Effect<NonEmptyReadonlyArray<Message>, Cause.Done> => {
      const messages = this.take(PULL)
      if (isReadonlyArrayNonEmpty(messages)) return Effect.succeed(messages)
      return this.end === undefined ? Effect.andThen(this.news, pull) : Cause.done()
    })
    return Stream.scoped(Stream.fromPull(Effect.as(this.reading, pull)))
  }

  /** Waits for packets, or for the end. */
  private get news(): Effect.Effect<void> {
    return this.changed.waitUnless(() => this.hasMessages || this.end !== undefined)
  }

  /** Somebody runs `messages`. */
  get isRead(): boolean {
    return this.readers > 0
  }

  private hold(held: boolean): void {
    if (this.record !== undefined) this.driver.run([{ _tag: "Hold", peer: this.ref, held }])
  }

  private get hasMessages(): boolean {
    const peer = this.record
    return peer !== undefined && peer.dispatched.size > 0
  }

  private take(budget: { readonly packets: number; readonly bytes: number }): ReadonlyArray<Message> {
    if (!this.hasMessages) return []
    const messages: Array<Message> = []
    for (const event of this.driver.take(this.ref, budget)) {
      messages.push({ channel: event.channelID, packet: event.payload, mode: fromFlags(event.flags) })
    }
    this.watcher?.taken(messages.length)
    return messages
  }

  toString(): string {
    return `${this.id} ${NetAddress.formatSocketAddress(this.address)}`
  }
}

const statisticsOf = (peer: Peer, outgoingQueued: number): PeerStatistics => ({
  packetLoss: peer.packetLoss,
  packetLossVariance: peer.packetLossVariance,
  packetLossEpoch: peer.packetLossEpoch,
  roundTripTime: peer.roundTripTime,
  roundTripTimeVariance: peer.roundTripTimeVariance,
  lastRoundTripTime: peer.lastRoundTripTime,
  lastRoundTripTimeVariance: peer.lastRoundTripTimeVariance,
  packetThrottle: peer.packetThrottle,
  packetThrottleLimit: peer.packetThrottleLimit,
  packetThrottleCounter: peer.packetThrottleCounter,
  packetThrottleEpoch: peer.packetThrottleEpoch,
  packetThrottleAcceleration: peer.link.packetThrottleAcceleration,
  packetThrottleDeceleration: peer.link.packetThrottleDeceleration,
  packetThrottleInterval: peer.link.packetThrottleInterval,
  mtu: peer.link.mtu,
  windowSize: peer.link.windowSize,
  reliableDataInTransit: peer.reliableDataInTransit,
  outgoingQueued,
  totalWaitingData: peer.totalWaitingData,
  sentData: peer.totalSentData,
  receivedData: peer.totalReceivedData
})
