/**
 * The books of a simulation: what each side of each connection sent, got and was told. Whatever contradicts the
 * guarantees of ENet is reported as the breach of an invariant.
 */
import type { DeliveryMode } from "@effect-enet/core/DeliveryMode"
import type { DisconnectReason } from "@effect-enet/core/EnetEvent"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import { ReasonCode } from "@effect-enet/core/ReasonCode"
import { BROADCAST, isIntact, NAMED, nameOf } from "./Content.ts"

/** How a packet travels in the end, as its receiver is told. */
export type Travel = "reliable" | "unreliable" | "unreliable-fragment" | "unsequenced"

interface Sent {
  readonly packet: number
  readonly length: number
  readonly travel: Travel
  /** Its place among the sequenced packets of its channel. */
  readonly position: number
}

/** One channel in one direction. */
class Lane {
  position = 0
  /** The last position that arrived. */
  arrived = 0
  /** Unreliable packets since the last reliable one: ENet has room for 65,535. */
  unreliableRun = 0
  reliable: Array<Sent> = []
  /** Reliable packets of `reliable` that have arrived. */
  head = 0
  readonly unreliable: Map<number, Sent> = new Map()

  get missing(): number {
    return this.reliable.length - this.head
  }

  takeReliable(): Sent | undefined {
    const sent = this.reliable[this.head]
    if (sent === undefined) return undefined
    if (++this.head > 1024) {
      this.reliable = this.reliable.slice(this.head)
      this.head = 0
    }
    return sent
  }

  /** Forgets unreliable packets that may not arrive any more. */
  passed(position: number): void {
    this.arrived = position
    for (const sent of this.unreliable.values()) {
      if (sent.position > position) return
      this.unreliable.delete(sent.packet)
    }
  }
}

/** Unsequenced packets that may still arrive; older ones are taken for lost. */
const UNSEQUENCED_KEPT = 20_000

/** An attempt to connect. */
export interface Attempt {
  readonly id: number
  outgoing: Side | undefined
  incoming: Side | undefined
}

/** How a side let its connection go: not, after everything it had sent, or at once. */
export type Leaving = "no" | "politely" | "at once"

/** One end of a connection, as one application sees it. */
export class Side {
  readonly id: number
  readonly node: string
  readonly peer: EnetPeer
  remote: Side | undefined
  /** The Connect event, or the success of connect, was seen. */
  isConnected = false
  sawConnectEvent = false
  /** From the Disconnect event. */
  disconnected: DisconnectReason | undefined
  /** From `closed`. */
  closed: DisconnectReason | undefined
  /** When `closed` said so. */
  overSince: number | undefined
  /** Values that this side gave when it disconnected. */
  readonly farewells: Set<number> = new Set()
  leaving: Leaving = "no"
  /** The application stopped to care: what comes in may be dropped. */
  isDeaf = false
  isServed = false
  /** Reliable packets that the other side had sent and this one had not got when it was told the end. */
  missedAtEnd = 0
  /** Unreliable packets that it received. */
  unreliableReceived = 0
  /** Somebody runs `messages`. */
  isRead = false
  readonly lanes: Map<number, Lane> = new Map()
  readonly unsequenced: Map<number, number> = new Map()
  /** Received before it was known from whom. */
  readonly unknown: Array<readonly [channel: number, packet: Uint8Array, mode: DeliveryMode]> = []
  private packets = 0

  constructor(id: number, node: string, peer: EnetPeer) {
    this.id = id
    this.node = node
    this.peer = peer
  }

  get name(): string {
    return `${this.node}/${this.peer.id}.${this.peer.connection} (side ${this.id})`
  }

  nextPacket(): number {
    return ++this.packets
  }

  lane(channel: number): Lane {
    let lane = this.lanes.get(channel)
    if (lane === undefined) this.lanes.set(channel, lane = new Lane())
    return lane
  }

  /** Reliable packets that this side sent and the other did not get. */
  get missing(): number {
    let missing = 0
    for (const lane of this.lanes.values()) missing += lane.missing
    return missing
  }

  left(how: Leaving, data: number): void {
    this.farewells.add(data)
    if (how === "at once" || this.leaving === "no") this.leaving = how
  }
}

export class Ledger {
  readonly sides: Array<Side> = []
  private readonly attempts: Array<Attempt> = []
  private readonly byConnection: Map<string, Side> = new Map()
  private readonly violate: (invariant: string, detail: string) => void
  private readonly note: (text: () => string) => void
  delivered = 0

  constructor(violate: (invariant: string, detail: string) => void, note: (text: () => string) => void) {
    this.violate = violate
    this.note = note
  }

  /** The side behind a handle of a host's life. A connection has one handle. */
  side(node: string, life: number, peer: EnetPeer): Side {
    const key = `${node}.${life}/${peer.connection}`
    let side = this.byConnection.get(key)
    if (side === undefined) {
      side = new Side(this.sides.length + 1, node, peer)
      this.sides.push(side)
      this.byConnection.set(key, side)
    } else if (side.peer !== peer) this.violate("a connection has one handle", `${side.name} has two`)
    return side
  }

  attempt(): Attempt {
    const attempt: Attempt = { id: this.attempts.length + 1, outgoing: undefined, incoming: undefined }
    this.attempts.push(attempt)
    return attempt
  }

  /** `connect` succeeded. */
  established(attempt: Attempt, side: Side): void {
    side.isConnected = true
    attempt.outgoing = side
    if (attempt.incoming !== undefined) this.link(side, attempt.incoming)
  }

  /** A Connect event; `data` of an incoming connection is the number of the attempt. */
  connected(side: Side, data: number): void {
    if (side.sawConnectEvent) this.violate("a peer connects once", side.name)
    if (side.disconnected !== undefined) this.violate("nothing after Disconnect", `${side.name} got Connect`)
    side.sawConnectEvent = true
    side.isConnected = true
    if (data === 0) return
    const attempt = this.attempts[data - 1]
    if (attempt === undefined) return this.violate("Connect tells what connect gave", `${side.name} got ${data}`)
    if (attempt.incoming !== undefined && attempt.incoming !== side) {
      this.violate("one connect, one connection", `${side.name} and ${attempt.incoming.name}`)
    }
    attempt.incoming = side
    if (attempt.outgoing !== undefined) this.link(attempt.outgoing, side)
  }

  disconnected(side: Side, reason: DisconnectReason): void {
    if (side.disconnected !== undefined) this.violate("nothing after Disconnect", `${side.name} got it twice`)
    side.disconnected = reason
    this.checkReason(side, reason)
  }

  closed(side: Side, reason: DisconnectReason): void {
    side.closed = reason
    const { disconnected, remote } = side
    if (remote !== undefined) this.checkEnd(remote, side)
    if (disconnected !== undefined && disconnected._tag !== reason._tag) {
      this.violate("closed and Disconnect agree", `${side.name}: ${reason._tag}, ${disconnected._tag}`)
    }
  }

  /** A packet was queued: its application was told so. */
  sent(side: Side, channel: number, packet: number, length: number, travel: Travel): void {
    this.note(() => `${side.name} sends packet ${packet}, ${length} B ${travel} on channel ${channel}`)
    if (travel === "unsequenced") {
      if (length < NAMED) return
      side.unsequenced.set(packet, length)
      if (side.unsequenced.size > UNSEQUENCED_KEPT) {
        for (const oldest of side.unsequenced.keys()) {
          side.unsequenced.delete(oldest)
          break
        }
      }
      return
    }
    const lane = side.lane(channel)
    const sent: Sent = { packet, length, travel, position: ++lane.position }
    if (travel === "reliable") {
      lane.unreliableRun = 0
      lane.reliable.push(sent)
    } else {
      lane.unreliableRun++
      if (length >= NAMED) lane.unreliable.set(packet, sent)
    }
  }

  /** A packet from `events`, where Disconnect is the last event of its peer. */
  receivedEvent(side: Side, channel: number, packet: Uint8Array, mode: DeliveryMode): void {
    if (side.disconnected !== undefined) {
      this.violate("nothing after Disconnect", `${side.name} got ${packet.length} B on channel ${channel}`)
    }
    this.received(side, channel, packet, mode)
  }

  received(side: Side, channel: number, packet: Uint8Array, mode: DeliveryMode): void {
    this.delivered++
    this.note(() => {
      const name = nameOf(packet)
      const what = name === undefined ? "a small packet" : `packet ${name.packet}`
      return `${side.name} gets ${what}, ${packet.length} B ${mode} on channel ${channel}`
    })
    if (side.remote === undefined) {
      const name = nameOf(packet)
      const named = name !== undefined && name.packet < BROADCAST
      const remote = named ? this.sides[name.side - 1] : undefined
      if (remote === undefined) {
        side.unknown.push([channel, packet, mode])
        if (named) this.violate("packets come from a peer", `${side.name} got one of side ${name.side}`)
        return
      }
      this.link(side, remote)
    }
    if (side.remote !== undefined) this.arrived(side, side.remote, channel, packet, mode)
  }

  /** A stream has told that it was the last packet. */
  ended(side: Side): void {
    const { remote } = side
    if (remote === undefined || side.leaving !== "no" || side.isDeaf || side.isRead) return
    if ((side.disconnected ?? side.closed)?._tag !== "Remote") return
    side.missedAtEnd = remote.missing
    this.checkEnd(side, remote)
  }

  /** Who left politely, and was acknowledged, has lost nothing. Only both ends together tell. */
  private checkEnd(side: Side, remote: Side): void {
    if (side.missedAtEnd === 0 || remote.leaving !== "politely" || remote.closed?._tag !== "Local") return
    this.violate(
      "disconnectLater comes after everything queued",
      `${side.name} missed ${side.missedAtEnd} reliable packets of ${remote.name}`
    )
  }

  private link(a: Side, b: Side): void {
    if ((a.remote !== undefined && a.remote !== b) || (b.remote !== undefined && b.remote !== a)) {
      const names = [a, b, a.remote, b.remote].map((side) => side === undefined ? "nobody" : side.name)
      return this.violate("connections do not mix", names.join(", "))
    }
    a.remote = b
    b.remote = a
    for (const side of [a, b]) {
      const remote = side === a ? b : a
      for (const [channel, packet, mode] of side.unknown.splice(0)) this.arrived(side, remote, channel, packet, mode)
    }
  }

  private arrived(side: Side, remote: Side, channel: number, packet: Uint8Array, mode: DeliveryMode): void {
    if (mode !== "reliable") side.unreliableReceived++
    const where = `${side.name}, channel ${channel}, ${packet.length} B ${mode}`
    const name = nameOf(packet)
    if (name !== undefined && name.packet < BROADCAST && name.side !== remote.id) {
      return this.violate("packets come from their peer", `${where}: is of side ${name.side}, not ${remote.id}`)
    }
    if (mode === "unsequenced" || mode === "unsequenced-fragment") {
      if (name === undefined) return
      if (remote.unsequenced.get(name.packet) !== packet.length) {
        return this.violate("nothing unreliable arrives twice", `${where}: packet ${name.packet}`)
      }
      remote.unsequenced.delete(name.packet)
      if (!isIntact(packet, remote.id, name.packet)) this.violate("packets arrive whole", where)
      return
    }
    const lane = remote.lane(channel)
    if (mode !== "reliable") return this.unreliableArrived(lane, remote, packet, mode, where)
    const sent = lane.takeReliable()
    if (sent === undefined) return this.violate("reliable packets arrive once", `${where}: packet ${name?.packet}`)
    if (sent.length !== packet.length || !isIntact(packet, remote.id, sent.packet)) {
      const got = name === undefined ? "another" : `packet ${name.packet}`
      return this.violate(
        "reliable packets arrive once, in order and whole",
        `${where}: expected packet ${sent.packet} of ${sent.length} B, got ${got}`
      )
    }
    if (sent.position <= lane.arrived) {
      return this.violate("reliable packets come before later unreliable ones", `${where}: packet ${sent.packet}`)
    }
    lane.passed(sent.position)
  }

  private unreliableArrived(lane: Lane, remote: Side, packet: Uint8Array, mode: DeliveryMode, where: string): void {
    const name = nameOf(packet)
    if (name === undefined) return
    const sent = lane.unreliable.get(name.packet)
    if (sent === undefined || sent.length !== packet.length || sent.travel !== mode) {
      return this.violate("sequenced packets arrive once at most, and in order", `${where}: packet ${name.packet}`)
    }
    if (!isIntact(packet, remote.id, name.packet)) this.violate("packets arrive whole", where)
    lane.passed(sent.position)
  }

  private checkReason(side: Side, reason: DisconnectReason): void {
    const { remote } = side
    if (reason._tag !== "Remote" || remote === undefined || remote.farewells.has(reason.data)) return
    // the last slot may go to somebody else while an acknowledgement is on its way
    if (reason.data === ReasonCode.HostFull || reason.data === ReasonCode.TooManyFromAddress) return
    this.violate("Disconnect tells what the remote gave", `${side.name} got ${reason.data}`)
  }
}
