/**
 * The packet throttle: how many of 32 unreliable packets pass, by how the round trip time develops.
 */
import { PEER_PACKET_THROTTLE_COUNTER, PEER_PACKET_THROTTLE_SCALE } from "../wire/Constants.ts"
import type { Peer } from "./Peer.ts"

/** `enet_peer_throttle`, for every accepted acknowledgement but the first. */
export const updateThrottle = (peer: Peer, roundTripTime: number): void => {
  const { packetThrottleAcceleration, packetThrottleDeceleration } = peer.link
  if (peer.lastRoundTripTime <= peer.lastRoundTripTimeVariance) {
    peer.packetThrottle = peer.packetThrottleLimit
  } else if (roundTripTime <= peer.lastRoundTripTime) {
    peer.packetThrottle = Math.min(peer.packetThrottle + packetThrottleAcceleration, peer.packetThrottleLimit)
  } else if (roundTripTime > peer.lastRoundTripTime + 2 * peer.lastRoundTripTimeVariance) {
    peer.packetThrottle = Math.max(peer.packetThrottle - packetThrottleDeceleration, 0)
  }
}

/** Whether the throttle drops the next unreliable packet. Counts it. */
export const isThrottled = (peer: Peer): boolean => {
  peer.packetThrottleCounter = (peer.packetThrottleCounter + PEER_PACKET_THROTTLE_COUNTER) % PEER_PACKET_THROTTLE_SCALE
  return peer.packetThrottleCounter > peer.packetThrottle
}
