/**
 * Where Effect meets the protocol: holds the current state, feeds it inputs, and passes on what comes out.
 *
 * Everything here is synchronous and runs in one fiber at a time; fibers that wait are told last, when the books of a
 * step are closed, because they may call back at once.
 */
import type * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import type * as DatagramSocket from "effect/socket/DatagramSocket"
import type { EnetError } from "../EnetError.ts"
import type { EnetEvent } from "../EnetEvent.ts"
import type { HostStatistics } from "../EnetHost.ts"
import type { ResolvedHostOptions } from "../HostOptions.ts"
import type { Address } from "../protocol/Address.ts"
import { append, NONE } from "../protocol/collections/append.ts"
import { earlier, isDue } from "../protocol/collections/Radix.ts"
import * as Host from "../protocol/Host.ts"
import type * as Input from "../protocol/Input.ts"
import type { Answer, CallFailure, PeerRef, ReceiveEvent } from "../protocol/Output.ts"
import type { Peer } from "../protocol/Peer.ts"
import { deadline, step } from "../protocol/Reducer.ts"
import { sendFailure } from "../protocol/Sending.ts"
import { Workspace } from "../protocol/Workspace.ts"
import type { Step } from "../Recording.ts"
import { areQuiet, arrivalsOf, type Denies } from "./arrivals.ts"
import { type Attempt, Books, type Calls } from "./Books.ts"
import { Counters } from "./Counters.ts"
import { PeerHandle } from "./PeerHandle.ts"
import { Signal } from "./Signal.ts"
import { type SocketAddress, toInet } from "./SocketAddress.ts"
import type { SocketLoop } from "./SocketLoop.ts"
import { Strangers } from "./Strangers.ts"
import { Turn } from "./Turn.ts"

/** The host's clock starts here: 0 stands for "never" in several of ENet's fields. */
const EPOCH = 1000

/** What one pull of `events` takes at most. */
const PULL: { readonly packets: number; readonly bytes: number } = { packets: 1024, bytes: 262_144 }

/** Connections and disconnections that may wait for a reader of `events`; then the protocol holds them back. */
const EVENT_SLOTS = 1024

const service: Input.Input = { _tag: "Service" }
const dispatchPackets: Input.Dispatch = { _tag: "Dispatch", ...PULL }
const dispatchNoPackets: Input.Dispatch = { _tag: "Dispatch", packets: 0 }

export class Driver {
  readonly options: ResolvedHostOptions
  readonly books = new Books((ref) => new PeerHandle(this, ref, toInet(this.addressOf(ref))))
  readonly eventsAhead = new Signal()
  /** The next deadline is earlier than the one that `alarmAt` says. */
  readonly deadlineMoved = new Signal()
  /** The deadline that somebody sleeps for. */
  alarmAt: number | undefined = undefined
  readonly turn = new Turn()
  isClosed = false
  /** Called with peers that wait for admission. */
  onApplicants: ((applicants: ReadonlyArray<PeerRef>) => void) | undefined = undefined
  denies: Denies | undefined = undefined
  failure: EnetError | undefined = undefined
  private state: Host.Host
  private readonly record: ((step: Step) => void) | undefined
  private readonly clock: Clock.Clock
  private readonly socket: SocketLoop
  /** Calls later in this turn of the event loop, when the fibers that are ready have run. */
  private readonly soon: (call: () => void) => void
  private isEndAhead = false
  private readonly workspace = new Workspace()
  private readonly encoder = new TextEncoder()
  private readonly startNanos: bigint
  /** The time of the last step, on its clock. */
  private steppedAt = EPOCH
  private pending: Array<Input.Input> = NONE
  private pendingSenders: Array<PeerHandle> = NONE
  /** The only one whom the application has answered at once. */
  private answered: PeerHandle | undefined = undefined
  private servers = 0
  private readonly strangers = new Strangers()
  private readonly counters: Counters

  constructor(
    state: Host.Host,
    options: ResolvedHostOptions,
    clock: Clock.Clock,
    socket: SocketLoop,
    soon: (call: () => void) => void,
    record: ((step: Step) => void) | undefined
  ) {
    this.record = record
    this.state = state
    this.options = options
    this.clock = clock
    this.socket = socket
    this.soon = soon
    this.counters = new Counters(socket, this.strangers)
    this.startNanos = clock.monotonicTimeNanosUnsafe()
  }

  get now(): number {
    return timeOf(this.nanos)
  }

  /** Nanoseconds since the host was made. */
  private get nanos(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe() - this.startNanos)
  }

  /** Sets the alarm: milliseconds until the next deadline, or `undefined` when there is nothing to sleep for. */
  setAlarm(): number | undefined {
    const at = deadline(this.state)
    const now = this.now
    // what is due already waits for the send pass, which moves the deadline
    const isAhead = at !== undefined && !isDue(at, now)
    this.alarmAt = isAhead ? at : undefined
    if (at !== undefined && !isAhead) this.requestService()
    return isAhead ? (at - now) | 0 : undefined
  }

  /** The alarm went off. */
  alarm(): void {
    this.alarmAt = undefined
    this.requestService()
  }

  get host(): Host.Host {
    return this.state
  }

  get settings(): Host.Settings {
    return this.state.settings
  }

  peer(ref: PeerRef): Peer | undefined {
    return Host.peerOf(this.state, ref)
  }

  /** The application's bytes as the protocol's own. */
  copy(packet: Uint8Array | string): Uint8Array {
    return typeof packet === "string" ? this.encoder.encode(packet) : this.workspace.copy(packet)
  }

  sendFailure(peer: Peer | undefined, channelID: number, length: number): CallFailure | undefined {
    if (this.isClosed) return "NotConnected"
    const failure = sendFailure(this.state, peer, channelID, length)
    return failure ?? (Number.isInteger(channelID) && channelID >= 0 ? undefined : "InvalidChannel")
  }

  /** Queues a packet for the step at the end of this turn. */
  send(handle: PeerHandle, channelID: number, payload: Uint8Array, flags: number): void {
    if (handle.pendingPackets++ === 0) this.pendingSenders = append(this.pendingSenders, handle)
    handle.pendingBytes += payload.length
    const input: Input.Input = { _tag: "Send", peer: handle.ref, channelID, packet: { payload, flags } }
    this.pending = append(this.pending, input)
    this.requestService()
  }

  /** Applies an input together with what the step at the end of this turn will get. */
  defer(input: Input.Input): void {
    this.pending = append(this.pending, input)
    this.requestService()
  }

  /** Datagrams from the socket. Gives whether more of them should gather before the next call. */
  receive(datagrams: ReadonlyArray<DatagramSocket.Datagram>): boolean {
    const { answered, nanos, strangers, turn } = this
    const isBurst = turn.isBurst(nanos)
    const awaited = turn.isDirty ? 0 : this.inTransit(answered)
    turn.isReceiving = true
    strangers.begin(nanos)
    const arrivals = arrivalsOf(datagrams, this.state, strangers, this.denies)
    // the application has hardly anything to send because of them, so that one step is enough
    const isQuiet = !turn.isDirty && areQuiet(arrivals, this.state)
    if (isQuiet) turn.sent()
    this.step(isQuiet ? [...arrivals, service] : arrivals, "none", timeOf(nanos))
    if (strangers.hasTaken) strangers.end(this.nanos, arrivals.length)
    turn.isReceiving = false
    const asker = this.pendingSenders[0]
    // who has just received our answer cannot have more in the socket, however soon that is
    const isDialogue = awaited > 0 && asker === answered && this.inTransit(asker) === 0
    const gathers = isBurst && !isDialogue
    if (!gathers && asker !== undefined) {
      this.answered = this.pendingSenders.length === 1 ? asker : undefined
      this.service(this.steppedAt)
    } else if (turn.isDirty) this.endSoon()
    turn.received(this.nanos, gathers && turn.isDirty)
    return gathers
  }

  private inTransit(handle: PeerHandle | undefined): number {
    return handle === undefined ? 0 : this.peer(handle.ref)?.reliableDataInTransit ?? 0
  }

  /** Sees to what is due at the end of this turn. */
  private endSoon(): void {
    if (this.isEndAhead) return
    this.isEndAhead = true
    this.soon(this.endTurn)
  }

  private readonly endTurn = (): void => {
    this.isEndAhead = false
    if (this.turn.end()) this.service()
    if (this.turn.isDirty) this.endSoon()
  }

  /** The send pass, also when a deadline has come. */
  private service(now = this.now): void {
    this.turn.sent()
    this.step([service], "none", now)
  }

  /** Opens a connection; `done` is called once, when it is established or has failed. */
  connect(
    address: SocketAddress,
    options: { readonly channelCount: number; readonly data: number; readonly connectID: number },
    done: (attempt: Attempt) => void
  ): PeerHandle | CallFailure {
    const result = this.step([{ _tag: "Connect", address, ...options }]).answers.at(-1)?.result ?? "NoFreeSlot"
    if (typeof result === "string") return result
    const handle = this.books.handleOf(result)
    this.books.attempt(handle, (attempt) => {
      // disconnecting drops acknowledgements, and without ours the remote would not answer to it
      if (attempt._tag === "Connected") this.run([{ _tag: "Flush" }])
      done(attempt)
    })
    return handle
  }

  /** Somebody serves, so that packets wait for the `messages` of their peers instead of going to `events`. */
  get isServing(): boolean {
    return this.servers > 0
  }

  startServing(): void {
    if (this.servers++ > 0) return
    const arrived = new Set(this.books.events.map((event) => event._tag === "Connect" ? event.peer : undefined))
    const held = this.peers().filter((handle) => handle.isOutgoing || arrived.has(handle))
    this.run([{ _tag: "HoldIncoming", held: true }, ...held.map(({ ref }) => holding(ref, true))])
  }

  stopServing(): void {
    if (--this.servers > 0) return
    const free = this.peers().filter((handle) => !handle.isRead)
    this.run([{ _tag: "HoldIncoming", held: false }, ...free.map(({ ref }) => holding(ref, false))])
  }

  /** Packets of one peer, for its own reader. */
  take(ref: PeerRef, budget: { readonly packets: number; readonly bytes: number }): ReadonlyArray<ReceiveEvent> {
    return this.step([{ _tag: "Receive", peer: ref, ...budget }], "take").packets
  }

  /** What waits for a reader of `events`. */
  takeEvents(): ReadonlyArray<EnetEvent> {
    if (this.books.events.length === 0 && this.hasUndispatched) this.step([], "pull")
    return this.books.takeEvents()
  }

  /** Waits for something that `takeEvents` may give. */
  readonly eventsReady: Effect.Effect<void> = this.eventsAhead.waitUnless(() =>
    this.isClosed || this.books.events.length > 0 || this.hasUndispatched
  )

  private get hasUndispatched(): boolean {
    return !this.isClosed && (this.state.dispatchQueue.size > 0 || this.state.announcements.size > 0)
  }

  peers(): ReadonlyArray<PeerHandle> {
    return this.books.allHandles()
  }

  statistics(): HostStatistics {
    return this.counters.statistics(this.state)
  }

  popStatistics(): HostStatistics {
    const statistics = this.statistics()
    this.run([{ _tag: "ResetStatistics" }])
    this.counters.reset()
    return statistics
  }

  /** Ends every connection at once and lets go of everyone who waits. Nothing can be done with the driver afterwards. */
  close(failure?: EnetError): void {
    if (this.isClosed) return
    const calls = this.books.close({ _tag: failure === undefined ? "Closed" : "SocketFailed" })
    const farewells: Array<Input.Input> = []
    // those that are only about to be connected too, although nobody has a handle of them
    this.state.peers.forEach((peer) => farewells.push({ _tag: "DisconnectNow", peer: peer.ref, data: 0 }))
    this.run([{ _tag: "Flush" }, ...farewells])
    this.isClosed = true
    this.failure = failure
    for (const call of calls) call()
    this.eventsAhead.notify()
  }

  /** Asks for a send pass at the end of this turn. */
  private requestService(): void {
    if (this.turn.isDirty) return
    this.turn.isDirty = true
    if (!this.turn.isReceiving) this.endSoon()
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
  private step(
    inputs: ReadonlyArray<Input.Input>,
    demand: "none" | "pull" | "take" = "none",
    now = this.now
  ): Stepped {
    if (this.isClosed) return { answers: NONE, packets: NONE }
    const pulled = demand === "pull" || (demand === "none" && this.eventsAhead.isAwaited)
    const all = [...this.pending, ...inputs, pulled ? dispatchPackets : dispatchNoPackets]
    this.pending = NONE
    for (const handle of this.pendingSenders) {
      handle.pendingPackets = 0
      handle.pendingBytes = 0
    }
    this.pendingSenders = NONE
    const eventSlots = Math.max(EVENT_SLOTS - this.books.events.length, 0) + (pulled ? PULL.packets : 0) +
      this.books.attemptCount
    this.steppedAt = now
    const begun = this.counters.beginStep() ? this.nanos : undefined
    // recordings keep the bytes of what was sent
    if (this.record === undefined && this.socket.hasLetGo()) this.workspace.reuseDatagrams()
    const { outputs, state } = step(this.state, all, now, { eventSlots, workspace: this.workspace })
    if (begun !== undefined) this.counters.stepTook(this.nanos - begun)
    this.state = state
    this.record?.({ now, eventSlots, inputs: all, sent: outputs.transmits })
    if (outputs.unreadable !== undefined) this.books.suspect(outputs.unreadable)
    let packets: Array<ReceiveEvent> = NONE
    const calls: Calls = []
    for (const event of outputs.events) {
      if (event._tag === "Receive" && demand === "take") packets = append(packets, event)
      else this.books.enter(event, calls)
    }
    const changed = this.books.changed(state, outputs.touched, calls)
    if (outputs.transmits.length > 0) this.counters.lostDatagrams += this.socket.send(outputs.transmits)
    for (const call of calls) call()
    for (const handle of changed) handle.notifyChanged()
    if (this.books.events.length > 0) this.eventsAhead.notify()
    this.wakeFor(now)
    if (outputs.applicants !== undefined) this.onApplicants?.(outputs.applicants)
    return { answers: outputs.answers, packets }
  }

  private addressOf(ref: PeerRef): Address {
    return this.state.peers.get(ref.slot)?.link.address ?? { host: "0.0.0.0", port: 0 }
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
}

/** Milliseconds on the host's clock. */
const timeOf = (nanos: number): number => (EPOCH + Math.floor(nanos / 1e6)) >>> 0

const holding = (peer: PeerRef, held: boolean): Input.Hold => ({ _tag: "Hold", peer, held })

interface Stepped {
  readonly answers: ReadonlyArray<Answer>
  readonly packets: ReadonlyArray<ReceiveEvent>
}
