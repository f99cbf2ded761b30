/**
 * The handshake: CONNECT, VERIFY_CONNECT and the values that the two sides settle on.
 */
import type * as Command from "../wire/Command.ts"
import {
  CONTROL_CHANNEL,
  PEER_WINDOW_SIZE_SCALE,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
  PROTOCOL_MAXIMUM_CHANNEL_COUNT,
  PROTOCOL_MAXIMUM_MTU,
  PROTOCOL_MAXIMUM_PEER_ID,
  PROTOCOL_MAXIMUM_WINDOW_SIZE,
  PROTOCOL_MINIMUM_CHANNEL_COUNT,
  PROTOCOL_MINIMUM_MTU,
  PROTOCOL_MINIMUM_WINDOW_SIZE
} from "../wire/Constants.ts"
import { removeSentReliable } from "./Acknowledging.ts"
import { type Address, sameAddress, sameHost } from "./Address.ts"
import type * as Input from "./Input.ts"
import type { CallFailure, PeerRef } from "./Output.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { nextControlNumber, queueCommand } from "./Queueing.ts"
import {
  announceConnect,
  becomeZombie,
  changeState,
  neighboursOf,
  refOf,
  setNeighbours,
  type Step,
  takeSlot
} from "./Step.ts"

const clamp = (value: number, minimum: number, maximum: number): number => Math.min(Math.max(value, minimum), maximum)

const clampWindow = (size: number): number => clamp(size, PROTOCOL_MINIMUM_WINDOW_SIZE, PROTOCOL_MAXIMUM_WINDOW_SIZE)

/** The window that fits a bandwidth in bytes per second. */
const windowOf = (bandwidth: number): number =>
  Math.floor(bandwidth / PEER_WINDOW_SIZE_SCALE) * PROTOCOL_MINIMUM_WINDOW_SIZE

/** How much may be in flight towards a remote that receives `incoming`, from a host that sends `outgoing`. */
export const sendWindow = (outgoing: number, incoming: number): number =>
  outgoing === 0 && incoming === 0
    ? PROTOCOL_MAXIMUM_WINDOW_SIZE
    : clampWindow(
      windowOf(outgoing === 0 || incoming === 0 ? Math.max(outgoing, incoming) : Math.min(outgoing, incoming))
    )

/** Takes a slot for a remote at `address` and makes it findable by that address. */
const occupy = (step: Step, address: Address): Peer | undefined => {
  const peer = takeSlot(step)
  if (peer !== undefined) {
    peer.link = { ...peer.link, address }
    setNeighbours(step, address.host, (slots) => [...slots, peer.slot])
  }
  return peer
}

/** `enet_host_connect`. */
export const connect = (step: Step, input: Input.Connect): PeerRef | CallFailure => {
  const peer = occupy(step, input.address)
  if (peer === undefined) return "NoFreeSlot"
  const settings = step.host.settings
  const outgoing = settings.outgoingBandwidth
  peer.link = {
    ...peer.link,
    connectID: input.connectID >>> 0,
    channelCount: clamp(input.channelCount, PROTOCOL_MINIMUM_CHANNEL_COUNT, PROTOCOL_MAXIMUM_CHANNEL_COUNT),
    windowSize: outgoing === 0 ? PROTOCOL_MAXIMUM_WINDOW_SIZE : clampWindow(windowOf(outgoing))
  }
  peer.isHeld = step.host.holdIncoming
  changeState(step, peer, PeerState.Connecting)
  const link = peer.link
  queueCommand(step, peer, {
    _tag: "Connect",
    flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: nextControlNumber(peer),
    outgoingPeerID: peer.slot,
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
  return refOf(peer)
}

/**
 * The session id after `offered`, for the direction in which this slot last used `own`: 0xFF stands for "none yet",
 * and the result always differs from `own`, so that datagrams of the slot's last connection are told apart.
 */
const nextSession = (offered: number, own: number): number => {
  const next = ((offered === 0xff ? own : offered) + 1) & 3
  return next === own ? (next + 1) & 3 : next
}

/** Why a CONNECT is ignored. Silence is all that ENet answers. */
const refusal = (step: Step, address: Address, command: Command.Connect) => {
  const { host } = step
  if (host.settings.refuseNewConnections) return "Refusing"
  if (
    command.channelCount < PROTOCOL_MINIMUM_CHANNEL_COUNT || command.channelCount > PROTOCOL_MAXIMUM_CHANNEL_COUNT
  ) return "ChannelCount"
  // written into the header of every reply, where a larger value would spill into the flags
  if (command.outgoingPeerID >= PROTOCOL_MAXIMUM_PEER_ID) return "Unacceptable"
  let duplicates = 0
  for (const slot of neighboursOf(host, address.host)) {
    const other = host.peers.get(slot)
    if (other === undefined || other.state === PeerState.Connecting || !sameHost(other.link.address, address)) continue
    if (sameAddress(other.link.address, address) && other.link.connectID === command.connectID) return "Repeated"
    duplicates++
  }
  if (duplicates >= host.settings.duplicatePeers) return "DuplicatePeers"
  return host.takenSlots >= host.settings.maxPeers ? "HostFull" : undefined
}

/** `enet_protocol_handle_connect`: the new peer, or `undefined` when the request is ignored. */
export const handleConnect = (step: Step, address: Address, command: Command.Connect): Peer | undefined => {
  const reason = refusal(step, address, command)
  if (reason !== undefined) {
    // an honest client repeats its CONNECT until it is answered
    if (reason !== "Repeated") step.drop(reason)
    return undefined
  }
  const peer = occupy(step, address)
  if (peer === undefined) return undefined
  const settings = step.host.settings
  const { incomingSessionID, outgoingSessionID } = peer.link
  const outgoing = nextSession(command.incomingSessionID, outgoingSessionID)
  const incoming = nextSession(command.outgoingSessionID, incomingSessionID)
  peer.link = {
    ...peer.link,
    connectID: command.connectID,
    channelCount: Math.min(command.channelCount, settings.channelLimit),
    outgoingPeerID: command.outgoingPeerID,
    incomingSessionID: incoming,
    outgoingSessionID: outgoing,
    incomingBandwidth: command.incomingBandwidth,
    outgoingBandwidth: command.outgoingBandwidth,
    packetThrottleInterval: command.packetThrottleInterval,
    packetThrottleAcceleration: command.packetThrottleAcceleration,
    packetThrottleDeceleration: command.packetThrottleDeceleration,
    mtu: Math.min(settings.mtu, clamp(command.mtu, PROTOCOL_MINIMUM_MTU, PROTOCOL_MAXIMUM_MTU)),
    windowSize: sendWindow(settings.outgoingBandwidth, command.incomingBandwidth)
  }
  peer.eventData = command.data
  peer.isHeld = step.host.holdIncoming
  changeState(step, peer, PeerState.AcknowledgingConnect)
  const granted = settings.incomingBandwidth === 0 ? PROTOCOL_MAXIMUM_WINDOW_SIZE : windowOf(settings.incomingBandwidth)
  const link = peer.link
  queueCommand(step, peer, {
    _tag: "VerifyConnect",
    flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: nextControlNumber(peer),
    outgoingPeerID: peer.slot,
    incomingSessionID: outgoing,
    outgoingSessionID: incoming,
    mtu: link.mtu,
    windowSize: clampWindow(Math.min(granted, command.windowSize)),
    channelCount: link.channelCount,
    incomingBandwidth: settings.incomingBandwidth,
    outgoingBandwidth: settings.outgoingBandwidth,
    packetThrottleInterval: link.packetThrottleInterval,
    packetThrottleAcceleration: link.packetThrottleAcceleration,
    packetThrottleDeceleration: link.packetThrottleDeceleration,
    connectID: link.connectID
  })
  return peer
}

/** `enet_protocol_handle_verify_connect`. `false` stops the datagram. */
export const handleVerifyConnect = (step: Step, peer: Peer, command: Command.VerifyConnect): boolean => {
  if (peer.state !== PeerState.Connecting) return true
  const link = peer.link
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
    mtu: Math.min(link.mtu, clamp(command.mtu, PROTOCOL_MINIMUM_MTU, PROTOCOL_MAXIMUM_MTU)),
    windowSize: Math.min(link.windowSize, clampWindow(command.windowSize)),
    incomingBandwidth: command.incomingBandwidth,
    outgoingBandwidth: command.outgoingBandwidth
  }
  announceConnect(step, peer)
  return true
}
