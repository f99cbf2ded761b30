/**
 * The state of one slot of the host's peer table (`ENetPeer`).
 */
import type { Acknowledge } from "../wire/Command.ts"
import {
  PEER_DEFAULT_PACKET_THROTTLE,
  PEER_DEFAULT_ROUND_TRIP_TIME,
  PEER_PACKET_THROTTLE_ACCELERATION,
  PEER_PACKET_THROTTLE_DECELERATION,
  PEER_PACKET_THROTTLE_INTERVAL,
  PEER_PACKET_THROTTLE_SCALE,
  PEER_PING_INTERVAL,
  PEER_TIMEOUT_LIMIT,
  PEER_TIMEOUT_MAXIMUM,
  PEER_TIMEOUT_MINIMUM,
  PROTOCOL_MAXIMUM_PEER_ID,
  PROTOCOL_MAXIMUM_WINDOW_SIZE
} from "../wire/Constants.ts"
import type { Address } from "./Address.ts"
import { Channel, type Incoming } from "./Channel.ts"
import { ChunkList } from "./collections/ChunkList.ts"
import { Fifo } from "./collections/Fifo.ts"
import { nobody, type Owner } from "./collections/Owner.ts"
import { NEVER } from "./collections/Radix.ts"
import { type Outgoing, OutgoingQueue } from "./Outgoing.ts"
import type { DisconnectReason, PeerRef, ReceiveEvent } from "./Output.ts"
import { PeerState } from "./PeerState.ts"

/**
 * What the handshake negotiates and the application configures: written rarely, so it is replaced as a whole.
 */
export interface Link {
  readonly address: Address
  /** What the remote writes into its headers: the slot, or where addresses are proved a random number. */
  readonly incomingPeerID: number
  /** The slot at the remote, 0xFFF before it is known. */
  readonly outgoingPeerID: number
  readonly incomingSessionID: number
  readonly outgoingSessionID: number
  readonly connectID: number
  /** The sent time that the acknowledgement of VERIFY_CONNECT must bring back, or -1 when any will do. */
  readonly proofTime: number
  readonly channelCount: number
  readonly mtu: number
  readonly windowSize: number
  /** Bytes per second that the remote can receive, 0 = unlimited. */
  readonly incomingBandwidth: number
  readonly outgoingBandwidth: number
  readonly packetThrottleInterval: number
  readonly packetThrottleAcceleration: number
  readonly packetThrottleDeceleration: number
  readonly pingInterval: number
  readonly timeoutLimit: number
  readonly timeoutMinimum: number
  readonly timeoutMaximum: number
}

/** `ENetAcknowledgement`. */
export interface PendingAcknowledgement extends Acknowledge {
  /** Of a DISCONNECT, which ends the connection when it is sent. */
  readonly isDisconnect: boolean
}

/** What the record of a held packet or fragment is charged, so that empty packets cannot fill the memory. */
export const HELD_OVERHEAD = 128

/** What the records of a packet that waits are charged; fragments have records until the packet is complete. */
export const overheadOf = (entry: Incoming): number =>
  entry.payload === undefined && entry.reassembly !== undefined
    ? HELD_OVERHEAD + entry.reassembly.overhead
    : HELD_OVERHEAD

/** What an acknowledgement that waits takes. */
const ACKNOWLEDGEMENT_MEMORY = 64

/** Bytes that the host keeps for a peer. */
export const memoryOf = (peer: Peer): number =>
  peer.totalWaitingData - peer.incompleteLength + peer.reassembling + peer.waitingOverhead + peer.outgoingQueued +
  peer.reliableDataInTransit + peer.acknowledgements.size * ACKNOWLEDGEMENT_MEMORY

/** The value of a session id that was never used. */
const NO_SESSION = 0xff

/** The link of a slot after `enet_peer_reset`: session ids and address survive. */
export const resetLink = (mtu: number, slot: number, before: Link | undefined): Link => ({
  address: before === undefined ? { host: "", port: 0 } : before.address,
  incomingPeerID: slot,
  outgoingPeerID: PROTOCOL_MAXIMUM_PEER_ID,
  incomingSessionID: before === undefined ? NO_SESSION : before.incomingSessionID,
  outgoingSessionID: before === undefined ? NO_SESSION : before.outgoingSessionID,
  connectID: 0,
  proofTime: -1,
  channelCount: 0,
  mtu,
  windowSize: PROTOCOL_MAXIMUM_WINDOW_SIZE,
  incomingBandwidth: 0,
  outgoingBandwidth: 0,
  packetThrottleInterval: PEER_PACKET_THROTTLE_INTERVAL,
  packetThrottleAcceleration: PEER_PACKET_THROTTLE_ACCELERATION,
  packetThrottleDeceleration: PEER_PACKET_THROTTLE_DECELERATION,
  pingInterval: PEER_PING_INTERVAL,
  timeoutLimit: PEER_TIMEOUT_LIMIT,
  timeoutMinimum: PEER_TIMEOUT_MINIMUM,
  timeoutMaximum: PEER_TIMEOUT_MAXIMUM
})

const noAcknowledgements: Fifo<PendingAcknowledgement> = Fifo.empty()
const nothingSent: ChunkList<Outgoing> = ChunkList.empty()
const nothingDispatched: Fifo<ReceiveEvent> = Fifo.empty()
const noChannels: ReadonlyArray<Channel | undefined> = []
const pristine = new Channel(nobody, undefined)
const emptyWindow = new Array<number>(32).fill(0)

export class Peer {
  readonly owner: Owner
  /** `incomingPeerID`. */
  readonly slot: number
  /** The connection, for the application. */
  ref: PeerRef
  state: PeerState = PeerState.Disconnected
  link: Link
  eventData = 0
  /** Why the peer is in Zombie. */
  reason: DisconnectReason = "Timeout"

  /** When the send pass must visit the peer. */
  wake = NEVER
  /** Something changed since the last visit, so that there may be something to send. */
  isPending = false
  /** The last datagram could not take everything (`ENET_PEER_FLAG_CONTINUE_SENDING`). */
  continueSending = false
  /** The peer's place in the host's dispatch queue, or -1 (`ENET_PEER_FLAG_NEEDS_DISPATCH`). */
  dispatchTicket = -1
  /** Its packets wait for `Receive` instead of being dispatched. */
  isHeld = false

  incomingDataTotal = 0
  outgoingDataTotal = 0
  /** Bytes of datagrams to and from it since it has the slot, which no bandwidth step sets back. */
  totalSentData = 0
  totalReceivedData = 0
  lastSendTime = 0
  lastReceiveTime = 0
  nextTimeout = 0
  earliestTimeout = 0
  packetLossEpoch = 0
  packetsSent = 0
  packetsLost = 0
  packetLoss = 0
  packetLossVariance = 0
  packetThrottle = PEER_DEFAULT_PACKET_THROTTLE
  packetThrottleLimit = PEER_PACKET_THROTTLE_SCALE
  packetThrottleCounter = 0
  packetThrottleEpoch = 0
  lastRoundTripTime = PEER_DEFAULT_ROUND_TRIP_TIME
  lowestRoundTripTime = PEER_DEFAULT_ROUND_TRIP_TIME
  lastRoundTripTimeVariance = 0
  highestRoundTripTimeVariance = 0
  roundTripTime = PEER_DEFAULT_ROUND_TRIP_TIME
  roundTripTimeVariance = 0
  reliableDataInTransit = 0
  /** Payload bytes in the two outgoing queues, retransmissions not counted. */
  outgoingQueued = 0
  outgoingReliableSequenceNumber = 0
  incomingUnsequencedGroup = 0
  outgoingUnsequencedGroup = 0
  totalWaitingData = 0
  /** The part of `totalWaitingData` that is in `dispatched`. */
  dispatchedData = 0
  /** Memory for the records of held packets and fragments, which `totalWaitingData` does not count. */
  waitingOverhead = 0
  /** Of `totalWaitingData`, the packets of which fragments are missing; and the bytes that have arrived of them. */
  incompleteLength = 0
  reassembling = 0
  /** When the last fragment arrived. */
  reassemblyAt = 0
  /** Datagrams that made no sense. */
  malformed = 0
  /** The peer's part of the host's `memory`. */
  billed = 0
  /** The channel of the packet in fragments that was taken above the limit of waiting data, or -1. */
  borrower = -1

  acknowledgements: Fifo<PendingAcknowledgement> = noAcknowledgements
  /** Reliable commands in flight, in the order of transmission (`sentReliableCommands`). */
  sentReliable: ChunkList<Outgoing> = nothingSent
  /** Control commands and everything unreliable (`outgoingCommands`). */
  outgoing: OutgoingQueue = OutgoingQueue.empty
  /** Reliable commands with payload (`outgoingSendReliableCommands`). */
  outgoingReliable: OutgoingQueue = OutgoingQueue.empty
  /** Packets in delivery order that the application has not fetched yet. */
  dispatched: Fifo<ReceiveEvent> = nothingDispatched
  /** By channel id; absent until first used. */
  channels: ReadonlyArray<Channel | undefined> = noChannels
  private unsequencedGroups: Array<number> = emptyWindow
  private unsequencedOwner: Owner = nobody

  constructor(owner: Owner, ref: PeerRef, link: Link) {
    this.owner = owner
    this.slot = ref.slot
    this.ref = ref
    this.link = link
  }

  copy(owner: Owner): Peer {
    const copy = new Peer(owner, this.ref, this.link)
    copy.assign(this)
    copy.wake = this.wake
    return copy
  }

  /** `enet_peer_reset`: as if the slot had never been used, but for session ids and address. */
  reset(mtu: number): void {
    const billed = this.billed
    this.assign(new Peer(this.owner, this.ref, resetLink(mtu, this.slot, this.link)))
    this.billed = billed
  }

  /** Tells the connections of one slot apart; never on the wire. */
  get connection(): number {
    return this.ref.connection
  }

  private assign(from: Peer): void {
    this.link = from.link
    this.ref = from.ref
    this.state = from.state
    this.eventData = from.eventData
    this.reason = from.reason
    this.isPending = from.isPending
    this.continueSending = from.continueSending
    this.dispatchTicket = from.dispatchTicket
    this.isHeld = from.isHeld
    this.incomingDataTotal = from.incomingDataTotal
    this.outgoingDataTotal = from.outgoingDataTotal
    this.totalSentData = from.totalSentData
    this.totalReceivedData = from.totalReceivedData
    this.lastSendTime = from.lastSendTime
    this.lastReceiveTime = from.lastReceiveTime
    this.nextTimeout = from.nextTimeout
    this.earliestTimeout = from.earliestTimeout
    this.packetLossEpoch = from.packetLossEpoch
    this.packetsSent = from.packetsSent
    this.packetsLost = from.packetsLost
    this.packetLoss = from.packetLoss
    this.packetLossVariance = from.packetLossVariance
    this.packetThrottle = from.packetThrottle
    this.packetThrottleLimit = from.packetThrottleLimit
    this.packetThrottleCounter = from.packetThrottleCounter
    this.packetThrottleEpoch = from.packetThrottleEpoch
    this.lastRoundTripTime = from.lastRoundTripTime
    this.lowestRoundTripTime = from.lowestRoundTripTime
    this.lastRoundTripTimeVariance = from.lastRoundTripTimeVariance
    this.highestRoundTripTimeVariance = from.highestRoundTripTimeVariance
    this.roundTripTime = from.roundTripTime
    this.roundTripTimeVariance = from.roundTripTimeVariance
    this.reliableDataInTransit = from.reliableDataInTransit
    this.outgoingQueued = from.outgoingQueued
    this.outgoingReliableSequenceNumber = from.outgoingReliableSequenceNumber
    this.incomingUnsequencedGroup = from.incomingUnsequencedGroup
    this.outgoingUnsequencedGroup = from.outgoingUnsequencedGroup
    this.unsequencedGroups = from.unsequencedGroups
    this.unsequencedOwner = from.unsequencedOwner
    this.totalWaitingData = from.totalWaitingData
    this.dispatchedData = from.dispatchedData
    this.waitingOverhead = from.waitingOverhead
    this.incompleteLength = from.incompleteLength
    this.reassembling = from.reassembling
    this.reassemblyAt = from.reassemblyAt
    this.malformed = from.malformed
    this.billed = from.billed
    this.borrower = from.borrower
    this.acknowledgements = from.acknowledgements
    this.sentReliable = from.sentReliable
    this.outgoing = from.outgoing
    this.outgoingReliable = from.outgoingReliable
    this.dispatched = from.dispatched
    this.channels = from.channels
  }

  /** Whether `enet_peer_disconnect_later` has something to wait for. */
  get hasOutgoing(): boolean {
    return this.outgoing.size > 0 || this.outgoingReliable.size > 0 || this.sentReliable.size > 0
  }

  /** A channel for reading; all channels start alike. */
  channel(channelID: number): Channel {
    return this.channels[channelID] ?? pristine
  }

  /** A channel for writing. The peer must be owned by the step. */
  editChannel(channelID: number): Channel {
    const channel = this.channels[channelID]
    if (channel !== undefined && channel.owner === this.owner) return channel
    const copy = new Channel(this.owner, channel)
    const channels = this.channels.slice()
    while (channels.length < channelID) channels.push(undefined)
    channels[channelID] = copy
    this.channels = channels
    return copy
  }

  /** Which of 1,024 unsequenced groups have come, a bit for each, in words of 32. */
  get unsequencedWindow(): ReadonlyArray<number> {
    return this.unsequencedGroups
  }

  /** The same for writing. The peer must be owned by the step. */
  editUnsequencedWindow(): Array<number> {
    if (this.unsequencedOwner !== this.owner) {
      this.unsequencedGroups = this.unsequencedGroups.slice()
      this.unsequencedOwner = this.owner
    }
    return this.unsequencedGroups
  }

  clearUnsequencedWindow(): void {
    this.unsequencedGroups = emptyWindow
    this.unsequencedOwner = nobody
  }

  /** Empty queues are shared: a connection with nothing under way takes little memory, and has little to be looked at. */
  shareEmpty(): void {
    if (this.acknowledgements.size === 0) this.acknowledgements = noAcknowledgements
    if (this.sentReliable.size === 0) this.sentReliable = nothingSent
    if (this.outgoing.size === 0) this.outgoing = OutgoingQueue.empty
    if (this.outgoingReliable.size === 0) this.outgoingReliable = OutgoingQueue.empty
    if (this.dispatched.size === 0) this.dispatched = nothingDispatched
  }

  /** What an entry that is dropped from a channel no longer counts for. */
  release(entry: Incoming): void {
    this.totalWaitingData -= entry.length
    this.waitingOverhead -= overheadOf(entry)
    if (entry.payload !== undefined || entry.reassembly === undefined) return
    this.incompleteLength -= entry.length
    this.reassembling -= entry.reassembly.heldBytes
  }

  /** Drops everything queued in either direction and the channels (`enet_peer_reset_queues`). */
  clearQueues(keepDispatched: boolean): void {
    this.acknowledgements = noAcknowledgements
    this.sentReliable = nothingSent
    this.outgoing = OutgoingQueue.empty
    this.outgoingReliable = OutgoingQueue.empty
    this.channels = noChannels
    this.link = { ...this.link, channelCount: 0 }
    this.outgoingQueued = 0
    if (!keepDispatched) {
      this.dispatched = nothingDispatched
      this.dispatchedData = 0
    }
    this.totalWaitingData = this.dispatchedData
    this.waitingOverhead = this.dispatched.size * HELD_OVERHEAD
    this.incompleteLength = 0
    this.reassembling = 0
    this.borrower = -1
  }
}
