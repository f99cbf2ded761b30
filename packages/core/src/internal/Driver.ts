/**
 * Where Effect meets the protocol: holds the current state, feeds it inputs, and passes on what comes out.
 *
 * Everything here is synchronous and runs in one fiber at a time; fibers that wait are told last, when the books of a
 * step are closed, because they may call back at once.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as DatagramSocket from "effect/socket/DatagramSocket"
import { fromFlags } from "../DeliveryMode.ts"
import type { EnetError } from "../EnetError.ts"
import type { DisconnectReason, EnetEvent } from "../EnetEvent.ts"
import type { HostStatistics } from "../EnetHost.ts"
import type { EnetPeer } from "../EnetPeer.ts"
import type { ResolvedHostOptions } from "../HostOptions.ts"
import { earlier, isDue } from "../protocol/collections/Radix.ts"
import * as Host from "../protocol/Host.ts"
import type * as Input from "../protocol/Input.ts"
import type { Answer, CallFailure, DisconnectEvent, Event, PeerRef, ReceiveEvent } from "../protocol/Output.ts"
import type { Peer } from "../protocol/Peer.ts"
import { PeerState } from "../protocol/PeerState.ts"
import { deadline, step } from "../protocol/Reducer.ts"
import { sendFailure } from "../protocol/Sending.ts"
import { Workspace } from "../protocol/Step.ts"
import { peerIDOf, peerWord } from "../wire/Header.ts"
import { PeerHandle } from "./PeerHandle.ts"
import { Signal } from "./Signal.ts"
import { fromInet, type SocketAddress, toInet } from "./SocketAddress.ts"
import type { SocketLoop } from "./SocketLoop.ts"

/** The host's clock starts here: 0 stands for "never" in several of ENet's fields. */
const EPOCH = 1000

/** What one pull of `events` takes at most. */
const PULL: { readonly packets: number; readonly bytes: number } = { packets: 1024, bytes: 262_144 }

/** Connections and disconnections that may wait for a reader of `events`; then the protocol holds them back. */
const EVENT_SLOTS = 1024

const dispatchPackets: Input.Dispatch = { _tag: "Dispatch", ...PULL }
const dispatchNoPackets: Input.Dispatch = { _tag: "Dispatch", packets: 0 }

/** What became of a connection attempt. */
export type Attempt =
  | { readonly _tag: "Connected" }
  | { readonly _tag: "Failed"; readonly event: DisconnectEvent }
  | { readonly _tag: "Closed" }

export class Driver {
  readonly options: ResolvedHostOptions
  readonly handles: Map<number, PeerHandle> = new Map()
  /** There is something to send, or a deadline has moved. */
  readonly workAhead = new Signal()
  readonly eventsAhead = new Signal()
  /** The next deadline is earlier than the one that `alarmAt` says. */
  readonly deadlineMoved = new Signal()
  /** The deadline that somebody sleeps for. */
  alarmAt: number | undefined = undefined
  /** Streams of `events` that run, and those of them that wait for an event. */
  readers = 0
  parkedReaders = 0
  /** A send pass is due at the end of this turn. */
  isDirty = false
  isClosed = false
  failure: EnetError | undefined = undefined
  private state: Host.Host
  private readonly clock: Clock.Clock
  private readonly socket: SocketLoop
  private readonly workspace = new Workspace()
  private readonly encoder = new TextEncoder()
  private readonly startNanos: bigint
  private pending: Array<Input.Input> = []
  private readonly pendingSenders: Set<PeerHandle> = new Set()
  private buffered: Array<EnetEvent> = []
  private readonly attempts: Map<number, (attempt: Attempt) => void> = new Map()
  private lostDatagrams = 0
  private poppedOverflow = 0
  private poppedWrites = 0

  constructor(state: Host.Host, options: ResolvedHostOptions, clock: Clock.Clock, socket: SocketLoop) {
    this.state = state
    this.options = options
    this.clock = clock
    this.socket = socket
    this.startNanos = clock.monotonicTimeNanosUnsafe()
  }

  get now(): number {
    return (EPOCH + Number((this.clock.monotonicTimeNanosUnsafe() - this.startNanos) / 1_000_000n)) >>> 0
  }

  /** Sets the alarm: milliseconds until the next deadline, or `undefined` when there is none. */
  setAlarm(): number | undefined {
    this.alarmAt = deadline(this.state)
    return this.alarmAt === undefined ? undefined : Math.max((this.alarmAt - this.now) | 0, 0)
  }

  /** The alarm went off. */
  alarm(): void {
    this.alarmAt = undefined
    this.requestService()
  }

  get settings(): Host.Settings {
    return this.state.settings
  }

  peer(ref: PeerRef): Peer | undefined {
    return Host.peerOf(this.state, ref)
  }

  /** The application's bytes as the protocol's own. */
  copy(packet: Uint8Array | string): Uint8Array {
    return typeof packet === "string" ? this.encoder.encode(packet) : this.workspace.copy(packet, packet.length)
  }

  sendFailure(ref: PeerRef, channelID: number, length: number): CallFailure | undefined {
    return this.isClosed ? "NotConnected" : sendFailure(this.state, this.peer(ref), channelID, length)
  }

  /** Queues a packet for the step at the end of this turn. */
  send(handle: PeerHandle, channelID: number, payload: Uint8Array, flags: number): void {
    handle.pendingBytes += payload.length
    this.pendingSenders.add(handle)
    this.pending.push({ _tag: "Send", peer: handle.ref, channelID, packet: { payload, flags } })
    this.requestService()
  }

  /** Applies an input together with what the step at the end of this turn will get. */
  defer(input: Input.Input): void {
    this.pending.push(input)
    this.requestService()
  }

  /** Datagrams from the socket. */
  receive(datagrams: ReadonlyArray<DatagramSocket.Datagram>): void {
    this.run(datagrams.map(({ address, payload }): Input.Datagram => {
      const slot = payload.length < 2 ? 0xfff : peerIDOf(peerWord(payload))
      const known = this.state.peers.get(slot)?.link.address
      return { _tag: "Datagram", address: fromInet(address, known), bytes: payload }
    }))
  }

  /** The send pass at the end of a turn, or when a deadline has come. */
  service(): void {
    this.isDirty = false
    this.run([{ _tag: "Service" }])
  }

  /** Opens a connection; `done` is called once, when it is established or has failed. */
  connect(
    address: SocketAddress,
    options: { readonly channelCount: number; readonly data: number; readonly connectID: number },
    done: (attempt: Attempt) => void
  ): PeerHandle | CallFailure {
    const result = this.step([{ _tag: "Connect", address, ...options }]).answers.at(-1)?.result ?? "NoFreeSlot"
    if (typeof result === "string") return result
    const handle = this.handleOf(result)
    this.attempts.set(handle.connection, done)
    return handle
  }

  /** Forgets a connection and what the application has not read of its events. */
  forget(handle: PeerHandle): void {
    this.attempts.delete(handle.connection)
    this.run([{ _tag: "Reset", peer: handle.ref }])
    this.buffered = this.buffered.filter((event) => event.peer !== handle)
  }

  /** The application lets go of a connection of its own: what is queued still goes out, what comes in is nobody's. */
  abandon(handle: PeerHandle): void {
    handle.isAbandoned = true
    if (this.peer(handle.ref)?.state === PeerState.Zombie) this.forget(handle)
    else this.run([{ _tag: "DisconnectLater", peer: handle.ref, data: 0 }])
    if (this.readers === 0) this.buffered = this.buffered.filter((event) => event.peer !== handle)
  }

  /** Packets of one peer, for its own reader. */
  take(ref: PeerRef, budget: { readonly packets: number; readonly bytes: number }): ReadonlyArray<ReceiveEvent> {
    return this.step([{ _tag: "Receive", peer: ref, ...budget }], "take").packets
  }

  /** What waits for a reader of `events`. */
  takeEvents(): ReadonlyArray<EnetEvent> {
    if (this.buffered.length === 0 && (this.state.dispatchQueue.size > 0 || this.state.announcements.size > 0)) {
      this.step([], "pull")
    }
    return this.buffered.splice(0)
  }

  /** Waits until the peer is gone and its packets are read. */
  finished(peer: EnetPeer): Effect.Effect<void> {
    return peer instanceof PeerHandle ? peer.finished : Effect.void
  }

  peers(): ReadonlyArray<PeerHandle> {
    return [...this.handles.values()].sort((a, b) => a.id - b.id)
  }

  statistics(): HostStatistics {
    const { connectedPeers, dropped, totalReceivedData, totalReceivedPackets, totalSentData, totalSentPackets } =
      this.state
    const overflowed = this.socket.overflowed() - this.poppedOverflow
    const unsent = this.lostDatagrams + this.socket.failedWrites() - this.poppedWrites
    return {
      sentData: totalSentData,
      sentPackets: totalSentPackets,
      receivedData: totalReceivedData,
      receivedPackets: totalReceivedPackets,
      dropped: {
        ...dropped,
        ...(overflowed > 0 ? { ReceiveQueueFull: overflowed } : {}),
        ...(unsent > 0 ? { NotSent: unsent } : {})
      },
      connectedPeers
    }
  }

  popStatistics(): HostStatistics {
    const statistics = this.statistics()
    this.run([{ _tag: "ResetStatistics" }])
    this.poppedOverflow = this.socket.overflowed()
    this.poppedWrites = this.socket.failedWrites()
    this.lostDatagrams = 0
    return statistics
  }

  /** Ends every connection at once and lets go of everyone who waits. Nothing can be done with the driver afterwards. */
  close(failure?: EnetError): void {
    if (this.isClosed) return
    const handles = [...this.handles.values()]
    const farewells = handles.map(({ ref }): Input.Input => ({ _tag: "DisconnectNow", peer: ref, data: 0 }))
    this.run([{ _tag: "Flush" }, ...farewells])
    this.isClosed = true
    this.failure = failure
    for (const attempt of this.attempts.values()) attempt({ _tag: "Closed" })
    for (const handle of handles) {
      this.end(handle, { _tag: "Closed" })
      handle.changed.notify()
    }
    this.eventsAhead.notify()
  }

  /** Asks for a send pass at the end of this turn. */
  private requestService(): void {
    if (this.isDirty) return
    this.isDirty = true
    this.workAhead.notify()
  }

  /** Applies inputs that have no answer. */
  run(inputs: ReadonlyArray<Input.Input>): void {
    this.step(inputs)
  }

  /**
   * One step: what the application queued, the inputs, and a dispatch. Packets are dispatched to `events` only when a
   * reader asks for them (`pull`) or waits, so that until then they count as waiting data; in `take` they are those of
   * one peer.
   */
  private step(inputs: ReadonlyArray<Input.Input>, demand: "none" | "pull" | "take" = "none"): Stepped {
    if (this.isClosed) return { answers: [], packets: [] }
    const pulled = demand === "pull" || (demand === "none" && this.parkedReaders > 0)
    const all = [...this.pending, ...inputs, pulled ? dispatchPackets : dispatchNoPackets]
    this.pending = []
    for (const handle of this.pendingSenders) handle.pendingBytes = 0
    this.pendingSenders.clear()
    const eventSlots = Math.max(EVENT_SLOTS - this.buffered.length, 0) + (pulled ? PULL.packets : 0) +
      this.attempts.size
    const now = this.now
    const { outputs, state } = step(this.state, all, now, { eventSlots, workspace: this.workspace })
    this.state = state
    if (outputs.transmits.length > 0) this.lostDatagrams += this.socket.send(outputs.transmits)
    const packets: Array<ReceiveEvent> = []
    const settled: Array<() => void> = []
    for (const event of outputs.events) {
      if (event._tag === "Receive" && demand === "take") packets.push(event)
      else this.book(event, settled)
    }
    const changed = this.changedHandles(outputs.touched)
    for (const settle of settled) settle()
    for (const handle of changed) handle.changed.notify()
    if (this.buffered.length > 0) this.eventsAhead.notify()
    this.wakeFor(now)
    return { answers: outputs.answers, packets }
  }

  /** Sees to it that the next deadline is met. */
  private wakeFor(now: number): void {
    const at = deadline(this.state)
    if (at === undefined) return
    if (isDue(at, now)) this.requestService()
    else if (this.alarmAt === undefined || earlier(at, this.alarmAt) !== this.alarmAt) {
      this.alarmAt = at
      this.deadlineMoved.notify()
    }
  }

  private book(event: Event, settled: Array<() => void>): void {
    const handle = this.handleOf(event.peer)
    switch (event._tag) {
      case "Receive":
        this.buffered.push({
          _tag: "Receive",
          peer: handle,
          channel: event.channelID,
          packet: event.payload,
          mode: fromFlags(event.flags)
        })
        return
      case "Connect":
        this.settleAttempt(handle, { _tag: "Connected" }, settled)
        this.buffered.push({ _tag: "Connect", peer: handle, data: event.data })
        return
      case "Disconnect": {
        const reason = reasonOf(event.reason, event.data)
        this.end(handle, reason)
        this.handles.delete(handle.id)
        settled.push(() => handle.changed.notify())
        // a connection that never was has its answer already
        if (this.settleAttempt(handle, { _tag: "Failed", event }, settled)) return
        if (handle.isAbandoned && this.readers === 0) return
        this.buffered.push({ _tag: "Disconnect", peer: handle, reason })
      }
    }
  }

  private settleAttempt(handle: PeerHandle, attempt: Attempt, settled: Array<() => void>): boolean {
    const done = this.attempts.get(handle.connection)
    if (done === undefined) return false
    this.attempts.delete(handle.connection)
    settled.push(() => done(attempt))
    return true
  }

  /** The handles of the peers that a step wrote; those whose connection it ended learn of it. */
  private changedHandles(touched: ReadonlyArray<number>): Array<PeerHandle> {
    const changed: Array<PeerHandle> = []
    for (const slot of touched) {
      const handle = this.handles.get(slot)
      if (handle === undefined) continue
      changed.push(handle)
      const peer = this.peer(handle.ref)
      if (peer === undefined) {
        this.end(handle, { _tag: "Closed" })
        this.handles.delete(slot)
      } else if (peer.state === PeerState.Zombie) this.end(handle, reasonOf(peer.reason, peer.eventData))
    }
    return changed
  }

  private end(handle: PeerHandle, reason: DisconnectReason): void {
    handle.end ??= reason
  }

  private handleOf(ref: PeerRef): PeerHandle {
    const known = this.handles.get(ref.slot)
    if (known !== undefined && known.connection === ref.connection) return known
    const address = this.state.peers.get(ref.slot)?.link.address ?? { host: "0.0.0.0", port: 0 }
    const handle = new PeerHandle(this, ref, toInet(address))
    this.handles.set(ref.slot, handle)
    return handle
  }
}

interface Stepped {
  readonly answers: ReadonlyArray<Answer>
  readonly packets: ReadonlyArray<ReceiveEvent>
}

const reasonOf = (reason: DisconnectEvent["reason"], data: number): DisconnectReason => {
  switch (reason) {
    case "Remote":
      return { _tag: "Remote", data }
    case "Local":
      return { _tag: "Local" }
    case "Timeout":
      return { _tag: "Timeout" }
    case "Rejected":
      return { _tag: "Closed" }
  }
}
