/**
 * The sequence state of one channel of one peer (`ENetChannel`), and what waits on it.
 */
import { PEER_RELIABLE_WINDOWS } from "../wire/Constants.ts"
import { ChunkList } from "./collections/ChunkList.ts"
import type { Owner } from "./collections/Owner.ts"
import type { Reassembly } from "./Fragments.ts"

/**
 * A received packet that may not be delivered yet (`ENetIncomingCommand`).
 */
export interface Incoming {
  readonly kind: IncomingKind
  readonly reliableSequenceNumber: number
  readonly unreliableSequenceNumber: number
  /** `ENetPacketFlag` of the packet, reconstructed from the command. */
  readonly flags: number
  /** Bytes that it counts in `totalWaitingData`: the whole packet, also while fragments are missing. */
  readonly length: number
  /** The payload, or `undefined` while fragments are missing. */
  readonly payload: Uint8Array | undefined
  readonly reassembly: Reassembly | undefined
}

export type IncomingKind =
  | "SendReliable"
  | "SendFragment"
  | "SendUnreliable"
  | "SendUnreliableFragment"
  | "SendUnsequenced"

const noWindows: ReadonlyArray<number> = new Array<number>(PEER_RELIABLE_WINDOWS).fill(0)

export class Channel {
  readonly owner: Owner
  /** Last number assigned to an outgoing reliable command. */
  outgoingReliableSequenceNumber: number
  outgoingUnreliableSequenceNumber: number
  /** Bit w is set while reliable window w has unacknowledged commands. */
  usedReliableWindows: number
  /** Unacknowledged commands by reliable window; replaced as a whole. */
  reliableWindows: ReadonlyArray<number>
  /** Last number delivered. */
  incomingReliableSequenceNumber: number
  incomingUnreliableSequenceNumber: number
  incomingReliable: ChunkList<Incoming>
  incomingUnreliable: ChunkList<Incoming>

  constructor(owner: Owner, from: Channel | undefined) {
    this.owner = owner
    this.outgoingReliableSequenceNumber = from === undefined ? 0 : from.outgoingReliableSequenceNumber
    this.outgoingUnreliableSequenceNumber = from === undefined ? 0 : from.outgoingUnreliableSequenceNumber
    this.usedReliableWindows = from === undefined ? 0 : from.usedReliableWindows
    this.reliableWindows = from === undefined ? noWindows : from.reliableWindows
    this.incomingReliableSequenceNumber = from === undefined ? 0 : from.incomingReliableSequenceNumber
    this.incomingUnreliableSequenceNumber = from === undefined ? 0 : from.incomingUnreliableSequenceNumber
    this.incomingReliable = from === undefined ? noIncoming : from.incomingReliable
    this.incomingUnreliable = from === undefined ? noIncoming : from.incomingUnreliable
  }
}

const noIncoming: ChunkList<Incoming> = ChunkList.empty()
