/**
 * All associations of a socket: finds the one that a datagram or a deadline is for, and passes on what comes out. Knows
 * neither sockets nor fibers; time and randomness come in.
 */
import type { InetAddress } from "effect/net/NetAddress"
import type { Random } from "../crypto/CryptoProvider.ts"
import { type Association, deadline, isHandshaking } from "../protocol/Association.ts"
import type { Input } from "../protocol/Input.ts"
import type { DropReason, EndReason, OpenEvent, Outputs } from "../protocol/Output.ts"
import { step, type StepResult } from "../protocol/Reducer.ts"
import { Alarms } from "./Alarms.ts"

/** Somebody out there. Remotes with the same key are the same. */
export interface Remote {
  readonly key: string
  readonly host: string
  readonly port: number
  readonly inet: InetAddress
}

export type EndpointDrop =
  | DropReason
  /** From somebody with whom there is no association. */
  | "UnknownRemote"
  /** A new association, while new ones are refused. */
  | "Refusing"
  /** A new association, of which there are too many. */
  | "Full"

/** Where things go. Calls may come back while they are made. */
export interface Sink {
  readonly transmit: (remote: Remote, datagram: Uint8Array) => void
  readonly deliver: (remote: Remote, payload: Uint8Array) => void
  readonly opened: (remote: Remote, event: OpenEvent) => void
  readonly ended: (remote: Remote, reason: EndReason) => void
}

export interface Time {
  /** Milliseconds of a clock that never goes back. */
  readonly now: number
  /** Unix time in milliseconds. */
  readonly date: number
}

/** What the table knows of a remote. */
export interface Entry {
  readonly remote: Remote
  live: Association
  /** The random of the ClientHello that `live` came from. */
  liveHello: Uint8Array
  /**
   * A handshake that the remote has begun anew. `live` stays until it is complete (RFC 6347 section 4.2.8): anybody could
   * have sent the hello.
   */
  candidate: Association | undefined
  candidateHello: Uint8Array
}

export type Place = "live" | "candidate"

const nothing = new Uint8Array(0)

const halfOpen = ({ candidate, live }: Entry): number =>
  (isHandshaking(live.phase) ? 1 : 0) + (candidate === undefined ? 0 : 1)

export abstract class Endpoint {
  readonly dropped = new Map<EndpointDrop, number>()
  protected readonly random: Random
  /** Associations whose handshake is not complete. */
  protected pending = 0
  protected readonly entries = new Map<string, Entry>()
  private readonly sink: Sink
  private readonly alarms = new Alarms<Entry>()

  constructor(sink: Sink, random: Random) {
    this.sink = sink
    this.random = random
  }

  /** A datagram from the network. */
  abstract receive(remote: Remote, bytes: Uint8Array, time: Time): void

  /** A datagram of the application; `false` when there is nobody to send it to. */
  abstract send(remote: Remote, payload: Uint8Array, time: Time): boolean

  get nextAlarm(): number | undefined {
    return this.alarms.next
  }

  /** Remotes whose association is open. */
  get open(): ReadonlyArray<Remote> {
    return [...this.entries.values()].flatMap(({ live, remote }) => live.phase._tag === "Open" ? [remote] : [])
  }

  get size(): number {
    return this.entries.size
  }

  get halfOpen(): number {
    return this.pending
  }

  find(key: string): Remote | undefined {
    return this.entries.get(key)?.remote
  }

  /** Time has passed. */
  tick({ now }: Time): void {
    for (let entry = this.alarms.take(now); entry !== undefined; entry = this.alarms.take(now)) {
      this.apply(entry, "live", { _tag: "Tick" }, now)
      if (entry.candidate !== undefined) this.apply(entry, "candidate", { _tag: "Tick" }, now)
    }
  }

  close(remote: Remote, { now }: Time): void {
    const entry = this.entries.get(remote.key)
    if (entry === undefined) return
    if (entry.candidate !== undefined) this.apply(entry, "candidate", { _tag: "Close" }, now)
    this.apply(entry, "live", { _tag: "Close" }, now)
  }

  closeAll(time: Time): void {
    for (const { remote } of this.entries.values()) this.close(remote, time)
  }

  protected drop(reason: EndpointDrop): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1)
  }

  protected transmit(remote: Remote, datagram: Uint8Array): void {
    this.sink.transmit(remote, datagram)
  }

  /** Notes a new association. */
  protected begin(remote: Remote, hello: Uint8Array, { outputs, state }: StepResult): Entry {
    const before = this.entries.get(remote.key)
    if (before !== undefined) this.forget(before)
    const entry: Entry = {
      remote,
      live: state,
      liveHello: hello,
      candidate: undefined,
      candidateHello: nothing
    }
    this.entries.set(remote.key, entry)
    this.pending += halfOpen(entry)
    this.settle(entry)
    this.pass(entry, outputs)
    return entry
  }

  /** Notes a handshake beside an open association. */
  protected challenge(entry: Entry, hello: Uint8Array, result: StepResult): void {
    this.pending -= halfOpen(entry)
    entry.candidate = result.state
    entry.candidateHello = hello
    this.pending += halfOpen(entry)
    this.finish(entry, "candidate", result.outputs)
  }

  /** Applies an input to one of a remote's associations, and gives what was dropped. */
  protected apply(entry: Entry, place: Place, input: Input, now: number): ReadonlyArray<DropReason> {
    const association = place === "live" ? entry.live : entry.candidate
    if (association === undefined) return []
    const { outputs, state } = step(association, input, now, this.random)
    this.pending -= halfOpen(entry)
    if (place === "live") entry.live = state
    else entry.candidate = state
    this.pending += halfOpen(entry)
    this.finish(entry, place, outputs)
    return outputs.drops
  }

  /** Brings the books up to date before anybody is told. */
  private finish(entry: Entry, place: Place, outputs: Outputs): void {
    if (place === "live") {
      this.settle(entry)
      return this.pass(entry, outputs)
    }
    const phase = entry.candidate?.phase._tag
    if (phase === "Open") {
      this.promote(entry)
      this.settle(entry)
      this.sink.ended(entry.remote, { _tag: "Replaced" })
      return this.pass(entry, outputs)
    }
    if (phase === "Ended") this.promoteNothing(entry)
    this.settle(entry)
    // what a candidate says is said; what becomes of it is nobody's business
    for (const datagram of outputs.transmits) this.sink.transmit(entry.remote, datagram)
  }

  private promote(entry: Entry): void {
    if (entry.candidate === undefined) return
    this.pending -= halfOpen(entry)
    entry.live = entry.candidate
    entry.liveHello = entry.candidateHello
    entry.candidate = undefined
    entry.candidateHello = nothing
    this.pending += halfOpen(entry)
  }

  private promoteNothing(entry: Entry): void {
    this.pending -= halfOpen(entry)
    entry.candidate = undefined
    entry.candidateHello = nothing
    this.pending += halfOpen(entry)
  }

  private settle(entry: Entry): void {
    if (entry.live.phase._tag === "Ended") {
      // its end is told by whoever passes its outputs on
      this.promote(entry)
      if (entry.live.phase._tag === "Ended") return this.forget(entry)
    }
    const times = [deadline(entry.live), entry.candidate === undefined ? undefined : deadline(entry.candidate)]
    for (const at of times) {
      if (at !== undefined) this.alarms.wake(at, entry)
    }
  }

  private forget(entry: Entry): void {
    if (this.entries.get(entry.remote.key) !== entry) return
    this.entries.delete(entry.remote.key)
    this.alarms.delete(entry)
    this.pending -= halfOpen(entry)
  }

  private pass({ remote }: Entry, outputs: Outputs): void {
    for (const reason of outputs.drops) this.drop(reason)
    for (const datagram of outputs.transmits) this.sink.transmit(remote, datagram)
    for (const event of outputs.events) {
      switch (event._tag) {
        case "Open":
          this.sink.opened(remote, event)
          break
        case "Receive":
          this.sink.deliver(remote, event.payload)
          break
        case "End":
          this.sink.ended(remote, event.reason)
          break
      }
    }
  }
}
