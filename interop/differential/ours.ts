/**
 * One host of ours, driven as `enet_host_service` and its relatives drive the library's: the model of those calls is
 * here, the protocol is the reducer's.
 */
import {
  type Address,
  deadline,
  defaultBudgets,
  Host,
  type Input,
  type Output,
  PeerState,
  step,
  Workspace
} from "@effect-enet/core/protocol"
import { Crc32, RangeCoder } from "@effect-enet/core/wire"
import { hash } from "node:crypto"
import type { Call } from "./operations.ts"
import type { HostPlan } from "./plan.ts"
import {
  countAsUnfetched,
  guardLaterPass,
  guardPass,
  ignoreOverhead,
  renumberTimedOut,
  type RuleName
} from "./rules.ts"
import type { Order } from "./script.ts"

export interface Flight {
  readonly from: Address
  readonly to: Address
  readonly bytes: Uint8Array
  readonly hex: string
}

export interface Surroundings {
  now: number
  readonly apply: (rule: RuleName) => void
}

const { PeerState: State } = PeerState

/** `ENetHost` reads so many datagrams in one call. */
const DATAGRAMS_PER_CALL = 256

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")

const describe = (event: Output.Event): string => {
  const { slot } = event.peer
  switch (event._tag) {
    case "Connect":
      return `connect ${slot} ${event.data}`
    case "Disconnect":
      return `disconnect ${slot} ${event.data}`
    case "Receive": {
      const { channelID, flags, payload } = event
      return `receive ${slot} ${channelID} ${flags} ${payload.length} ${hash("sha256", payload, "hex")}`
    }
  }
}

export class Ours {
  readonly id: number
  readonly plan: HostPlan
  readonly address: Address
  state: Host.Host
  /** Delivered and not yet read. */
  readonly socket: Array<Flight> = []
  sent: Array<Flight> = []
  events: Array<string> = []
  /** What counts in the call at hand. */
  order: Order = "whole"
  /** `randomSeed`, of which the library makes connectIDs. */
  connectIDs: number
  /** After the last call. */
  private restingState: Host.Host | undefined
  private readonly world: Surroundings
  private readonly workspace = new Workspace()
  /** Slots whose connection attempt timed out, and what the recalculation flag was before. */
  private readonly lostAttempts = new Set<number>()

  constructor(id: number, plan: HostPlan, checksum: boolean, world: Surroundings) {
    this.id = id
    this.plan = plan
    this.address = { host: plan.ip, port: plan.port }
    this.world = world
    this.connectIDs = id << 16
    this.state = Host.make({
      ...plan,
      // `reassembly-limit`: some seeds let days pass; `work-limit`: some shuffle thousands of packets
      budgets: plan.isAlone
        ? defaultBudgets
        : { ...defaultBudgets, reassemblyTimeout: Infinity, workPerDatagram: Infinity },
      proving: plan.isAlone ? { secret: [plan.port, id, plan.mtu, plan.maxPeers] } : undefined,
      checksum: checksum ? Crc32.crc32 : undefined,
      compressor: plan.compresses ? RangeCoder.make() : undefined
    })
  }

  /** Inputs that the library handles without sending. */
  apply(inputs: ReadonlyArray<Input.Input>, eventSlots = 0): Output.Outputs {
    const { outputs, state } = step(this.state, inputs, this.world.now, { eventSlots, workspace: this.workspace })
    this.state = state
    if (!this.plan.isAlone && ignoreOverhead(state, outputs.touched)) this.world.apply("held-overhead")
    for (const { address, bytes } of outputs.transmits) {
      this.sent.push({ from: this.address, to: address, bytes, hex: hexOf(bytes) })
    }
    return outputs
  }

  /** Inputs that may send. */
  pass(input: Input.Input): Output.Outputs {
    if (this.plan.isAlone) return this.apply([input])
    const isService = input._tag === "Service"
    guardPass(this.state, this.world.now, isService)
    if (isService && renumberTimedOut(this.state, this.world.now)) this.world.apply("send-queues")
    const before = this.state
    const outputs = this.apply([input])
    const destinations = outputs.transmits.map(({ address }) => `${address.host} ${address.port}`)
    guardLaterPass(before, this.state, destinations, this.world.now)
    return outputs
  }

  /** Runs a call; gives its result as the library does, `undefined` where it has none. */
  call(call: Call): string | undefined {
    const isLeftAlone = this.state === this.restingState && this.socket.length === 0 &&
      this.state.announcements.size === 0
    const due = deadline(this.state)
    const sentBefore = this.sent.length
    const result = this.run(call)
    if (isLeftAlone && this.sent.length > sentBefore && (due === undefined || ((due - this.world.now) | 0) > 0)) {
      throw new Error(`time alone made host ${this.id} send at ${this.world.now}, but its deadline was ${due}`)
    }
    this.restingState = this.state
    return result
  }

  private run(call: Call): string | undefined {
    switch (call) {
      case "drain":
        while (this.service(1)) continue
        return "0"
      case "service":
        return this.service(1) ? "1" : "0"
      case "service-null":
        return this.service(0) ? "1" : "0"
      case "check":
        return this.dispatch() ? "1" : "0"
      case "flush":
        this.pass({ _tag: "Flush" })
        return undefined
    }
  }

  /** `enet_peer_receive`; whether there was a packet. */
  receiveFrom(peer: Output.PeerRef): boolean {
    const { events } = this.apply([{ _tag: "Receive", peer, packets: 1, bytes: Infinity }])
    this.record(events)
    return events.length > 0
  }

  /** The slots in use. */
  used(): Array<number> {
    const slots: Array<number> = []
    this.state.peers.forEach((peer) => {
      if (peer.state !== State.Disconnected) slots.push(peer.slot)
    })
    return slots
  }

  /** Whether two peers send to the same slot of the same remote, so that their datagrams look alike. */
  private hasTwins(): boolean {
    const remotes = this.used().map((slot) => {
      const { address, outgoingPeerID, outgoingSessionID } = this.state.peers.get(slot)!.link
      return `${address.host} ${address.port} ${outgoingPeerID} ${outgoingSessionID}`
    })
    return new Set(remotes).size < remotes.length
  }

  stateOf(slot: number): number {
    return this.state.peers.get(slot)?.state ?? State.Disconnected
  }

  /** `enet_host_service` with a timeout of 0; whether it gave an event. */
  private service(slots: 0 | 1): boolean {
    if (slots === 1 && this.dispatch()) return true
    if (this.sendWithTimeouts(slots)) return this.dispatch()
    for (let count = 0; count < DATAGRAMS_PER_CALL && this.socket.length > 0; count++) {
      if (this.receive(this.socket.shift()!, slots)) return true
    }
    if (this.sendWithTimeouts(slots)) return this.dispatch()
    return slots === 1 && this.dispatch()
  }

  /** Whether a connection was lost, which ends a call that takes events. */
  private sendWithTimeouts(slots: 0 | 1): boolean {
    const before = this.state
    const { touched } = this.pass({ _tag: "Service" })
    if (slots === 0) return false
    const lost = touched.filter((slot) =>
      this.stateOf(slot) === State.Zombie && this.state.peers.get(slot)!.reason === "Timeout"
    )
    for (const slot of lost) if (before.peers.get(slot)?.state === State.Connecting) this.lostAttempts.add(slot)
    if (lost.length > 0) {
      this.order = this.hasTwins() ? "none" : "by-destination"
      this.world.apply("pass-goes-on")
    }
    return lost.length > 0
  }

  /** Reads one datagram; whether it ended the call by an event. */
  private receive({ bytes, from }: Flight, slots: 0 | 1): boolean {
    const before = this.state
    const restore = this.plan.isAlone ? undefined : countAsUnfetched(this.state, bytes)
    const { events, touched } = this.apply([{ _tag: "Datagram", address: from, bytes }], slots)
    if (restore !== undefined) {
      restore(this.state)
      this.world.apply("awaited-packet")
    }
    this.record(events)
    if (slots === 0) return false
    if (events.length > 0) return true
    const isDone = touched.some((slot) =>
      before.peers.get(slot)?.state === State.Disconnecting && this.stateOf(slot) === State.Zombie &&
      this.state.peers.get(slot)!.reason === "Local"
    )
    return isDone && this.dispatch()
  }

  /** `enet_protocol_dispatch_incoming_commands`: at most one event. */
  private dispatch(): boolean {
    for (;;) {
      const recalculate = this.state.recalculateBandwidthLimits
      const event = this.apply([{ _tag: "Dispatch" }], 1).events[0]
      if (event === undefined) return false
      const { slot } = event.peer
      if (event._tag === "Receive" && this.stateOf(slot) !== State.Connected) {
        const later = this.stateOf(slot) === State.DisconnectLater
        this.world.apply(later ? "deliver-while-draining" : "deliver-before-disconnect")
        continue
      }
      if (event._tag === "Disconnect" && this.lostAttempts.delete(slot) && !recalculate) {
        this.state.recalculateBandwidthLimits = false
        this.world.apply("lost-attempt-recalculates")
      }
      this.record([event])
      return true
    }
  }

  private record(events: ReadonlyArray<Output.Event>): void {
    for (const event of events) this.events.push(describe(event))
  }
}
