/**
 * Numbering and queueing of outgoing commands (`enet_peer_setup_outgoing_command`), and of acknowledgements.
 */
import { type Command, fixedSizes } from "../wire/Command.ts"
import { mayAcknowledge } from "./Budgets.ts"
import type { Channel } from "./Channel.ts"
import { Outgoing } from "./Outgoing.ts"
import type { Peer } from "./Peer.ts"
import type { Step } from "./Step.ts"
import { windowDistance } from "./Windows.ts"

const ACKNOWLEDGE_SIZE = fixedSizes[1]!

/** The next number of the control channel; every command on it takes one. */
export const nextControlNumber = (
  peer: Peer
): number => (peer.outgoingReliableSequenceNumber = (peer.outgoingReliableSequenceNumber + 1) & 0xffff)

/** The next reliable number of a channel. The unreliable numbers start again behind it. */
export const nextReliableNumber = (channel: Channel): number => {
  channel.outgoingUnreliableSequenceNumber = 0
  return (channel.outgoingReliableSequenceNumber = (channel.outgoingReliableSequenceNumber + 1) & 0xffff)
}

export const nextUnreliableNumber = (
  channel: Channel
): number => (channel.outgoingUnreliableSequenceNumber = (channel.outgoingUnreliableSequenceNumber + 1) & 0xffff)

export const nextUnsequencedGroup = (
  peer: Peer
): number => (peer.outgoingUnsequencedGroup = (peer.outgoingUnsequencedGroup + 1) & 0xffff)

/** Queues a numbered command: reliable ones with payload in a queue of their own, everything else in the other. */
export const queueCommand = (step: Step, peer: Peer, command: Command): void => {
  const host = step.host
  host.totalQueued = (host.totalQueued + 1) >>> 0
  const outgoing = Outgoing.make(command, host.totalQueued)
  peer.outgoingDataTotal = (peer.outgoingDataTotal + outgoing.fixedSize + outgoing.payloadSize) >>> 0
  peer.outgoingQueued += outgoing.payloadSize
  // also when the send pass itself queues it: DISCONNECT at the end of DisconnectLater leaves with the next one
  peer.isPending = true
  if (outgoing.payload !== undefined && outgoing.isReliable) {
    peer.outgoingReliable = peer.outgoingReliable.edit(step.owner)
    peer.outgoingReliable.push(outgoing)
  } else {
    peer.outgoing = peer.outgoing.edit(step.owner)
    peer.outgoing.push(outgoing)
  }
}

/** `enet_peer_queue_acknowledgement`: silence for numbers just ahead of what the receiver can take. */
export const queueAcknowledgement = (step: Step, peer: Peer, command: Command, sentTime: number): void => {
  if (command.channelID < peer.link.channelCount) {
    const received = peer.channel(command.channelID).incomingReliableSequenceNumber
    const distance = windowDistance(command.reliableSequenceNumber, received)
    if (distance === 7 || distance === 8) return
  }
  if (!mayAcknowledge(step, peer)) return
  peer.outgoingDataTotal = (peer.outgoingDataTotal + ACKNOWLEDGE_SIZE) >>> 0
  peer.acknowledgements = peer.acknowledgements.edit(step.owner)
  peer.acknowledgements.push({
    _tag: "Acknowledge",
    flags: 0,
    channelID: command.channelID,
    reliableSequenceNumber: command.reliableSequenceNumber,
    receivedReliableSequenceNumber: command.reliableSequenceNumber,
    receivedSentTime: sentTime,
    isDisconnect: command._tag === "Disconnect"
  })
}
