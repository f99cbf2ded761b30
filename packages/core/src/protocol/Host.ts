/**
 * The state of a host (`ENetHost`): its settings, its peers and its counters.
 */
import {
  HOST_DEFAULT_MAXIMUM_PACKET_SIZE,
  HOST_DEFAULT_MAXIMUM_WAITING_DATA,
  HOST_DEFAULT_MTU,
  PROTOCOL_MAXIMUM_CHANNEL_COUNT,
  PROTOCOL_MAXIMUM_PEER_ID
} from "../wire/Constants.ts"
import type { Checksum, Compressor } from "../wire/Hooks.ts"
import type { Address } from "./Address.ts"
import type { Budgets } from "./Budgets.ts"
import { Fifo } from "./collections/Fifo.ts"
import { nobody, type Owner } from "./collections/Owner.ts"
import { Pages } from "./collections/Pages.ts"
import { Places } from "./collections/Places.ts"
import { Radix } from "./collections/Radix.ts"
import { defaultProving, HalfOpenTable, type Proving } from "./HalfOpen.ts"
import type { DropReason, PeerRef } from "./Output.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"

/**
 * What an application sets on a host. Values are in ENet's ranges already: `make` does not check them again.
 */
export interface Settings {
  readonly maxPeers: number
  readonly channelLimit: number
  readonly incomingBandwidth: number
  readonly outgoingBandwidth: number
  readonly mtu: number
  readonly duplicatePeers: number
  readonly maximumPacketSize: number
  readonly maximumWaitingData: number
  readonly refuseNewConnections: boolean
  /** How strangers are treated; `undefined` is ENet's own handshake. */
  readonly proving: Proving | undefined
  /** What may be kept for peers; `undefined` is ENet's own limits. */
  readonly budgets: Budgets | undefined
  /** Who connects waits in ConnectionPending until `Admit`. */
  readonly admission: boolean
  readonly checksum: Checksum | undefined
  readonly compressor: Compressor | undefined
  /** Sees each datagram before the protocol; `true` keeps it from the protocol (`ENetInterceptCallback`). */
  readonly intercept: ((address: Address, bytes: Uint8Array) => boolean) | undefined
}

export const defaultSettings: Settings = {
  maxPeers: 32,
  channelLimit: PROTOCOL_MAXIMUM_CHANNEL_COUNT,
  incomingBandwidth: 0,
  outgoingBandwidth: 0,
  mtu: HOST_DEFAULT_MTU,
  duplicatePeers: PROTOCOL_MAXIMUM_PEER_ID,
  maximumPacketSize: HOST_DEFAULT_MAXIMUM_PACKET_SIZE,
  maximumWaitingData: HOST_DEFAULT_MAXIMUM_WAITING_DATA,
  refuseNewConnections: false,
  proving: undefined,
  budgets: undefined,
  admission: false,
  checksum: undefined,
  compressor: undefined,
  intercept: undefined
}

export type Dropped = { readonly [Reason in DropReason]?: number }

/** 0 and values above 255 stand for 255, as in `enet_host_channel_limit`. */
export const channelLimitOf = (limit: number): number =>
  limit === 0 || limit > PROTOCOL_MAXIMUM_CHANNEL_COUNT ? PROTOCOL_MAXIMUM_CHANNEL_COUNT : limit

export class Host {
  readonly owner: Owner
  settings: Settings
  peers: Radix<Peer>
  /** Slots in use, by a hash of the remote's IP address: they are found by address without a scan of all peers. */
  neighbours: Radix<ReadonlyArray<number>>
  /** The same by a hash of IP address and port. */
  endpoints: Radix<ReadonlyArray<number>> = noSlots
  /** Slots by the peer id that their remotes write, where that is not the slot itself. */
  routes: Places = Places.empty
  halfOpen: HalfOpenTable = HalfOpenTable.empty
  /** Refusals answered in the second that began at `refusalsSince`. */
  refusals = 0
  refusalsSince = 0
  /** VERIFY_CONNECTs sent again without a CONNECT, by network, in the second that began at `askedAgainSince`. */
  askedAgain: Pages<number> = noCounts
  askedAgainSince = 0
  /** Bytes kept for all peers, as of their last bills. */
  memory = 0
  /** Slots below it are taken. */
  lowestFree = 0
  takenSlots = 0
  connections = 0
  connectedPeers = 0
  bandwidthLimitedPeers = 0
  recalculateBandwidthLimits = false
  bandwidthThrottleEpoch = 0
  /** Counts queued commands, so that two queues can be sent in one order. */
  totalQueued = 0
  /** Peers with packets for the application, as tickets: slots in low bits, in the order in which they joined. */
  dispatchQueue: Fifo<number> = noTickets
  /** Peers whose connection or end the application does not know yet, likewise. */
  announcements: Fifo<number> = noTickets
  dispatchTickets = 0
  holdIncoming = false
  totalSentData = 0
  totalSentPackets = 0
  totalReceivedData = 0
  totalReceivedPackets = 0
  dropped: Dropped = {}

  constructor(owner: Owner, settings: Settings, peers: Radix<Peer>, neighbours: Radix<ReadonlyArray<number>>) {
    this.owner = owner
    this.settings = settings
    this.peers = peers
    this.neighbours = neighbours
  }

  copy(owner: Owner): Host {
    const copy = new Host(owner, this.settings, this.peers.edit(owner), this.neighbours)
    copy.endpoints = this.endpoints
    copy.routes = this.routes
    copy.halfOpen = this.halfOpen
    copy.refusals = this.refusals
    copy.refusalsSince = this.refusalsSince
    copy.askedAgain = this.askedAgain
    copy.askedAgainSince = this.askedAgainSince
    copy.memory = this.memory
    copy.lowestFree = this.lowestFree
    copy.takenSlots = this.takenSlots
    copy.connections = this.connections
    copy.connectedPeers = this.connectedPeers
    copy.bandwidthLimitedPeers = this.bandwidthLimitedPeers
    copy.recalculateBandwidthLimits = this.recalculateBandwidthLimits
    copy.bandwidthThrottleEpoch = this.bandwidthThrottleEpoch
    copy.totalQueued = this.totalQueued
    copy.dispatchQueue = this.dispatchQueue
    copy.announcements = this.announcements
    copy.dispatchTickets = this.dispatchTickets
    copy.holdIncoming = this.holdIncoming
    copy.totalSentData = this.totalSentData
    copy.totalSentPackets = this.totalSentPackets
    copy.totalReceivedData = this.totalReceivedData
    copy.totalReceivedPackets = this.totalReceivedPackets
    copy.dropped = this.dropped
    return copy
  }
}

const noSlots: Radix<ReadonlyArray<number>> = Radix.empty()
const noCounts: Pages<number> = Pages.empty()
const noTickets: Fifo<number> = Fifo.empty()

/** What `make` takes: of `proving` only the secret is needed. */
export type PartialSettings = Partial<Omit<Settings, "proving">> & {
  readonly proving?: (Partial<Proving> & Pick<Proving, "secret">) | undefined
}

/** A host with no connections (`enet_host_create`). */
export const make = (settings: PartialSettings = {}): Host => {
  const all = { ...defaultSettings, ...settings }
  return new Host(
    nobody,
    {
      ...all,
      channelLimit: channelLimitOf(all.channelLimit),
      proving: all.proving && { ...defaultProving, ...all.proving }
    },
    Radix.empty<Peer>(),
    Radix.empty<ReadonlyArray<number>>()
  )
}

/** The peer of a reference, while its connection exists. */
export const peerOf = (host: Host, ref: PeerRef): Peer | undefined => {
  const peer = host.peers.get(ref.slot)
  return peer !== undefined && peer.connection === ref.connection && peer.state !== PeerState.Disconnected
    ? peer
    : undefined
}
