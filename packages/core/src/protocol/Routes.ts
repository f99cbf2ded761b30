/**
 * Whom a datagram is addressed to. Where addresses are proved, the peer id that a remote is given is random and need not
 * be the number of a slot; two remotes may have the same, and are told apart by where they send from.
 */
import { PROTOCOL_MAXIMUM_PEER_ID } from "../wire/Constants.ts"
import { type Address, BROADCAST, sameAddress } from "./Address.ts"
import type { Host } from "./Host.ts"
import type { Peer } from "./Peer.ts"
import type { Step } from "./Step.ts"

const isFrom = ({ link }: Peer, address: Address): boolean =>
  link.address.host === BROADCAST || sameAddress(link.address, address)

/** The peer with a peer id; of several, the one at `address`, if any. */
export const addressee = (host: Host, peerID: number, address: Address | undefined): Peer | undefined => {
  if (host.settings.proving === undefined) return host.peers.get(peerID)
  const single = host.routes.single(peerID)
  return single === undefined ? nearest(host, peerID, address) : host.peers.get(single)
}

const nearest = (host: Host, peerID: number, address: Address | undefined): Peer | undefined => {
  const slots = host.routes.all(peerID)
  if (slots.length === 0) return undefined
  const peers = slots.map((slot) => host.peers.get(slot))
  const near = address && peers.find((peer) => peer !== undefined && isFrom(peer, address))
  return near ?? peers[0]
}

/** The first peer id from `wanted` on that no peer at `address` has. */
export const freePeerID = (host: Host, wanted: number, address: Address): number => {
  let peerID = wanted % PROTOCOL_MAXIMUM_PEER_ID
  for (let i = 0; i < PROTOCOL_MAXIMUM_PEER_ID; i++) {
    const peer = addressee(host, peerID, address)
    if (peer === undefined || !isFrom(peer, address)) return peerID
    peerID = (peerID + 1) % PROTOCOL_MAXIMUM_PEER_ID
  }
  return peerID
}

const change = (step: Step, peerID: number, slots: (before: ReadonlyArray<number>) => ReadonlyArray<number>): void => {
  if (step.host.settings.proving === undefined) return
  step.host.routes = step.host.routes.edit(step.owner)
  step.host.routes.set(peerID, slots(step.host.routes.all(peerID)))
}

export const addRoute = (step: Step, peer: Peer): void =>
  change(step, peer.link.incomingPeerID, (slots) => [...slots, peer.slot])

export const removeRoute = (step: Step, peer: Peer): void =>
  change(step, peer.link.incomingPeerID, (slots) => slots.filter((slot) => slot !== peer.slot))
