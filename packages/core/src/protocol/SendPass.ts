/**
 * What leaves the host: for each peer with something to do, datagrams of acknowledgements and queued commands.
 */
import { fixedSizes } from "../wire/Command.ts"
import { CONTROL_CHANNEL, PEER_PACKET_THROTTLE_SCALE, PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE } from "../wire/Constants.ts"
import { Datagram, transmit } from "./Datagram.ts"
import { completeDisconnectLater } from "./Disconnecting.ts"
import { giveUpReassembly } from "./Expelling.ts"
import type { Outgoing, OutgoingQueue } from "./Outgoing.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { nextControlNumber, queueCommand } from "./Queueing.ts"
import { becomeZombie, type Step } from "./Step.ts"
import { isThrottled } from "./Throttle.ts"
import { before, span } from "./Time.ts"
import { checkTimeouts } from "./Timeouts.ts"
import { canEnter, enter } from "./Windows.ts"

const ACKNOWLEDGE_SIZE = fixedSizes[1]!
const PING_SIZE = fixedSizes[5]!

/** `enet_protocol_send_outgoing_commands`. One datagram for each peer and pass, so that large backlogs take turns. */
export const sendPass = (step: Step, options: { readonly timeouts: boolean }): void => {
  step.settle()
  let visited = step.host.peers.due(step.now)
  while (visited.length > 0) {
    const unfinished: Array<Peer> = []
    for (const due of visited) {
      const peer = step.own(due)
      visit(step, peer, options.timeouts)
      if (peer.continueSending) unfinished.push(peer)
    }
    visited = unfinished
  }
}

const visit = (step: Step, peer: Peer, timeouts: boolean): void => {
  peer.continueSending = false
  if (peer.state === PeerState.Disconnected || peer.state === PeerState.Zombie) return
  peer.isPending = false
  if (peer.incompleteLength > 0 && giveUpReassembly(step, peer)) return
  const datagram = new Datagram()
  if (peer.acknowledgements.size > 0) sendAcknowledgements(step, peer, datagram)
  if (timeouts && peer.sentReliable.size > 0 && !before(step.now, peer.nextTimeout) && checkTimeouts(step, peer)) return
  const mayPing = (peer.outgoing.size === 0 && peer.outgoingReliable.size === 0) || fill(step, peer, datagram)
  if (
    mayPing && peer.sentReliable.size === 0 && span(step.now, peer.lastReceiveTime) >= peer.link.pingInterval &&
    peer.link.mtu - datagram.used >= PING_SIZE
  ) {
    ping(step, peer)
    fill(step, peer, datagram)
  }
  if (datagram.commands.length === 0) return
  transmit(step, peer, datagram)
  if (datagram.hasUnreliable) completeDisconnectLater(step, peer)
}

/** `enet_peer_ping`: only a connected peer pings. */
export const ping = (step: Step, peer: Peer): void => {
  if (peer.state !== PeerState.Connected) return
  queueCommand(step, peer, {
    _tag: "Ping",
    flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: nextControlNumber(peer)
  })
}

/** `enet_protocol_send_acknowledgements`. */
const sendAcknowledgements = (step: Step, peer: Peer, datagram: Datagram): void => {
  const pending = peer.acknowledgements = peer.acknowledgements.edit(step.owner)
  while (pending.size > 0) {
    if (!datagram.fits(peer.link.mtu, ACKNOWLEDGE_SIZE, 0)) {
      peer.continueSending = true
      return
    }
    const acknowledgement = pending.shift()!
    datagram.add(acknowledgement, ACKNOWLEDGE_SIZE)
    if (acknowledgement.isDisconnect) becomeZombie(step, peer, peer.eventData, peer.reason)
  }
}

/** Whether the sending windows let a reliable command go now. */
const mayTransmit = (peer: Peer, outgoing: Outgoing): boolean => {
  const { channelID, reliableSequenceNumber } = outgoing.command
  const { channelCount, mtu, windowSize } = peer.link
  if (
    channelID < channelCount && outgoing.sendAttempts === 0 &&
    !canEnter(peer.channel(channelID), reliableSequenceNumber)
  ) return false
  if (outgoing.payload === undefined) return true
  const limit = Math.max(Math.floor((peer.packetThrottle * windowSize) / PEER_PACKET_THROTTLE_SCALE), mtu)
  return peer.reliableDataInTransit + outgoing.payloadSize <= limit
}

/**
 * `enet_protocol_check_outgoing_commands`: takes queued commands into the datagram, in the order in which they were
 * queued. Gives whether a ping may follow, that is, whether no reliable command was ready.
 */
const fill = (step: Step, peer: Peer, datagram: Datagram): boolean => {
  peer.outgoing = peer.outgoing.edit(step.owner)
  peer.outgoingReliable = peer.outgoingReliable.edit(step.owner)
  let mayPing = true
  let reliableBlocked = false
  for (;;) {
    const first = peer.outgoing.head()
    const firstReliable = reliableBlocked ? undefined : peer.outgoingReliable.head()
    const takesReliable = firstReliable !== undefined &&
      (first === undefined || before(firstReliable.queueTime, first.queueTime))
    const queue = takesReliable ? peer.outgoingReliable : peer.outgoing
    const outgoing = takesReliable ? firstReliable : first
    if (outgoing === undefined) break
    if (outgoing.isReliable) {
      if (!mayTransmit(peer, outgoing)) {
        reliableBlocked = true
        continue
      }
      mayPing = false
    }
    if (!datagram.fits(peer.link.mtu, outgoing.fixedSize, outgoing.payloadSize)) {
      peer.continueSending = true
      break
    }
    queue.shift()
    if (outgoing.isReliable) sendReliable(step, peer, outgoing)
    else if (outgoing.payload !== undefined) {
      peer.outgoingQueued -= outgoing.payloadSize
      if (isFirstFragment(outgoing) && isThrottled(peer)) {
        dropFollowing(peer, queue, outgoing)
        continue
      }
      datagram.hasUnreliable = true
    }
    datagram.add(outgoing.command, outgoing.fixedSize + outgoing.payloadSize)
    peer.packetsSent++
  }
  if (!datagram.hasUnreliable) completeDisconnectLater(step, peer)
  return mayPing
}

const sendReliable = (step: Step, peer: Peer, outgoing: Outgoing): void => {
  const { channelID, reliableSequenceNumber } = outgoing.command
  if (outgoing.sendAttempts === 0) {
    peer.outgoingQueued -= outgoing.payloadSize
    if (channelID < peer.link.channelCount) enter(peer.editChannel(channelID), reliableSequenceNumber)
  }
  const timeout = outgoing.roundTripTimeout === 0
    ? peer.roundTripTime + 4 * peer.roundTripTimeVariance
    : outgoing.roundTripTimeout
  if (peer.sentReliable.size === 0) peer.nextTimeout = (step.now + timeout) >>> 0
  peer.sentReliable = peer.sentReliable.edit(step.owner)
  peer.sentReliable.push(outgoing.sent(step.now, timeout))
  peer.reliableDataInTransit += outgoing.payloadSize
}

const isFirstFragment = ({ command }: Outgoing): boolean =>
  command._tag !== "SendUnreliableFragment" || command.fragmentOffset === 0

const unreliableNumberOf = ({ command }: Outgoing): number =>
  command._tag === "SendUnreliable"
    ? command.unreliableSequenceNumber
    : command._tag === "SendUnreliableFragment"
    ? command.startSequenceNumber
    : 0

/** What the throttle drops takes along every packet right behind it with the same pair of numbers. */
const dropFollowing = (peer: Peer, queue: OutgoingQueue, dropped: Outgoing): void => {
  for (let next = queue.head(); next?.payload !== undefined; next = queue.head()) {
    if (
      next.command.reliableSequenceNumber !== dropped.command.reliableSequenceNumber ||
      unreliableNumberOf(next) !== unreliableNumberOf(dropped)
    ) return
    peer.outgoingQueued -= next.payloadSize
    queue.shift()
  }
}
