/**
 * What the application knows of a host's connections: their handles, the attempts that it waits for, and the events that
 * it has not read.
 */
import { fromFlags } from "../DeliveryMode.ts"
import type { DisconnectReason, EnetEvent } from "../EnetEvent.ts"
import type { LostRemote } from "../LostRemotes.ts"
import { append, NONE } from "../protocol/collections/append.ts"
import * as Host from "../protocol/Host.ts"
import type { DisconnectEvent, Event, PeerRef, Unreadable } from "../protocol/Output.ts"
import { PeerState } from "../protocol/PeerState.ts"
import type { PeerHandle } from "./PeerHandle.ts"

/** What became of a connection attempt. */
export type Attempt =
  | { readonly _tag: "Connected" }
  | { readonly _tag: "Failed"; readonly event: DisconnectEvent; readonly unreadable: Host.Dropped }
  /** The application reset the peer, or disconnected it. */
  | { readonly _tag: "Dropped"; readonly peer: number }
  | { readonly _tag: "Unreachable"; readonly detail: string; readonly cause: unknown }
  /** The host was closed. */
  | { readonly _tag: "Closed" }

/** Who waits for what a step brought, to be told when its books are closed. */
export type Calls = Array<() => void>

export class Books {
  /** By slot: each datagram asks for one, and the table of a map would be two more places in memory to go to. */
  private readonly handles: Array<PeerHandle | undefined> = []
  /** Events that nobody has read. */
  events: Array<EnetEvent> = NONE
  /** Streams of events that run. */
  readers = 0
  private readonly attempts: Map<number, (attempt: Attempt) => void> = new Map()
  private readonly open: (ref: PeerRef) => PeerHandle

  /** @param open makes the handle of a connection that has none */
  constructor(open: (ref: PeerRef) => PeerHandle) {
    this.open = open
  }

  handleOf(ref: PeerRef): PeerHandle {
    const known = this.handles[ref.slot]
    if (known !== undefined && known.connection === ref.connection) return known
    const handle = this.open(ref)
    while (this.handles.length < ref.slot) this.handles.push(undefined)
    this.handles[ref.slot] = handle
    return handle
  }

  /** The handle of whoever has the slot, if there is one. */
  handleAt(slot: number): PeerHandle | undefined {
    return this.handles[slot]
  }

  /** In the order of their slots. */
  allHandles(): ReadonlyArray<PeerHandle> {
    return this.handles.filter((handle) => handle !== undefined)
  }

  get attemptCount(): number {
    return this.attempts.size
  }

  isAttempt(handle: PeerHandle): boolean {
    return this.attempts.has(handle.connection)
  }

  /** `done` is called once, with the outcome. */
  attempt(handle: PeerHandle, done: (attempt: Attempt) => void): void {
    handle.isOutgoing = true
    this.attempts.set(handle.connection, done)
  }

  takeEvents(): ReadonlyArray<EnetEvent> {
    const { events } = this
    this.events = NONE
    return events
  }

  cancel(handle: PeerHandle): void {
    this.attempts.delete(handle.connection)
  }

  /** Remembers what an attempt got instead of an answer. */
  suspect(datagrams: ReadonlyArray<Unreadable>): void {
    for (const { peer, reason } of datagrams) {
      const handle = this.handleOf(peer)
      handle.unreadable = { ...handle.unreadable, [reason]: (handle.unreadable[reason] ?? 0) + 1 }
    }
  }

  enter(event: Event, calls: Calls): void {
    const handle = this.handleOf(event.peer)
    switch (event._tag) {
      case "Receive":
        // what came before the application let go was dropped, so this would leave a gap
        if (handle.isAbandoned) return
        this.events = append(this.events, {
          _tag: "Receive",
          peer: handle,
          channel: event.channelID,
          packet: event.payload,
          mode: fromFlags(event.flags)
        })
        return
      case "Connect":
        this.settle(handle, { _tag: "Connected" }, calls)
        handle.isAnnounced = true
        this.events = append(this.events, { _tag: "Connect", peer: handle, data: event.data })
        return
      case "Disconnect":
        this.settle(handle, { _tag: "Failed", event, unreadable: handle.unreadable }, calls)
        this.bury(handle, reasonOf(event.reason, event.data), calls)
    }
  }

  /** The handles of the peers that a step wrote; those whose connection it ended learn of it. */
  changed(state: Host.Host, touched: ReadonlyArray<number>, calls: Calls): Array<PeerHandle> {
    let changed: Array<PeerHandle> = NONE
    for (const slot of touched) {
      const handle = this.handles[slot]
      if (handle === undefined) continue
      const peer = Host.peerOf(state, handle.ref)
      if (peer === undefined) {
        this.settle(handle, { _tag: "Dropped", peer: handle.id }, calls)
        this.bury(handle, { _tag: "Closed" }, calls)
        continue
      }
      changed = append(changed, handle)
      if (peer.state === PeerState.Zombie) handle.end ??= reasonOf(peer.reason, peer.eventData)
    }
    return changed
  }

  /** The socket has lost the remote of a connection. */
  lose(handle: PeerHandle, { cause, detail }: LostRemote, calls: Calls): void {
    this.settle(handle, { _tag: "Unreachable", detail, cause }, calls)
    handle.end ??= { _tag: "Unreachable", detail, cause }
  }

  /** Nobody reads the events of a connection that the application has let go, unless somebody reads them all. */
  dropEvents(handle: PeerHandle): void {
    if (this.readers === 0) this.events = this.events.filter((event) => event.peer !== handle)
  }

  /** Ends everything that is left: gives whom to tell. */
  close(end: DisconnectReason): Calls {
    const attempts = [...this.attempts.values()]
    this.attempts.clear()
    const handles = this.allHandles()
    for (const handle of handles) handle.end ??= end
    return [
      ...attempts.map((done) => () => done({ _tag: "Closed" })),
      ...handles.map((handle) => () => handle.notifyChanged())
    ]
  }

  /** The connection is gone, and so is its slot. Who was told that it is connected is told. */
  private bury(handle: PeerHandle, reason: DisconnectReason, calls: Calls): void {
    handle.end ??= reason
    this.handles[handle.id] = undefined
    calls.push(() => handle.notifyChanged())
    if (!handle.isAnnounced || (handle.isAbandoned && this.readers === 0)) return
    this.events = append(this.events, { _tag: "Disconnect", peer: handle, reason: handle.end })
  }

  private settle(handle: PeerHandle, attempt: Attempt, calls: Calls): void {
    const done = this.attempts.get(handle.connection)
    if (done === undefined) return
    this.attempts.delete(handle.connection)
    calls.push(() => done(attempt))
  }
}

const reasonOf = (reason: DisconnectEvent["reason"], data: number): DisconnectReason => {
  switch (reason) {
    case "Remote":
    case "Refused":
      return { _tag: reason, data }
    case "Local":
    case "Timeout":
    case "BudgetExceeded":
    case "ProtocolViolation":
      return { _tag: reason }
    case "Rejected":
      return { _tag: "Closed" }
  }
}
