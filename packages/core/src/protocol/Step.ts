/**
 * The working state of one step: the host that is being made, and what will be given back.
 */
import type { Address } from "./Address.ts"
import { bill } from "./Budgets.ts"
import { append, NONE } from "./collections/append.ts"
import { Fifo } from "./collections/Fifo.ts"
import { Owner } from "./collections/Owner.ts"
import { NEVER } from "./collections/Radix.ts"
import type { Host } from "./Host.ts"
import type { Answer, DisconnectReason, DropReason, Event, PeerRef, Transmit, Unreadable } from "./Output.ts"
import { Peer, resetLink } from "./Peer.ts"
import { isEstablished, PeerState } from "./PeerState.ts"
import { removeRoute } from "./Routes.ts"
import { span, spanEnd } from "./Time.ts"
import type { Workspace } from "./Workspace.ts"

const PLACES = 4096

const noTickets: Fifo<number> = Fifo.empty()

export class Step {
  readonly owner = new Owner()
  readonly host: Host
  readonly now: number
  readonly workspace: Workspace
  /** How many more events the caller takes in this step: the "event slot" of `enet_host_service`. */
  eventSlots: number
  /** How many packets the application takes at most at the end of this step, of the peers that are not held. */
  takes = 0
  events: Array<Event> = NONE
  transmits: Array<Transmit> = NONE
  answers: Array<Answer> = NONE
  touched: Array<Peer> = NONE
  unreadable: Array<Unreadable> = NONE
  applicants: Array<PeerRef> = NONE
  private ownDropped: { [Reason in DropReason]?: number } | undefined = undefined
  /** What the payloads of this step may have added to what the host keeps since it was last billed. */
  taken = 0
  /** Items that searches have passed for the datagram at hand. */
  work = 0
  /** Why the command at hand was refused, when it is not simply unacceptable. */
  verdict: DropReason | undefined = undefined

  constructor(host: Host, now: number, eventSlots: number, workspace: Workspace) {
    this.host = host.copy(this.owner)
    this.now = now >>> 0
    this.eventSlots = eventSlots
    this.workspace = workspace
  }

  /** The peer for writing; the next send pass will visit it. */
  edit(peer: Peer): Peer {
    const own = this.own(peer)
    own.isPending = true
    return own
  }

  /** The peer for writing, without drawing a send pass to it. */
  own(peer: Peer): Peer {
    if (peer.owner === this.owner) return peer
    const current = this.host.peers.get(peer.slot) ?? peer
    if (current.owner === this.owner) return current
    const copy = current.copy(this.owner)
    this.host.peers.set(copy.slot, copy)
    this.touched = append(this.touched, copy)
    return copy
  }

  drop(reason: DropReason): void {
    const { host } = this
    // copied once in a step: floods come in large ones
    const dropped = host.dropped === this.ownDropped ? this.ownDropped : { ...host.dropped }
    dropped[reason] = (dropped[reason] ?? 0) + 1
    host.dropped = this.ownDropped = dropped
  }

  /** Drops a datagram for a peer, if there is one; the address of the sender was right. */
  dropFor(peer: Peer | undefined, reason: DropReason): void {
    this.drop(reason)
    if (peer?.state === PeerState.Connecting) this.unreadable = append(this.unreadable, { peer: peer.ref, reason })
  }

  countSent(bytes: number): void {
    this.host.totalSentData += bytes
    this.host.totalSentPackets++
  }

  /** Works out when each written peer must be visited next. */
  settle(): void {
    const isBilled = this.host.settings.budgets !== undefined
    this.taken = 0
    for (const peer of this.touched) {
      if (isBilled) bill(this, peer)
      const wake = wakeOf(peer, this.now)
      if (wake === peer.wake) continue
      peer.wake = wake
      this.host.peers.settle(peer.slot, wake)
    }
  }
}

const wakeOf = (peer: Peer, now: number): number => {
  if (peer.state === PeerState.Disconnected || peer.state === PeerState.Zombie) return NEVER
  if (peer.isPending && (peer.acknowledgements.size > 0 || peer.outgoing.size > 0 || peer.outgoingReliable.size > 0)) {
    return now
  }
  if (peer.sentReliable.size > 0) return peer.nextTimeout
  if (peer.state !== PeerState.Connected) return NEVER
  // a time long past, such as the 0 of "never", must not look like a future one
  const { lastReceiveTime, link: { pingInterval } } = peer
  return span(now, lastReceiveTime) >= pingInterval ? now : spanEnd(lastReceiveTime, pingInterval) ?? NEVER
}

/** `enet_protocol_change_state`: keeps the counters of established peers. */
export const changeState = (step: Step, peer: Peer, state: PeerState): void => {
  const was = isEstablished(peer.state)
  const is = isEstablished(state)
  if (was !== is) {
    const change = is ? 1 : -1
    step.host.connectedPeers += change
    if (peer.link.incomingBandwidth !== 0) step.host.bandwidthLimitedPeers += change
  }
  peer.state = state
}

/** Tickets stay below 2^31, where engines keep integers without a box; none waits until its number comes again. */
const TICKET_MASK = 0x7ffff

const nextTicket = (step: Step, peer: Peer): number => {
  const { host } = step
  host.dispatchTickets = (host.dispatchTickets + 1) & TICKET_MASK
  return (peer.dispatchTicket = host.dispatchTickets * PLACES + peer.slot)
}

/** Tickets of peers that are gone stay until their turn, which never comes while nobody takes events. */
const MOST_TICKETS = 2 * PLACES

/** A queue of tickets with one more, and without void ones when it has become long. */
const withTicket = ({ host, owner }: Step, queue: Fifo<number>, ticket: number): Fifo<number> => {
  const isLong = queue.size >= MOST_TICKETS
  const own = (isLong ? noTickets : queue).edit(owner)
  if (isLong) {
    queue.forEach((other) => {
      if (host.peers.get(slotOfTicket(other))?.dispatchTicket === other) own.push(other)
    })
  }
  own.push(ticket)
  return own
}

/** Appends the peer, which has packets for the application, to the dispatch queue if it is not there. */
export const enqueueDispatch = (step: Step, peer: Peer): void => {
  if (peer.dispatchTicket !== -1) return
  const { host } = step
  host.dispatchQueue = withTicket(step, host.dispatchQueue, nextTicket(step, peer))
}

/** Lets the application know that the peer is connected or gone; what it had in the dispatch queue is void. */
export const enqueueAnnouncement = (step: Step, peer: Peer): void => {
  const { host } = step
  host.announcements = withTicket(step, host.announcements, nextTicket(step, peer))
}

export const slotOfTicket = (ticket: number): number => ticket % PLACES

const hash = (text: string): number => {
  let value = 0
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) | 0
  return value
}

const placeOf = (value: number): number => (value ^ (value >>> 12)) & (PLACES - 1)

const endpointOf = ({ host, port }: Address): number => placeOf(hash(host) ^ Math.imul(port, 0x9e3779b1))

const nobodyNear: ReadonlyArray<number> = []

/** Slots in use whose remotes may have the same IP address. */
export const neighboursOf = (host: Host, address: string): ReadonlyArray<number> =>
  host.neighbours.get(placeOf(hash(address))) ?? nobodyNear

/** Slots in use whose remotes may have the same IP address and port. */
export const slotsAt = (host: Host, address: Address): ReadonlyArray<number> =>
  host.endpoints.get(endpointOf(address)) ?? nobodyNear

export const setNeighbours = (
  step: Step,
  address: Address,
  change: (slots: ReadonlyArray<number>) => Array<number>
): void => {
  const { host, owner } = step
  const near = placeOf(hash(address.host))
  host.neighbours = host.neighbours.edit(owner)
  host.neighbours.set(near, change(host.neighbours.get(near) ?? nobodyNear))
  const at = endpointOf(address)
  host.endpoints = host.endpoints.edit(owner)
  host.endpoints.set(at, change(host.endpoints.get(at) ?? nobodyNear))
}

/** The remote turned out to be elsewhere: the peer is found by its new address from now on. */
export const moveTo = (step: Step, peer: Peer, address: Address): void => {
  setNeighbours(step, peer.link.address, (slots) => slots.filter((slot) => slot !== peer.slot))
  peer.link = { ...peer.link, address }
  setNeighbours(step, address, (slots) => [...slots, peer.slot])
}

/** The lowest free slot as a fresh peer, or `undefined` when the host is full. */
export const takeSlot = (step: Step): Peer | undefined => {
  const host = step.host
  if (host.takenSlots >= host.settings.maxPeers) return undefined
  let slot = host.lowestFree
  for (let peer = host.peers.get(slot); peer !== undefined && peer.state !== PeerState.Disconnected;) {
    peer = host.peers.get(++slot)
  }
  host.lowestFree = slot + 1
  host.takenSlots++
  const used = host.peers.get(slot)
  const peer = used === undefined ? newPeer(step, slot) : step.edit(used)
  peer.reset(host.settings.mtu)
  peer.ref = { slot, connection: ++host.connections }
  peer.isPending = true
  return peer
}

const newPeer = (step: Step, slot: number): Peer => {
  const peer = new Peer(step.owner, { slot, connection: 0 }, resetLink(step.host.settings.mtu, slot, undefined))
  step.host.peers.set(slot, peer)
  step.touched = append(step.touched, peer)
  return peer
}

/** `enet_peer_reset`: the slot is free; its session ids and address stay. */
export const resetPeer = (step: Step, peer: Peer): void => {
  if (peer.state === PeerState.Disconnected) return
  const host = step.host
  changeState(step, peer, PeerState.Disconnected)
  setNeighbours(step, peer.link.address, (slots) => slots.filter((slot) => slot !== peer.slot))
  removeRoute(step, peer)
  host.takenSlots--
  host.lowestFree = Math.min(host.lowestFree, peer.slot)
  peer.reset(host.settings.mtu)
}

/** `enet_protocol_notify_connect`: the connection is established. */
export const announceConnect = (step: Step, peer: Peer): void => {
  if (step.host.settings.admission && peer.state === PeerState.AcknowledgingConnect) {
    changeState(step, peer, PeerState.ConnectionPending)
    step.applicants = append(step.applicants, peer.ref)
  } else welcome(step, peer)
}

/** Whether the peer has proved its address, and admission has not decided yet. */
export const awaitsAdmission = (host: Host, peer: Peer): boolean =>
  host.settings.admission && peer.state === PeerState.ConnectionPending && peer.dispatchTicket === -1

/** The application learns of the connection. */
export const welcome = (step: Step, peer: Peer): void => {
  step.host.recalculateBandwidthLimits = true
  if (step.eventSlots > 0) {
    step.eventSlots--
    changeState(step, peer, PeerState.Connected)
    step.events = append(step.events, { _tag: "Connect", peer: peer.ref, data: peer.eventData })
    return
  }
  const outgoing = peer.state === PeerState.Connecting
  changeState(step, peer, outgoing ? PeerState.ConnectionSucceeded : PeerState.ConnectionPending)
  enqueueAnnouncement(step, peer)
}

/**
 * `enet_protocol_notify_disconnect`: the connection is lost, or our DISCONNECT was acknowledged. Packets that wait for
 * the application are delivered first.
 */
export const announceDisconnect = (step: Step, peer: Peer, reason: "Timeout" | "Local"): void => {
  if (peer.state >= PeerState.ConnectionPending) step.host.recalculateBandwidthLimits = true
  if (peer.state !== PeerState.Connecting && peer.state < PeerState.ConnectionSucceeded) {
    resetPeer(step, peer)
  } else {
    becomeZombie(step, peer, 0, reason)
  }
}

/** The peer is dead; its last event is dispatched when the application takes it. */
export const becomeZombie = (
  step: Step,
  peer: Peer,
  data: number,
  reason: DisconnectReason
): void => {
  peer.eventData = data
  peer.reason = reason
  changeState(step, peer, PeerState.Zombie)
  peer.clearQueues(true)
  if (peer.dispatched.size === 0) enqueueAnnouncement(step, peer)
  else enqueueDispatch(step, peer)
}
