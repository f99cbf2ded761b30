/**
 * Received packets on their way to the application: put in order, checked against the limits, and dispatched.
 */
import type * as Command from "../wire/Command.ts"
import {
  PACKET_FLAG_RELIABLE,
  PACKET_FLAG_UNSEQUENCED,
  PEER_FREE_UNSEQUENCED_WINDOWS,
  PEER_UNSEQUENCED_WINDOW_SIZE
} from "../wire/Constants.ts"
import type { Channel, Incoming } from "./Channel.ts"
import { Cursor } from "./collections/ChunkList.ts"
import type { Settings } from "./Host.ts"
import { HELD_OVERHEAD, type Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { enqueueDispatch, type Step } from "./Step.ts"
import { isAcceptable } from "./Windows.ts"

/** Keeps a piece of a datagram without keeping much more of the datagram than the piece. */
export const retain = (bytes: Uint8Array): Uint8Array =>
  bytes.length * 4 < bytes.buffer.byteLength ? bytes.slice() : bytes

const retained = (entry: Incoming): Incoming =>
  entry.payload === undefined ? entry : { ...entry, payload: retain(entry.payload) }

/**
 * So many packets of a peer may wait for the application as views of their datagrams, besides those that it may take in
 * this very step; what comes later is `retain`ed.
 */
const PROMPTLY_READ = 256

/**
 * Walks back from the tail as long as entries belong behind `number`, where numbers below the last delivered one have
 * wrapped and are later than the others. Leaves the cursor at the entry behind which the number belongs, or at an equal
 * one, which is returned. The list need not be in order: a packet in fragments can overtake what a hostile remote has
 * numbered like its fragments.
 */
export const seekReliable = (channel: Channel, number: number, cursor: Cursor): Incoming | undefined => {
  const delivered = channel.incomingReliableSequenceNumber
  const list = channel.incomingReliable
  for (let entry = list.last(cursor); entry !== undefined; entry = list.before(cursor)) {
    cursor.walked++
    const at = entry.reliableSequenceNumber
    if (number >= delivered) {
      if (at < delivered) continue
    } else if (at >= delivered) return undefined
    if (at <= number) return at === number ? entry : undefined
  }
  return undefined
}

/** The same for the pair of numbers of an unreliable packet. */
export const seekUnreliable = (
  channel: Channel,
  number: number,
  unreliable: number,
  cursor: Cursor
): Incoming | undefined => {
  const delivered = channel.incomingReliableSequenceNumber
  const list = channel.incomingUnreliable
  for (let entry = list.last(cursor); entry !== undefined; entry = list.before(cursor)) {
    cursor.walked++
    const at = entry.reliableSequenceNumber
    if (number >= delivered) {
      if (at < delivered) continue
    } else if (at >= delivered) return undefined
    if (at < number) return undefined
    if (at > number) continue
    if (entry.unreliableSequenceNumber <= unreliable) {
      return entry.unreliableSequenceNumber === unreliable ? entry : undefined
    }
  }
  return undefined
}

/** Whether a packet may be kept for the application, by the limit on everything that waits. */
const hasRoom = ({ maximumWaitingData: limit }: Settings, peer: Peer): boolean =>
  peer.totalWaitingData < limit && peer.waitingOverhead < limit

/**
 * The reliable packet that all later ones of its channel wait for is refused only for what the application has not
 * fetched: refusing it for the sake of those would block them for ever. Of packets in fragments, which may never become
 * complete, one at a time is taken so.
 */
const mayBorrow = ({ maximumWaitingData: limit }: Settings, peer: Peer, entry: Incoming, delivered: number): boolean =>
  isAwaited(entry, delivered) && (entry.payload !== undefined || peer.borrower === -1) &&
  peer.dispatchedData < limit && peer.dispatched.size * HELD_OVERHEAD < limit

const isAwaited = ({ kind, reliableSequenceNumber }: Incoming, delivered: number): boolean =>
  (kind === "SendReliable" || kind === "SendFragment") && reliableSequenceNumber === ((delivered + 1) & 0xffff)

/** `Discarded` is silent success for whole packets, and an error for fragments; `Refused` is an error for all. */
export type Queued = "Queued" | "Discarded" | "Refused"

/** `enet_peer_queue_incoming_command`. */
export const queueIncoming = (step: Step, peer: Peer, channelID: number, entry: Incoming): Queued => {
  if (peer.state === PeerState.DisconnectLater) return "Discarded"
  const seen = peer.channel(channelID)
  const { kind, reliableSequenceNumber: number, unreliableSequenceNumber: unreliable } = entry
  const delivered = seen.incomingReliableSequenceNumber
  if (kind !== "SendUnsequenced" && !isAcceptable(number, delivered)) return "Discarded"
  const cursor = new Cursor()
  switch (kind) {
    case "SendReliable":
    case "SendFragment":
      if (number === delivered || seekReliable(seen, number, cursor) !== undefined) return "Discarded"
      break
    case "SendUnreliable":
    case "SendUnreliableFragment":
      if (number === delivered && unreliable <= seen.incomingUnreliableSequenceNumber) return "Discarded"
      if (seekUnreliable(seen, number, unreliable, cursor) !== undefined) return "Discarded"
      break
    case "SendUnsequenced":
      cursor.chunk = -1
  }
  step.work += cursor.walked
  if (!hasRoom(step.host.settings, peer)) {
    if (!mayBorrow(step.host.settings, peer, entry, delivered)) {
      step.verdict = "BudgetExceeded"
      return "Refused"
    }
    if (entry.payload === undefined) peer.borrower = channelID
  }
  peer.totalWaitingData += entry.length
  peer.waitingOverhead += HELD_OVERHEAD
  if (entry.payload === undefined) peer.incompleteLength += entry.length
  const channel = peer.editChannel(channelID)
  if (kind === "SendReliable" || kind === "SendFragment") {
    channel.incomingReliable = channel.incomingReliable.edit(step.owner)
    channel.incomingReliable.insertAfter(cursor, retained(entry))
    dispatchReliable(step, peer, channelID)
  } else {
    const kept = retained(entry)
    channel.incomingUnreliable = channel.incomingUnreliable.edit(step.owner)
    channel.incomingUnreliable.insertAfter(cursor, kept)
    dispatchUnreliable(step, peer, channelID, kept)
  }
  return "Queued"
}

/** Moves a complete packet to the end of the peer's dispatched packets. */
const deliver = (step: Step, peer: Peer, channelID: number, payload: Uint8Array, flags: number): void => {
  peer.dispatched = peer.dispatched.edit(step.owner)
  const kept = mayBeView(step, peer) ? payload : retain(payload)
  peer.dispatched.push({ _tag: "Receive", peer: peer.ref, channelID, payload: kept, flags })
  peer.dispatchedData += payload.length
  enqueueDispatch(step, peer)
}

const mayBeView = ({ takes }: Step, { dispatched, isHeld }: Peer): boolean =>
  dispatched.size < PROMPTLY_READ + (isHeld ? 0 : takes)

/** `enet_peer_dispatch_incoming_reliable_commands`: delivers the complete packets that are next in line. */
export const dispatchReliable = (step: Step, peer: Peer, channelID: number): void => {
  const channel = peer.editChannel(channelID)
  let consumed = false
  for (let entry = channel.incomingReliable.head(); entry !== undefined; entry = channel.incomingReliable.head()) {
    const next = (channel.incomingReliableSequenceNumber + 1) & 0xffff
    if (entry.payload === undefined || entry.reliableSequenceNumber !== next) break
    const span = entry.reassembly === undefined ? 1 : entry.reassembly.fragmentCount
    channel.incomingReliableSequenceNumber = (next + span - 1) & 0xffff
    channel.incomingReliable = channel.incomingReliable.edit(step.owner)
    channel.incomingReliable.shift()
    deliver(step, peer, channelID, entry.payload, entry.flags)
    consumed = true
  }
  if (!consumed) return
  if (peer.borrower === channelID) peer.borrower = -1
  channel.incomingUnreliableSequenceNumber = 0
  if (channel.incomingUnreliable.size > 0) dispatchUnreliable(step, peer, channelID, undefined)
}

/**
 * `enet_peer_dispatch_incoming_unreliable_commands`: delivers the unreliable packets of the current reliable number, and
 * drops what came too late. `queued`, which was queued just now, is never dropped.
 *
 * The entries before `current` are looked at one by one; of those, the ones from `start` on are a run that is delivered
 * when it ends, and the ones before `dropped` go if they were not delivered.
 */
export const dispatchUnreliable = (step: Step, peer: Peer, channelID: number, queued: Incoming | undefined): void => {
  const channel = peer.editChannel(channelID)
  const list = channel.incomingUnreliable
  const delivered = channel.incomingReliableSequenceNumber
  const seen: Array<Incoming | undefined> = []
  let start = 0
  let dropped = 0
  const flush = (end: number): void => {
    for (let i = start; i < end; i++) {
      const entry = seen[i]
      if (entry?.payload !== undefined) deliver(step, peer, channelID, entry.payload, entry.flags)
      seen[i] = undefined
    }
  }
  const cursor = new Cursor()
  let current = 0
  for (let entry = list.first(cursor); entry !== undefined; entry = list.after(cursor), current++) {
    if (entry.kind === "SendUnsequenced") {
      seen.push(entry)
      continue
    }
    if (entry.reliableSequenceNumber === delivered) {
      seen.push(entry)
      if (entry.payload !== undefined) {
        channel.incomingUnreliableSequenceNumber = entry.unreliableSequenceNumber
        continue
      }
      if (start !== current) {
        flush(current)
        dropped = current
      } else if (dropped !== current) dropped = current - 1
    } else {
      if (isAcceptable(entry.reliableSequenceNumber, delivered)) break
      seen.push(entry)
      dropped = current + 1
      flush(current)
    }
    start = current + 1
  }
  if (start !== current) {
    flush(current)
    dropped = current
  }
  const kept = seen.filter((entry, index): entry is Incoming => {
    if (entry === undefined) return false
    if (index >= dropped || entry === queued) return true
    peer.release(entry)
    return false
  })
  if (kept.length === current) return
  channel.incomingUnreliable = channel.incomingUnreliable.edit(step.owner)
  channel.incomingUnreliable.drop(current)
  channel.incomingUnreliable.prepend(kept)
}

type WholeCommand = Command.SendReliable | Command.SendUnreliable | Command.SendUnsequenced

/** Takes a packet that came whole. `deliverNow` does it in the common case, in which nothing has to be queued. */
const take = (
  step: Step,
  peer: Peer,
  command: WholeCommand,
  unreliableSequenceNumber: number,
  flags: number
): boolean =>
  deliverNow(step, peer, command, unreliableSequenceNumber, flags) ||
  queueIncoming(step, peer, command.channelID, {
      kind: command._tag,
      reliableSequenceNumber: command.reliableSequenceNumber,
      unreliableSequenceNumber,
      flags,
      length: command.payload.length,
      payload: command.payload,
      reassembly: undefined
    }) !== "Refused"

/** Delivers a packet that is next in line on its channel, if nothing is in its way. */
const deliverNow = (
  step: Step,
  peer: Peer,
  command: WholeCommand,
  unreliableSequenceNumber: number,
  flags: number
): boolean => {
  if (peer.state === PeerState.DisconnectLater || !hasRoom(step.host.settings, peer)) return false
  const { channelID, payload, reliableSequenceNumber: number } = command
  const seen = peer.channel(channelID)
  const delivered = seen.incomingReliableSequenceNumber
  switch (command._tag) {
    case "SendReliable": {
      if (seen.incomingReliable.size > 0 || number !== ((delivered + 1) & 0xffff)) return false
      const channel = peer.editChannel(channelID)
      channel.incomingReliableSequenceNumber = number
      channel.incomingUnreliableSequenceNumber = 0
      break
    }
    case "SendUnreliable":
      if (seen.incomingUnreliable.size > 0 || number !== delivered) return false
      if (unreliableSequenceNumber <= seen.incomingUnreliableSequenceNumber) return false
      peer.editChannel(channelID).incomingUnreliableSequenceNumber = unreliableSequenceNumber
      break
    case "SendUnsequenced":
      if (seen.incomingUnreliable.size > 0) return false
  }
  peer.totalWaitingData += payload.length
  peer.waitingOverhead += HELD_OVERHEAD
  deliver(step, peer, channelID, payload, flags)
  // unreliable ones that came before their reliable one
  if (seen.incomingUnreliable.size > 0) dispatchUnreliable(step, peer, channelID, undefined)
  return true
}

/** `enet_protocol_handle_send_reliable`. `false` stops the datagram. */
export const handleReliable = (step: Step, peer: Peer, command: Command.SendReliable): boolean =>
  take(step, peer, command, 0, PACKET_FLAG_RELIABLE)

/** `enet_protocol_handle_send_unreliable`. */
export const handleUnreliable = (step: Step, peer: Peer, command: Command.SendUnreliable): boolean =>
  take(step, peer, command, command.unreliableSequenceNumber, 0)

/** `enet_protocol_handle_send_unsequenced`: each group once, within a window that only moves forward. */
export const handleUnsequenced = (step: Step, peer: Peer, command: Command.SendUnsequenced): boolean => {
  const group = command.unsequencedGroup
  const index = group % PEER_UNSEQUENCED_WINDOW_SIZE
  const base = peer.incomingUnsequencedGroup
  const ahead = group < base ? group + 0x10000 : group
  if (ahead >= base + PEER_FREE_UNSEQUENCED_WINDOWS * PEER_UNSEQUENCED_WINDOW_SIZE) return true
  const bit = 1 << (index % 32)
  if (group - index !== base) {
    peer.incomingUnsequencedGroup = group - index
    peer.clearUnsequencedWindow()
  } else if ((peer.unsequencedWindow[index >>> 5]! & bit) !== 0) return true
  if (!take(step, peer, command, 0, PACKET_FLAG_UNSEQUENCED)) return false
  peer.editUnsequencedWindow()[index >>> 5]! |= bit
  return true
}
