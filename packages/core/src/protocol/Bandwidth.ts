/**
 * Bandwidth limits: once a second each peer gets its share (`enet_host_bandwidth_throttle`).
 */
import type * as Command from "../wire/Command.ts"
import {
  CONTROL_CHANNEL,
  HOST_BANDWIDTH_THROTTLE_INTERVAL,
  PEER_PACKET_THROTTLE_SCALE,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE
} from "../wire/Constants.ts"
import type { Host } from "./Host.ts"
import { sendWindow } from "./Negotiating.ts"
import type { Peer } from "./Peer.ts"
import { isEstablished } from "./PeerState.ts"
import { nextControlNumber, queueCommand } from "./Queueing.ts"
import type { Step } from "./Step.ts"
import { span } from "./Time.ts"

const UNLIMITED = 0xffffffff

const establishedPeers = (host: Host): Array<Peer> => {
  const peers: Array<Peer> = []
  host.peers.forEach((peer) => {
    if (isEstablished(peer.state)) peers.push(peer)
  })
  return peers
}

/** Whether the bandwidth step has something to do, apart from its regular bookkeeping. */
export const needsBandwidthStep = (host: Host): boolean =>
  host.connectedPeers > 0 &&
  (host.recalculateBandwidthLimits || host.settings.outgoingBandwidth !== 0 || host.bandwidthLimitedPeers > 0)

/** When the next bandwidth step is due. */
export const bandwidthDeadline = (host: Host): number =>
  (host.bandwidthThrottleEpoch + HOST_BANDWIDTH_THROTTLE_INTERVAL) >>> 0

export const bandwidthStep = (step: Step): void => {
  const { host, now } = step
  if (span(now, host.bandwidthThrottleEpoch) < HOST_BANDWIDTH_THROTTLE_INTERVAL) return
  // unlike the distance, the way forward also counts days
  const elapsed = (now - host.bandwidthThrottleEpoch) >>> 0
  host.bandwidthThrottleEpoch = now
  if (host.connectedPeers === 0) return
  limitOutgoing(step, elapsed)
  if (host.recalculateBandwidthLimits) announceIncoming(step)
}

/** Lowers the throttle limit of peers that would get more than they, or this host, can take. */
const limitOutgoing = (step: Step, elapsed: number): void => {
  const { host } = step
  const peers = establishedPeers(host)
  const limited = host.settings.outgoingBandwidth !== 0
  let bandwidth = limited ? Math.floor((host.settings.outgoingBandwidth * elapsed) / 1000) : UNLIMITED
  let total = limited ? peers.reduce((sum, peer) => sum + peer.outgoingDataTotal, 0) : UNLIMITED
  const share = (): number =>
    total <= bandwidth ? PEER_PACKET_THROTTLE_SCALE : Math.floor((bandwidth * PEER_PACKET_THROTTLE_SCALE) / total)
  let rest = peers
  let changed = host.bandwidthLimitedPeers > 0
  while (changed && rest.length > 0) {
    changed = false
    const throttle = share()
    const unmarked: Array<Peer> = []
    for (const peer of rest) {
      const capacity = Math.floor((peer.link.incomingBandwidth * elapsed) / 1000)
      const wanted = peer.outgoingDataTotal
      if (
        peer.link.incomingBandwidth === 0 || Math.floor((throttle * wanted) / PEER_PACKET_THROTTLE_SCALE) <= capacity
      ) {
        unmarked.push(peer)
        continue
      }
      setThrottleLimit(step, peer, Math.max(1, Math.floor((capacity * PEER_PACKET_THROTTLE_SCALE) / wanted)))
      bandwidth -= capacity
      total -= capacity
      changed = true
    }
    rest = unmarked
  }
  const throttle = share()
  for (const peer of rest) setThrottleLimit(step, peer, throttle)
}

const setThrottleLimit = (step: Step, peer: Peer, limit: number): void => {
  if (peer.packetThrottleLimit !== limit || peer.packetThrottle > limit) {
    const own = step.edit(peer)
    own.packetThrottleLimit = limit
    own.packetThrottle = Math.min(own.packetThrottle, limit)
  }
  if (peer.incomingDataTotal !== 0 || peer.outgoingDataTotal !== 0) {
    const own = step.own(step.host.peers.get(peer.slot) ?? peer)
    own.incomingDataTotal = 0
    own.outgoingDataTotal = 0
  }
}

/** Shares the host's incoming bandwidth among the peers and tells each what it may send. */
const announceIncoming = (step: Step): void => {
  const { host } = step
  host.recalculateBandwidthLimits = false
  const peers = establishedPeers(host)
  const modest = new Set<number>()
  let bandwidth = host.settings.incomingBandwidth
  let share = 0
  if (bandwidth !== 0) {
    let changed = true
    while (changed && modest.size < peers.length) {
      changed = false
      share = Math.floor(bandwidth / (peers.length - modest.size))
      for (const peer of peers) {
        const wanted = peer.link.outgoingBandwidth
        if (modest.has(peer.slot) || (wanted > 0 && wanted >= share)) continue
        modest.add(peer.slot)
        bandwidth -= wanted
        changed = true
      }
    }
  }
  for (const peer of peers) {
    const own = step.edit(peer)
    queueCommand(step, own, {
      _tag: "BandwidthLimit",
      flags: PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
      channelID: CONTROL_CHANNEL,
      reliableSequenceNumber: nextControlNumber(own),
      incomingBandwidth: modest.has(peer.slot) ? peer.link.outgoingBandwidth : share,
      outgoingBandwidth: host.settings.outgoingBandwidth
    })
  }
}

/** `enet_protocol_handle_bandwidth_limit`. */
export const handleBandwidthLimit = (step: Step, peer: Peer, command: Command.BandwidthLimit): boolean => {
  const { host } = step
  if (peer.link.incomingBandwidth !== 0) host.bandwidthLimitedPeers--
  if (command.incomingBandwidth !== 0) host.bandwidthLimitedPeers++
  peer.link = {
    ...peer.link,
    incomingBandwidth: command.incomingBandwidth,
    outgoingBandwidth: command.outgoingBandwidth,
    windowSize: sendWindow(host.settings.outgoingBandwidth, command.incomingBandwidth)
  }
  return true
}
