/**
 * Acknowledgements received: round trip time, liveness, and the commands that need no retransmission any more.
 */
import type * as Command from "../wire/Command.ts"
import { type ChunkList, Cursor } from "./collections/ChunkList.ts"
import { completeDisconnectLater } from "./Disconnecting.ts"
import type { Outgoing, OutgoingQueue } from "./Outgoing.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { announceConnect, announceDisconnect, type Step } from "./Step.ts"
import { updateThrottle } from "./Throttle.ts"
import { before, span } from "./Time.ts"
import { leave } from "./Windows.ts"

/** The full send time behind its low 16 bits, on the assumption that it is at most 32 seconds old. */
const sendTimeOf = (receivedSentTime: number, now: number): number => {
  const time = ((now & 0xffff0000) | receivedSentTime) >>> 0
  return (receivedSentTime & 0x8000) > (now & 0x8000) ? (time - 0x10000) >>> 0 : time
}

/** The sample of one acknowledgement, and what follows from it every throttle interval. */
const sampleRoundTripTime = (peer: Peer, roundTripTime: number, now: number): void => {
  if (peer.lastReceiveTime > 0) {
    updateThrottle(peer, roundTripTime)
    peer.roundTripTimeVariance -= peer.roundTripTimeVariance >>> 2
    const difference = Math.abs(roundTripTime - peer.roundTripTime)
    peer.roundTripTimeVariance += difference >>> 2
    // never by a negated 0, which would make a floating-point number of it for good
    if (roundTripTime >= peer.roundTripTime) peer.roundTripTime += difference >>> 3
    else peer.roundTripTime -= difference >>> 3
  } else {
    peer.roundTripTime = roundTripTime
    peer.roundTripTimeVariance = (roundTripTime + 1) >>> 1
  }
  peer.lowestRoundTripTime = Math.min(peer.lowestRoundTripTime, peer.roundTripTime)
  peer.highestRoundTripTimeVariance = Math.max(peer.highestRoundTripTimeVariance, peer.roundTripTimeVariance)
  if (peer.packetThrottleEpoch === 0 || span(now, peer.packetThrottleEpoch) >= peer.link.packetThrottleInterval) {
    peer.lastRoundTripTime = peer.lowestRoundTripTime
    peer.lastRoundTripTimeVariance = Math.max(peer.highestRoundTripTimeVariance, 1)
    peer.lowestRoundTripTime = peer.roundTripTime
    peer.highestRoundTripTimeVariance = peer.roundTripTimeVariance
    peer.packetThrottleEpoch = now
  }
}

/** `enet_protocol_handle_acknowledge`. `false` stops the datagram. */
export const handleAcknowledge = (step: Step, peer: Peer, command: Command.Acknowledge): boolean => {
  if (peer.state === PeerState.Disconnected || peer.state === PeerState.Zombie) return true
  const now = step.now
  if (peer.state === PeerState.AcknowledgingConnect && peer.link.proofTime >= 0) {
    return completeProof(step, peer, command)
  }
  // a CONNECT is answered, never acknowledged: this would stop its repetition and all timeouts
  if (peer.state === PeerState.Connecting && step.host.settings.proving !== undefined) return false
  const sentTime = sendTimeOf(command.receivedSentTime, now)
  if (before(now, sentTime)) return true
  sampleRoundTripTime(peer, Math.max(span(now, sentTime), 1), now)
  peer.lastReceiveTime = Math.max(now, 1)
  peer.earliestTimeout = 0
  const removed = removeSentReliable(step, peer, command.receivedReliableSequenceNumber, command.channelID)
  switch (peer.state) {
    case PeerState.AcknowledgingConnect:
      if (removed !== "VerifyConnect") return false
      announceConnect(step, peer)
      return true
    case PeerState.Disconnecting:
      if (removed !== "Disconnect") return false
      announceDisconnect(step, peer, "Local")
      return true
    case PeerState.DisconnectLater:
      completeDisconnectLater(step, peer)
      return true
    default:
      return true
  }
}

/** The acknowledgement of VERIFY_CONNECT must bring back what nobody but the remote at the peer's address can know. */
const completeProof = (step: Step, peer: Peer, command: Command.Acknowledge): boolean => {
  const verify = peer.sentReliable.head() ?? peer.outgoing.retransmissions().head()
  if (verify === undefined || command.receivedSentTime !== peer.link.proofTime) return false
  if (!isNumber(verify, command.receivedReliableSequenceNumber, command.channelID)) return false
  // of several answers, nobody knows which one was acknowledged
  if (verify.sendAttempts === 1) sampleRoundTripTime(peer, Math.max(span(step.now, verify.sentTime), 1), step.now)
  peer.lastReceiveTime = Math.max(step.now, 1)
  peer.earliestTimeout = 0
  removeSentReliable(step, peer, command.receivedReliableSequenceNumber, command.channelID)
  announceConnect(step, peer)
  return true
}

const FIRST: Readonly<Cursor> = new Cursor()

const isNumber = (outgoing: Outgoing, number: number, channelID: number): boolean =>
  outgoing.command.reliableSequenceNumber === number && outgoing.command.channelID === channelID

const find = (list: ChunkList<Outgoing>, number: number, channelID: number, cursor: Cursor): Outgoing | undefined => {
  for (let outgoing = list.first(cursor); outgoing !== undefined; outgoing = list.after(cursor)) {
    if (isNumber(outgoing, number, channelID)) return outgoing
  }
  return undefined
}

const removeInFlight = (step: Step, peer: Peer, number: number, channelID: number): Outgoing | undefined => {
  // acknowledgements mostly come in the order of the commands
  const head = peer.sentReliable.head()
  if (head === undefined) return undefined
  const cursor = isNumber(head, number, channelID) ? FIRST : new Cursor()
  const found = cursor === FIRST ? head : find(peer.sentReliable, number, channelID, cursor)
  if (found === undefined) return undefined
  peer.sentReliable = peer.sentReliable.edit(step.owner)
  peer.sentReliable.remove(cursor)
  peer.reliableDataInTransit -= found.payloadSize
  return found
}

const removeOverdue = (step: Step, peer: Peer, number: number, channelID: number): Outgoing | undefined => {
  const cursor = new Cursor()
  let found: Outgoing | undefined
  if (peer.outgoing.retransmissions().size > 0) {
    peer.outgoing = peer.outgoing.edit(step.owner)
    found = removeRetransmission(peer.outgoing, number, channelID, cursor)
  }
  if (found === undefined && peer.outgoingReliable.retransmissions().size > 0) {
    peer.outgoingReliable = peer.outgoingReliable.edit(step.owner)
    found = removeRetransmission(peer.outgoingReliable, number, channelID, cursor)
  }
  return found
}

const removeRetransmission = (
  queue: OutgoingQueue,
  number: number,
  channelID: number,
  cursor: Cursor
): Outgoing | undefined => {
  const found = find(queue.retransmissions(), number, channelID, cursor)
  if (found !== undefined) queue.editRetransmissions().remove(cursor)
  return found
}

/**
 * `enet_protocol_remove_sent_reliable_command`: forgets a command that arrived, whether it is in flight or waits for
 * retransmission. Gives its kind, or `undefined` when there is none with that number.
 */
export const removeSentReliable = (
  step: Step,
  peer: Peer,
  number: number,
  channelID: number
): Command.Command["_tag"] | undefined => {
  const found = removeInFlight(step, peer, number, channelID) ??
    removeOverdue(step, peer, number, channelID)
  if (found === undefined) return undefined
  if (channelID < peer.link.channelCount) leave(peer.editChannel(channelID), number)
  const head = peer.sentReliable.head()
  if (head !== undefined) peer.nextTimeout = (head.sentTime + head.roundTripTimeout) >>> 0
  return found.command._tag
}
