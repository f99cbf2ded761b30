/**
 * Events for the application: connections and disconnections in their turn, packets peer by peer.
 */
import type * as Input from "./Input.ts"
import { HELD_OVERHEAD, type Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { changeState, enqueueDispatch, refOf, resetPeer, slotOfTicket, type Step } from "./Step.ts"

/** `enet_protocol_dispatch_incoming_commands`, for as many events as the caller takes. */
export const dispatch = (step: Step): void => {
  const { host } = step
  if (host.dispatchQueue.size === 0 || step.eventSlots <= 0) return
  const queue = host.dispatchQueue = host.dispatchQueue.edit(step.owner)
  while (step.eventSlots > 0 && queue.size > 0) {
    const ticket = queue.shift()!
    const found = host.peers.get(slotOfTicket(ticket))
    // a peer that was reset has left the queue, but not its ticket
    if (found === undefined || found.dispatchTicket !== ticket) continue
    const peer = step.own(found)
    peer.dispatchTicket = -1
    dispatchPeer(step, peer)
  }
}

const dispatchPeer = (step: Step, peer: Peer): void => {
  const { host } = step
  switch (peer.state) {
    case PeerState.ConnectionPending:
    case PeerState.ConnectionSucceeded:
      step.eventSlots--
      changeState(step, peer, PeerState.Connected)
      step.events.push({ _tag: "Connect", peer: refOf(peer), data: peer.eventData })
      return
    case PeerState.Connected:
      if (peer.isHeld || peer.dispatched.size === 0) return
      receiveOne(step, peer)
      if (peer.dispatched.size > 0) enqueueDispatch(step, peer)
      return
    case PeerState.Zombie:
      if (peer.dispatched.size > 0) {
        if (peer.isHeld) return
        receiveOne(step, peer)
        enqueueDispatch(step, peer)
        return
      }
      step.eventSlots--
      host.recalculateBandwidthLimits = true
      step.events.push({ _tag: "Disconnect", peer: refOf(peer), data: peer.eventData, reason: peer.reason })
      resetPeer(step, peer)
      return
    default:
  }
}

const receiveOne = (step: Step, peer: Peer): number => {
  peer.dispatched = peer.dispatched.edit(step.owner)
  const { channelID, flags, payload } = peer.dispatched.shift()!
  peer.totalWaitingData = Math.max(peer.totalWaitingData - payload.length, 0)
  peer.waitingOverhead = Math.max(peer.waitingOverhead - HELD_OVERHEAD, 0)
  step.eventSlots--
  step.events.push({ _tag: "Receive", peer: refOf(peer), channelID, payload, flags })
  return payload.length
}

/** `enet_peer_receive`, several at once. The packets are events of the step, whatever its event slots are. */
export const receive = (step: Step, peer: Peer, input: Input.Receive): void => {
  let bytes = 0
  for (let packets = 0; packets < input.packets && bytes < input.bytes && peer.dispatched.size > 0; packets++) {
    bytes += receiveOne(step, peer)
    step.eventSlots++
  }
  // what is left of a dead peer is its last event
  if (peer.state === PeerState.Zombie && peer.dispatched.size === 0) enqueueDispatch(step, peer)
}

export const hold = (step: Step, peer: Peer, held: boolean): void => {
  peer.isHeld = held
  if (!held && peer.dispatched.size > 0) enqueueDispatch(step, peer)
}
