/**
 * Events for the application: connections and disconnections in their turn, packets peer by peer.
 */
import { append } from "./collections/append.ts"
import type { Fifo } from "./collections/Fifo.ts"
import type * as Input from "./Input.ts"
import { HELD_OVERHEAD, type Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { changeState, enqueueAnnouncement, enqueueDispatch, resetPeer, slotOfTicket, type Step } from "./Step.ts"

/** `enet_protocol_dispatch_incoming_commands`, for as many events as the caller takes. */
export const dispatch = (step: Step, input: Input.Dispatch): void => {
  const { host } = step
  if (host.announcements.size > 0 && step.eventSlots > 0) {
    const queue = host.announcements = host.announcements.edit(step.owner)
    while (step.eventSlots > 0 && queue.size > 0) {
      const peer = shiftPeer(step, queue)
      if (peer !== undefined) announce(step, peer)
    }
  }
  let packets = input.packets ?? Infinity
  let bytes = input.bytes ?? Infinity
  if (host.dispatchQueue.size === 0 || step.eventSlots <= 0 || packets <= 0 || bytes <= 0) return
  const queue = host.dispatchQueue = host.dispatchQueue.edit(step.owner)
  while (queue.size > 0 && step.eventSlots > 0 && packets > 0 && bytes > 0) {
    const peer = shiftPeer(step, queue)
    if (peer === undefined || peer.isHeld || peer.dispatched.size === 0) continue
    // with no other peer in the queue it would be its turn again
    let isAlone = true
    while (isAlone && peer.dispatched.size > 0 && step.eventSlots > 0 && packets > 0 && bytes > 0) {
      bytes -= receiveOne(step, peer)
      packets--
      step.eventSlots--
      isAlone = queue.size === 0
    }
    requeue(step, peer)
  }
}

/** The next peer of a queue; one that was reset has left the queue, but not its ticket. */
const shiftPeer = (step: Step, queue: Fifo<number>): Peer | undefined => {
  const ticket = queue.shift()!
  const found = step.host.peers.get(slotOfTicket(ticket))
  if (found === undefined || found.dispatchTicket !== ticket) return undefined
  const peer = step.own(found)
  peer.dispatchTicket = -1
  return peer
}

const announce = (step: Step, peer: Peer): void => {
  step.eventSlots--
  if (peer.state === PeerState.Zombie) {
    step.host.recalculateBandwidthLimits = true
    step.events = append(step.events, {
      _tag: "Disconnect",
      peer: peer.ref,
      data: peer.eventData,
      reason: peer.reason
    })
    resetPeer(step, peer)
  } else {
    changeState(step, peer, PeerState.Connected)
    step.events = append(step.events, { _tag: "Connect", peer: peer.ref, data: peer.eventData })
  }
}

/** A peer with more packets goes to the back of the queue; what is left of a dead one is its last event. */
const requeue = (step: Step, peer: Peer): void => {
  if (peer.dispatched.size > 0) enqueueDispatch(step, peer)
  else if (peer.state === PeerState.Zombie) enqueueAnnouncement(step, peer)
}

const receiveOne = (step: Step, peer: Peer): number => {
  peer.dispatched = peer.dispatched.edit(step.owner)
  const event = peer.dispatched.shift()!
  const { length } = event.payload
  peer.totalWaitingData -= length
  peer.dispatchedData -= length
  peer.waitingOverhead -= HELD_OVERHEAD
  step.events = append(step.events, event)
  return length
}

/** `enet_peer_receive`, several at once. The packets are events of the step, whatever its event slots are. */
export const receive = (step: Step, peer: Peer, input: Input.Receive): void => {
  if (peer.dispatched.size === 0) return
  let bytes = 0
  for (let packets = 0; packets < input.packets && bytes < input.bytes && peer.dispatched.size > 0; packets++) {
    bytes += receiveOne(step, peer)
  }
  if (peer.state === PeerState.Zombie && peer.dispatched.size === 0) enqueueAnnouncement(step, peer)
}

/** Of connections that are to come, those that are on their way included. */
export const holdIncoming = (step: Step, held: boolean): void => {
  step.host.holdIncoming = held
  step.host.peers.forEach((peer) => {
    if (peer.state !== PeerState.Disconnected && peer.state < PeerState.Connected) step.own(peer).isHeld = held
  })
}

export const hold = (step: Step, peer: Peer, held: boolean): void => {
  peer.isHeld = held
  if (!held) requeue(step, peer)
}
