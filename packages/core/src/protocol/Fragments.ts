/**
 * Reassembly of packets that came in several datagrams.
 */
import type * as Command from "../wire/Command.ts"
import { PROTOCOL_MAXIMUM_FRAGMENT_COUNT } from "../wire/Constants.ts"
import type { Channel, Incoming } from "./Channel.ts"
import { Cursor } from "./collections/ChunkList.ts"
import { Fifo } from "./collections/Fifo.ts"
import { nobody, type Owner } from "./collections/Owner.ts"
import {
  dispatchReliable,
  dispatchUnreliable,
  queueIncoming,
  retain,
  seekReliable,
  seekUnreliable
} from "./Incoming.ts"
import { HELD_OVERHEAD, overheadOf, type Peer } from "./Peer.ts"
import type { Step } from "./Step.ts"
import { isAcceptable } from "./Windows.ts"

interface Part {
  readonly offset: number
  readonly bytes: Uint8Array
}

const WORD = 32
const noParts: Fifo<Part> = Fifo.empty()

/**
 * The fragments of one packet that have arrived. Memory grows with what arrives: the packet is put together when it is
 * complete, in the order of arrival, and what no fragment covered is zero. Fragments that overlap, which no honest
 * sender makes, are put together as soon as they hold twice the packet.
 */
export class Reassembly {
  readonly owner: Owner
  readonly fragmentCount: number
  readonly totalLength: number
  remaining: number
  /** What the records of the fragments are charged: see `overheadOfFragment`. */
  overhead: number
  /** Bytes of the parts. */
  heldBytes: number
  private parts: Fifo<Part>
  /** A bit for each fragment that arrived, in words of 32 within pages of 32 words. */
  private pages: Array<Array<number> | undefined>
  private ownPages: Set<number>

  private constructor(owner: Owner, fragmentCount: number, totalLength: number, from: Reassembly | undefined) {
    this.owner = owner
    this.fragmentCount = fragmentCount
    this.totalLength = totalLength
    this.remaining = from === undefined ? fragmentCount : from.remaining
    this.overhead = from === undefined ? 0 : from.overhead
    this.parts = from === undefined ? noParts : from.parts
    this.heldBytes = from === undefined ? 0 : from.heldBytes
    this.pages = from === undefined ? [] : from.pages.slice()
    this.ownPages = new Set()
  }

  static start(fragmentCount: number, totalLength: number): Reassembly {
    return new Reassembly(nobody, fragmentCount, totalLength, undefined)
  }

  edit(owner: Owner): Reassembly {
    return this.owner === owner ? this : new Reassembly(owner, this.fragmentCount, this.totalLength, this)
  }

  has(fragment: number): boolean {
    const page = this.pages[Math.floor(fragment / (WORD * WORD))]
    return page !== undefined && (page[(fragment >>> 5) % WORD]! & (1 << (fragment % WORD))) !== 0
  }

  add(fragment: number, offset: number, bytes: Uint8Array, overhead: number): void {
    this.mark(fragment)
    this.remaining--
    this.overhead += overhead
    this.keep(offset, bytes)
    if (this.heldBytes > 2 * this.totalLength) this.keep(0, this.assemble())
  }

  /** The packet as far as it has arrived; its pieces are given up. */
  assemble(): Uint8Array {
    const packet = new Uint8Array(this.totalLength)
    this.parts.forEach(({ bytes, offset }) => packet.set(bytes, offset))
    this.parts = noParts
    this.heldBytes = 0
    return packet
  }

  private keep(offset: number, bytes: Uint8Array): void {
    this.parts = this.parts.edit(this.owner)
    this.parts.push({ offset, bytes })
    this.heldBytes += bytes.length
  }

  private mark(fragment: number): void {
    const index = Math.floor(fragment / (WORD * WORD))
    let page = this.pages[index]
    if (page === undefined || !this.ownPages.has(index)) {
      page = page === undefined ? new Array<number>(WORD).fill(0) : page.slice()
      while (this.pages.length < index) this.pages.push(undefined)
      this.pages[index] = page
      this.ownPages.add(index)
    }
    page[(fragment >>> 5) % WORD]! |= 1 << (fragment % WORD)
  }
}

type FragmentCommand = Command.SendFragment | Command.SendUnreliableFragment

const isValid = (step: Step, command: FragmentCommand): boolean =>
  command.fragmentCount <= PROTOCOL_MAXIMUM_FRAGMENT_COUNT &&
  command.fragmentNumber < command.fragmentCount &&
  command.totalLength <= step.host.settings.maximumPacketSize &&
  command.totalLength >= command.fragmentCount &&
  command.fragmentOffset < command.totalLength &&
  command.payload.length <= command.totalLength - command.fragmentOffset

/**
 * `enet_protocol_handle_send_fragment` and `enet_protocol_handle_send_unreliable_fragment`. `false` stops the datagram.
 */
export const handleFragment = (step: Step, peer: Peer, command: FragmentCommand): boolean => {
  const { channelID, fragmentNumber, payload, reliableSequenceNumber, startSequenceNumber } = command
  const reliable = command._tag === "SendFragment"
  const channel = peer.channel(channelID)
  const delivered = channel.incomingReliableSequenceNumber
  const number = reliable ? startSequenceNumber : reliableSequenceNumber
  if (payload.length === 0) return false
  if (!isAcceptable(number, delivered)) return true
  if (
    !reliable && number === delivered && startSequenceNumber <= channel.incomingUnreliableSequenceNumber
  ) return true
  if (!isValid(step, command)) return false
  const cursor = new Cursor()
  const found = locate(channel, command, cursor)
  step.work += cursor.walked
  if (found === undefined) {
    const queued = queueIncoming(step, peer, channelID, {
      kind: command._tag,
      reliableSequenceNumber: number,
      unreliableSequenceNumber: reliable ? 0 : startSequenceNumber,
      flags: reliable ? 1 : 8,
      length: command.totalLength,
      payload: undefined,
      reassembly: Reassembly.start(command.fragmentCount, command.totalLength)
    })
    // a group begun anew can only be taken when it was queued
    return queued === "Queued" && addFragment(step, peer, command)
  }
  const reassembly = found.reassembly
  if (
    reassembly === undefined || found.kind !== command._tag || reassembly.totalLength !== command.totalLength ||
    reassembly.fragmentCount !== command.fragmentCount
  ) return false
  return reassembly.has(fragmentNumber) || addFragment(step, peer, command)
}

const locate = (channel: Channel, command: FragmentCommand, cursor: Cursor): Incoming | undefined =>
  command._tag === "SendFragment"
    ? seekReliable(channel, command.startSequenceNumber, cursor)
    : seekUnreliable(channel, command.reliableSequenceNumber, command.startSequenceNumber, cursor)

/**
 * The whole length of a packet counts from its first fragment on, so that only fragments smaller than their records are
 * charged for these. An honest sender makes at most one, the last.
 */
const overheadOfFragment = ({ fragmentCount, fragmentNumber, payload }: FragmentCommand): number =>
  fragmentNumber === fragmentCount - 1 ? 0 : Math.max(HELD_OVERHEAD - payload.length, 0)

const addFragment = (step: Step, peer: Peer, command: FragmentCommand): boolean => {
  // also when there is no room: the remote has done its part
  peer.reassemblyAt = step.now
  const overhead = overheadOfFragment(command)
  if (overhead > 0 && peer.waitingOverhead >= step.host.settings.maximumWaitingData) {
    step.verdict = "BudgetExceeded"
    return false
  }
  const channel = peer.editChannel(command.channelID)
  const cursor = new Cursor()
  const entry = locate(channel, command, cursor)
  // a group that the unreliable rules evicted while it was being queued
  if (entry?.reassembly === undefined) return true
  const charged = overheadOf(entry)
  peer.reassembling -= entry.reassembly.heldBytes
  const reassembly = entry.reassembly.edit(step.owner)
  reassembly.add(command.fragmentNumber, command.fragmentOffset, retain(command.payload), overhead)
  const reliable = command._tag === "SendFragment"
  const complete = reassembly.remaining === 0
  const next: Incoming = { ...entry, payload: complete ? reassembly.assemble() : undefined, reassembly }
  peer.waitingOverhead += overheadOf(next) - charged
  if (complete) peer.incompleteLength -= entry.length
  else peer.reassembling += reassembly.heldBytes
  if (reliable) {
    channel.incomingReliable = channel.incomingReliable.edit(step.owner)
    channel.incomingReliable.set(cursor, next)
    if (complete) dispatchReliable(step, peer, command.channelID)
  } else {
    channel.incomingUnreliable = channel.incomingUnreliable.edit(step.owner)
    channel.incomingUnreliable.set(cursor, next)
    if (complete) dispatchUnreliable(step, peer, command.channelID, undefined)
  }
  return true
}
