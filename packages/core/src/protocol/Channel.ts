/**
 * The sequence state of one channel of one peer (`ENetChannel`), and what waits on it.
 */
import { PEER_RELIABLE_WINDOWS } from "../wire/Constants.ts"
import { ChunkList } from "./collections/ChunkList.ts"
import { nobody, type Owner } from "./collections/Owner.ts"
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

const noWindows = new Array<number>(PEER_RELIABLE_WINDOWS).fill(0)

export class Channel {
  readonly owner: Owner
  /** Last number assigned to an outgoing reliable command. */
  outgoingReliableSequenceNumber: number
  outgoingUnreliableSequenceNumber: number
  /** Bit w is set while reliable window w has unacknowledged commands. */
  usedReliableWindows: number
  /** Last number delivered. */
  incomingReliableSequenceNumber: number
  incomingUnreliableSequenceNumber: number
  incomingReliable: ChunkList<Incoming>
  incomingUnreliable: ChunkList<Incoming>
  private windows: Array<number>
  private windowsOwner: Owner

  constructor(owner: Owner, from: Channel | undefined) {
    this.owner = owner
    this.outgoingReliableSequenceNumber = from === undefined ? 0 : from.outgoingReliableSequenceNumber
    this.outgoingUnreliableSequenceNumber = from === undefined ? 0 : from.outgoingUnreliableSequenceNumber
    this.usedReliableWindows = from === undefined ? 0 : from.usedReliableWindows
    this.incomingReliableSequenceNumber = from === undefined ? 0 : from.incomingReliableSequenceNumber
    this.incomingUnreliableSequenceNumber = from === undefined ? 0 : from.incomingUnreliableSequenceNumber
    this.incomingReliable = from === undefined ? noIncoming : from.incomingReliable
    this.incomingUnreliable = from === undefined ? noIncoming : from.incomingUnreliable
    this.windows = from === undefined ? noWindows : from.windows
    this.windowsOwner = from === undefined ? nobody : from.windowsOwner
  }

  /** Unacknowledged commands by reliable window. */
  get reliableWindows(): ReadonlyArray<number> {
    return this.windows
  }

  /** The same for writing. The channel must be owned by the step. */
  editReliableWindows(): Array<number> {
    if (this.windowsOwner !== this.owner) {
      this.windows = this.windows.slice()
      this.windowsOwner = this.owner
    }
    return this.windows
  }
}

const noIncoming: ChunkList<Incoming> = ChunkList.empty()
