/**
 * The handshake: CONNECT and VERIFY_CONNECT as ENet has them. `Proving.ts` holds what a host does that asks strangers to
 * prove their address.
 */
import type * as Command from "../wire/Command.ts"
import {
  CONTROL_CHANNEL,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
  PROTOCOL_MAXIMUM_CHANNEL_COUNT,
  PROTOCOL_MAXIMUM_PEER_ID,
  PROTOCOL_MINIMUM_CHANNEL_COUNT
} from "../wire/Constants.ts"
import { removeSentReliable } from "./Acknowledging.ts"
import { type Address, sameAddress, sameHost } from "./Address.ts"
import type { Host } from "./Host.ts"
import type * as Input from "./Input.ts"
import { clamp, clampMtu, clampWindow, grantedLink, ownWindow, verifyConnect } from "./Negotiating.ts"
import type { CallFailure, DropReason, PeerRef } from "./Output.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { nextControlNumber, queueCommand } from "./Queueing.ts"
import { addRoute, freePeerID } from "./Routes.ts"
import { ofWords } from "./SipHash.ts"
import {
  announceConnect,
  becomeZombie,
  changeState,
  neighboursOf,
  setNeighbours,
  slotsAt,
  type Step,
  takeSlot
} from "./Step.ts"

/** Takes a slot for a remote at `address` and makes it findable by that address, and by the peer id if there is one. */
export const occupy = (step: Step, address: Address, peerID: number | undefined): Peer | undefined => {
  const peer = takeSlot(step)
  if (peer === undefined) return undefined
  peer.link = { ...peer.link, address, incomingPeerID: peerID ?? peer.slot }
  setNeighbours(step, address, (slots) => [...slots, peer.slot])
  addRoute(step, peer)
  return peer
}

/** Where addresses are proved, an outgoing connection has a peer id that others cannot guess. */
const ownPeerID = (host: Host, { address, connectID }: Input.Connect): number | undefined => {
  const { proving } = host.settings
  return proving && freePeerID(host, ofWords(proving.secret, [connectID, host.connections]).low, address)
}

/** `enet_host_connect`. */
export const connect = (step: Step, input: Input.Connect): PeerRef | CallFailure => {
  const peer = occupy(step, input.address, ownPeerID(step.host, input))
  if (peer === undefined) return "NoFreeSlot"
  const settings = step.host.settings
  const outgoing = settings.outgoingBandwidth
  peer.link = {
    ...peer.link,
    connectID: input.connectID >>> 0,
    channelCount: clamp(input.channelCount, PROTOCOL_MINIMUM_CHANNEL_COUNT, PROTOCOL_MAXIMUM_CHANNEL_COUNT),
    windowSize: clampWindow(ownWindow(outgoing))
  }
  peer.isHeld = step.host.holdIncoming
  changeState(step, peer, PeerState.Connecting)
  const link = peer.link
  queueCommand(step, peer, {
    _tag: "Connect",
    flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: nextControlNumber(peer),
    outgoingPeerID: link.incomingPeerID,
    incomingSessionID: link.incomingSessionID,
    outgoingSessionID: link.outgoingSessionID,
    mtu: link.mtu,
    windowSize: link.windowSize,
    channelCount: link.channelCount,
    incomingBandwidth: settings.incomingBandwidth,
    outgoingBandwidth: outgoing,
    packetThrottleInterval: link.packetThrottleInterval,
    packetThrottleAcceleration: link.packetThrottleAcceleration,
    packetThrottleDeceleration: link.packetThrottleDeceleration,
    connectID: link.connectID,
    data: input.data >>> 0
  })
  return peer.ref
}

/**
 * The session id after `offered`, for the direction in which this slot last used `own`: 0xFF stands for "none yet",
 * and the result always differs from `own`, so that datagrams of the slot's last connection are told apart.
 */
const nextSession = (offered: number, own: number): number => {
  const next = ((offered === 0xff ? own : offered) + 1) & 3
  return next === own ? (next + 1) & 3 : next
}

/** Whether a CONNECT says what no ENet program says. */
export const objection = (command: Command.Connect): DropReason | undefined => {
  if (
    command.channelCount < PROTOCOL_MINIMUM_CHANNEL_COUNT || command.channelCount > PROTOCOL_MAXIMUM_CHANNEL_COUNT
  ) return "ChannelCount"
  // written into the header of every reply, where a larger value would spill into the flags
  return command.outgoingPeerID >= PROTOCOL_MAXIMUM_PEER_ID ? "Unacceptable" : undefined
}

/** Connections from the address of a peer, its own not counted. */
export const connectionsBeside = (host: Host, { link: { address }, slot }: Peer): number =>
  neighboursOf(host, address.host).filter((other) => {
    const peer = host.peers.get(other)
    return other !== slot && peer !== undefined && isFrom(peer, address)
  }).length

const isFrom = ({ link, state }: Peer, address: Address): boolean =>
  state !== PeerState.Connecting && sameHost(link.address, address)

/** Whether the connection is there already. A host that is connected to itself has both ends of one. */
const isRepeated = (host: Host, address: Address, connectID: number): boolean =>
  slotsAt(host, address).some((slot) => {
    const other = host.peers.get(slot)
    return other !== undefined && isFrom(other, address) && sameAddress(other.link.address, address) &&
      other.link.connectID === connectID && (host.settings.proving === undefined || other.link.proofTime >= 0)
  })

/** Whether an address has as many connections as it may; no limit is as good as no slot. */
const isCrowded = (host: Host, address: Address): boolean => {
  const { duplicatePeers } = host.settings
  if (duplicatePeers >= PROTOCOL_MAXIMUM_PEER_ID) return false
  let duplicates = 0
  for (const slot of neighboursOf(host, address.host)) {
    const other = host.peers.get(slot)
    if (other !== undefined && isFrom(other, address) && ++duplicates >= duplicatePeers) return true
  }
  return false
}

/** Why there is no place for another connection from `address`; `Repeated` when this one is there already. */
export const noRoom = (host: Host, address: Address, connectID: number) => {
  if (isRepeated(host, address, connectID)) return "Repeated"
  if (isCrowded(host, address)) return "DuplicatePeers"
  return host.takenSlots >= host.settings.maxPeers ? "HostFull" : undefined
}

/** `enet_protocol_handle_connect`: the new peer, or `undefined` when the request is ignored, in silence. */
export const handleConnect = (step: Step, address: Address, command: Command.Connect): Peer | undefined => {
  const settings = step.host.settings
  const reason = settings.refuseNewConnections
    ? "Refusing"
    : objection(command) ?? noRoom(step.host, address, command.connectID)
  if (reason !== undefined) {
    // an honest client repeats its CONNECT until it is answered
    if (reason !== "Repeated") step.drop(reason)
    return undefined
  }
  const peer = occupy(step, address, undefined)
  if (peer === undefined) return undefined
  const ids = {
    incomingPeerID: peer.slot,
    incomingSessionID: nextSession(command.outgoingSessionID, peer.link.incomingSessionID),
    outgoingSessionID: nextSession(command.incomingSessionID, peer.link.outgoingSessionID)
  }
  peer.link = grantedLink(peer.link, settings, command, ids)
  peer.eventData = command.data
  peer.isHeld = step.host.holdIncoming
  changeState(step, peer, PeerState.AcknowledgingConnect)
  queueCommand(step, peer, verifyConnect(settings, command, ids, nextControlNumber(peer)))
  return peer
}

/** `enet_protocol_handle_verify_connect`. `false` stops the datagram. */
export const handleVerifyConnect = (step: Step, peer: Peer, command: Command.VerifyConnect): boolean => {
  if (peer.state !== PeerState.Connecting) return true
  const link = peer.link
  // the answer to an earlier attempt from this slot, or a guess: the true one may still come
  if (step.host.settings.proving !== undefined && command.connectID !== link.connectID) return false
  if (
    command.channelCount < PROTOCOL_MINIMUM_CHANNEL_COUNT || command.channelCount > PROTOCOL_MAXIMUM_CHANNEL_COUNT ||
    command.packetThrottleInterval !== link.packetThrottleInterval ||
    command.packetThrottleAcceleration !== link.packetThrottleAcceleration ||
    command.packetThrottleDeceleration !== link.packetThrottleDeceleration ||
    command.connectID !== link.connectID
  ) {
    becomeZombie(step, peer, 0, "Rejected")
    return false
  }
  removeSentReliable(step, peer, 1, CONTROL_CHANNEL)
  peer.link = {
    ...link,
    channelCount: Math.min(link.channelCount, command.channelCount),
    outgoingPeerID: command.outgoingPeerID & PROTOCOL_MAXIMUM_PEER_ID,
    incomingSessionID: command.incomingSessionID & 3,
    outgoingSessionID: command.outgoingSessionID & 3,
    mtu: Math.min(link.mtu, clampMtu(command.mtu)),
    windowSize: Math.min(link.windowSize, clampWindow(command.windowSize)),
    incomingBandwidth: command.incomingBandwidth,
    outgoingBandwidth: command.outgoingBandwidth
  }
  announceConnect(step, peer)
  return true
}
