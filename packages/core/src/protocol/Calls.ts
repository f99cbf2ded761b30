/**
 * What the application asks of a host or of a peer, apart from connecting.
 */
import {
  CONTROL_CHANNEL,
  PEER_PACKET_THROTTLE_ACCELERATION,
  PEER_PACKET_THROTTLE_DECELERATION,
  PEER_PACKET_THROTTLE_INTERVAL,
  PEER_PING_INTERVAL,
  PEER_TIMEOUT_LIMIT,
  PEER_TIMEOUT_MAXIMUM,
  PEER_TIMEOUT_MINIMUM,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE
} from "../wire/Constants.ts"
import { queueFarewell, startDisconnecting } from "./Disconnecting.ts"
import { mayQueue } from "./Expelling.ts"
import { channelLimitOf, type Settings } from "./Host.ts"
import type * as Input from "./Input.ts"
import type { Peer } from "./Peer.ts"
import { isEstablished, PeerState } from "./PeerState.ts"
import { nextControlNumber, queueCommand } from "./Queueing.ts"
import { send, sendFailure } from "./Sending.ts"
import { sendPass } from "./SendPass.ts"
import { awaitsAdmission, changeState, resetPeer, type Step, welcome } from "./Step.ts"

/** Tells the remote once, without wanting an answer, and frees the slot. */
const leaveAtOnce = (step: Step, peer: Peer, data: number): void => {
  queueFarewell(step, peer, data)
  sendPass(step, { timeouts: false })
  resetPeer(step, peer)
}

/** `enet_peer_disconnect`. */
export const disconnect = (step: Step, peer: Peer, data: number): void => {
  switch (peer.state) {
    case PeerState.Disconnected:
    case PeerState.Disconnecting:
    case PeerState.AcknowledgingDisconnect:
    case PeerState.Zombie:
      return
    case PeerState.Connected:
    case PeerState.DisconnectLater:
      return startDisconnecting(step, peer, data)
    default:
      return leaveAtOnce(step, peer, data)
  }
}

/** `enet_peer_disconnect_now`. */
export const disconnectNow = (step: Step, peer: Peer, data: number): void => {
  if (peer.state === PeerState.Disconnected) return
  if (peer.state === PeerState.Zombie || peer.state === PeerState.Disconnecting) resetPeer(step, peer)
  else leaveAtOnce(step, peer, data)
}

/** Admission has decided; too late for a peer that has left meanwhile. */
export const admit = (step: Step, peer: Peer, { refusal }: Input.Admit): void => {
  if (!awaitsAdmission(step.host, peer)) return
  if (refusal === undefined) return welcome(step, peer)
  step.drop("Denied")
  leaveAtOnce(step, peer, refusal)
}

/** `enet_peer_disconnect_later`. */
export const disconnectLater = (step: Step, peer: Peer, data: number): void => {
  if (isEstablished(peer.state) && peer.hasOutgoing) {
    changeState(step, peer, PeerState.DisconnectLater)
    peer.eventData = data >>> 0
  } else {
    disconnect(step, peer, data)
  }
}

/** `enet_peer_ping_interval`. */
export const pingInterval = (peer: Peer, input: Input.PingInterval): void => {
  peer.link = { ...peer.link, pingInterval: input.interval === 0 ? PEER_PING_INTERVAL : input.interval }
}

/** `enet_peer_timeout`. */
export const timeout = (peer: Peer, input: Input.Timeout): void => {
  peer.link = {
    ...peer.link,
    timeoutLimit: input.limit === 0 ? PEER_TIMEOUT_LIMIT : input.limit,
    timeoutMinimum: input.minimum === 0 ? PEER_TIMEOUT_MINIMUM : input.minimum,
    timeoutMaximum: input.maximum === 0 ? PEER_TIMEOUT_MAXIMUM : input.maximum
  }
}

/** `enet_peer_throttle_configure`, for connected peers only: before, it would break the handshake. */
export const throttleConfigure = (step: Step, peer: Peer, input: Input.ThrottleConfigure): void => {
  if (!isEstablished(peer.state)) return
  peer.link = {
    ...peer.link,
    packetThrottleInterval: input.interval,
    packetThrottleAcceleration: input.acceleration,
    packetThrottleDeceleration: input.deceleration
  }
  queueCommand(step, peer, {
    _tag: "ThrottleConfigure",
    flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: nextControlNumber(peer),
    packetThrottleInterval: input.interval,
    packetThrottleAcceleration: input.acceleration,
    packetThrottleDeceleration: input.deceleration
  })
}

/** The values that `enet_peer_throttle_configure` is usually called with. */
export const throttleDefaults = {
  interval: PEER_PACKET_THROTTLE_INTERVAL,
  acceleration: PEER_PACKET_THROTTLE_ACCELERATION,
  deceleration: PEER_PACKET_THROTTLE_DECELERATION
}

/** `enet_host_broadcast`: peers that cannot take the packet are passed over. */
export const broadcast = (step: Step, { channelID, packet }: Input.Broadcast): void => {
  step.host.peers.forEach((peer) => {
    if (sendFailure(step.host, peer, channelID, packet.payload.length) !== undefined) return
    const own = step.edit(peer)
    if (mayQueue(step, own, packet.payload.length)) send(step, own, channelID, packet)
  })
}

const change = (step: Step, settings: Partial<Settings>): void => {
  step.host.settings = { ...step.host.settings, ...settings }
}

/** `enet_host_bandwidth_limit`. */
export const bandwidthLimit = (step: Step, input: Input.BandwidthLimit): void => {
  change(step, { incomingBandwidth: input.incoming, outgoingBandwidth: input.outgoing })
  step.host.recalculateBandwidthLimits = true
}

/** `enet_host_channel_limit`. */
export const channelLimit = (step: Step, input: Input.ChannelLimit): void =>
  change(step, { channelLimit: channelLimitOf(input.limit) })

export const refuseNewConnections = (step: Step, input: Input.RefuseNewConnections): void =>
  change(step, { refuseNewConnections: input.refuse })

export const resetStatistics = (step: Step): void => {
  const { host } = step
  host.totalSentData = 0
  host.totalSentPackets = 0
  host.totalReceivedData = 0
  host.totalReceivedPackets = 0
  host.dropped = {}
}
