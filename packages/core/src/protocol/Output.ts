/**
 * What a step gives back besides the new state.
 */
import type { Address } from "./Address.ts"

/** A connection: its slot, and the number that tells it from earlier and later connections of the slot. */
export interface PeerRef {
  readonly slot: number
  readonly connection: number
}

/** A datagram to send. Nothing else refers to its bytes. */
export interface Transmit {
  readonly address: Address
  readonly bytes: Uint8Array
}

/**
 * Why a connection ended: the remote said so, the remote refused our CONNECT, the remote confirmed what we said, the remote
 * stopped answering, its VERIFY_CONNECT did not fit our CONNECT, or it did what we do not put up with.
 */
export type DisconnectReason =
  | "Remote"
  | "Refused"
  | "Local"
  | "Timeout"
  | "Rejected"
  | "BudgetExceeded"
  | "ProtocolViolation"

export interface ConnectEvent {
  readonly _tag: "Connect"
  readonly peer: PeerRef
  /** The remote's value for an incoming connection, 0 for an outgoing one. */
  readonly data: number
}

export interface ReceiveEvent {
  readonly _tag: "Receive"
  readonly peer: PeerRef
  readonly channelID: number
  readonly payload: Uint8Array
  /** `ENetPacketFlag`, reconstructed from the command. */
  readonly flags: number
}

export interface DisconnectEvent {
  readonly _tag: "Disconnect"
  readonly peer: PeerRef
  readonly data: number
  readonly reason: DisconnectReason
}

export type Event = ConnectEvent | ReceiveEvent | DisconnectEvent

/** The answer to one local call, by the index of its input. Calls that cannot fail have none. */
export interface Answer {
  readonly input: number
  readonly result: PeerRef | CallFailure
}

export type CallFailure = "NoFreeSlot" | "NotConnected" | "InvalidChannel" | "PacketTooLarge"

/** Why a datagram, or the rest of one, was ignored. */
export type DropReason =
  | "TooShort"
  | "TooLong"
  | "UnknownPeer"
  | "NotConnected"
  | "WrongAddress"
  | "WrongSession"
  | "Compressed"
  | "Decompression"
  | "Checksum"
  | "Malformed"
  | "Unacceptable"
  | "NotAcknowledgeable"
  | "HostFull"
  | "DuplicatePeers"
  | "Refusing"
  | "ChannelCount"
  | "Intercepted"
  | "Denied"
  | "TooManyConnects"
  | "HalfOpenFull"
  | "BudgetExceeded"

/**
 * A datagram that was dropped although it came from where a peer is connecting to, in answer to that: perhaps the other
 * side has another compressor or checksum.
 */
export interface Unreadable {
  readonly peer: PeerRef
  readonly reason: DropReason
}

export interface Outputs {
  readonly transmits: ReadonlyArray<Transmit>
  readonly events: ReadonlyArray<Event>
  readonly answers: ReadonlyArray<Answer>
  /** Slots of the peers that this step wrote, in no order. */
  readonly touched: ReadonlyArray<number>
  /** There only when there were such datagrams. */
  readonly unreadable?: ReadonlyArray<Unreadable>
  /** Peers that wait for admission from now on; there only when there are any. */
  readonly applicants?: ReadonlyArray<PeerRef>
}
