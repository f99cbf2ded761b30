/**
 * Ends of connections: what both sides' DISCONNECT does to a peer.
 */
import type * as Command from "../wire/Command.ts"
import {
  CONTROL_CHANNEL,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
  PROTOCOL_COMMAND_FLAG_UNSEQUENCED
} from "../wire/Constants.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { nextControlNumber, queueCommand } from "./Queueing.ts"
import { becomeZombie, changeState, resetPeer, type Step } from "./Step.ts"

const queueDisconnect = (step: Step, peer: Peer, flags: number, data: number): void =>
  queueCommand(step, peer, {
    _tag: "Disconnect",
    flags,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: nextControlNumber(peer),
    data: data >>> 0
  })

/** The part of `enet_peer_disconnect` for an established peer: what is queued is dropped, the remote is told. */
export const startDisconnecting = (step: Step, peer: Peer, data: number): void => {
  peer.clearQueues(false)
  queueDisconnect(step, peer, PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE, data)
  changeState(step, peer, PeerState.Disconnecting)
}

/** In DisconnectLater, when nothing is left to send or to be acknowledged, the peer disconnects. */
export const completeDisconnectLater = (step: Step, peer: Peer): void => {
  if (peer.state === PeerState.DisconnectLater && !peer.hasOutgoing) startDisconnecting(step, peer, peer.eventData)
}

/** Leaves nothing queued but a DISCONNECT that wants no answer. */
export const queueFarewell = (step: Step, peer: Peer, data: number): void => {
  peer.clearQueues(false)
  queueDisconnect(step, peer, PROTOCOL_COMMAND_FLAG_UNSEQUENCED, data)
}

/** `enet_protocol_handle_disconnect`. Packets that wait for the application stay. */
export const handleDisconnect = (step: Step, peer: Peer, command: Command.Disconnect): boolean => {
  switch (peer.state) {
    case PeerState.Disconnected:
    case PeerState.AcknowledgingDisconnect:
    case PeerState.Zombie:
      return true
    case PeerState.ConnectionPending:
      step.host.recalculateBandwidthLimits = true
      resetPeer(step, peer)
      return true
    case PeerState.AcknowledgingConnect:
      resetPeer(step, peer)
      return true
    case PeerState.Connected:
    case PeerState.DisconnectLater:
      if ((command.flags & PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE) !== 0) {
        peer.clearQueues(true)
        peer.eventData = command.data
        peer.reason = "Remote"
        changeState(step, peer, PeerState.AcknowledgingDisconnect)
        return true
      }
      becomeZombie(step, peer, command.data, "Remote")
      return true
    case PeerState.Connecting:
      becomeZombie(step, peer, command.data, "Refused")
      return true
    default:
      becomeZombie(step, peer, command.data, "Remote")
      return true
  }
}
