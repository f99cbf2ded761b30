/**
 * Our state in the words of the oracle's `peers` and `host-state` lines, in the library's order.
 */
import { type Host, type Peer, PeerState } from "@effect-enet/core/protocol"
import type { Fields, PeerLines } from "./script.ts"

type Channel = NonNullable<Peer["channels"][number]>

/** Not compared: ours has no such field, or a rule says why. */
const SKIP = ""

export const WAITING = "totalWaitingData="

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0")

const channelLine = (id: number, slot: number, number: number, channel: Channel): string =>
  `channel ${id} ${slot} ${number}` +
  ` outgoingReliableSequenceNumber=${channel.outgoingReliableSequenceNumber}` +
  ` outgoingUnreliableSequenceNumber=${channel.outgoingUnreliableSequenceNumber}` +
  ` usedReliableWindows=${channel.usedReliableWindows}` +
  ` reliableWindows=${channel.reliableWindows.join(",")}` +
  ` incomingReliableSequenceNumber=${channel.incomingReliableSequenceNumber}` +
  ` incomingUnreliableSequenceNumber=${channel.incomingUnreliableSequenceNumber}` +
  ` incomingReliableCommands=${channel.incomingReliable.size}` +
  ` incomingUnreliableCommands=${channel.incomingUnreliable.size}`

/** The oracle says nothing of channels that are in their initial state. */
const isUntouched = (channel: Channel): boolean =>
  channel.outgoingReliableSequenceNumber === 0 && channel.outgoingUnreliableSequenceNumber === 0 &&
  channel.usedReliableWindows === 0 && channel.incomingReliableSequenceNumber === 0 &&
  channel.incomingUnreliableSequenceNumber === 0 && channel.incomingReliable.size === 0 &&
  channel.incomingUnreliable.size === 0

const channelLines = (id: number, peer: Peer): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (let number = 0; number < peer.link.channelCount; number++) {
    const channel = peer.channels[number]
    if (channel !== undefined && !isUntouched(channel)) lines.push(channelLine(id, peer.slot, number, channel))
  }
  return lines
}

const windowWord = ({ unsequencedWindow }: Peer): string =>
  unsequencedWindow.every((word) => word === 0) ? "0" : unsequencedWindow.map(hex).join("")

const identity = (peer: Peer): ReadonlyArray<string> => [
  `connectID=${hex(peer.link.connectID)}`,
  `outgoingPeerID=${peer.link.outgoingPeerID}`,
  `incomingPeerID=${peer.slot}`,
  `outgoingSessionID=${peer.link.outgoingSessionID}`,
  `incomingSessionID=${peer.link.incomingSessionID}`,
  `address=${peer.link.address.host}:${peer.link.address.port}`,
  `channelCount=${peer.link.channelCount}`,
  `mtu=${peer.link.mtu}`,
  `windowSize=${peer.link.windowSize}`,
  `eventData=${peer.eventData}`,
  SKIP // needsDispatch: two queues here, one there
]

const traffic = (peer: Peer): ReadonlyArray<string> => [
  `incomingBandwidth=${peer.link.incomingBandwidth}`,
  `outgoingBandwidth=${peer.link.outgoingBandwidth}`,
  SKIP, // incomingBandwidthThrottleEpoch and outgoingBandwidthThrottleEpoch: marks within one bandwidth step
  SKIP,
  `incomingDataTotal=${peer.incomingDataTotal}`,
  `outgoingDataTotal=${peer.outgoingDataTotal}`,
  `lastSendTime=${peer.lastSendTime}`,
  `lastReceiveTime=${peer.lastReceiveTime}`,
  `nextTimeout=${peer.nextTimeout}`,
  `earliestTimeout=${peer.earliestTimeout}`,
  `packetLossEpoch=${peer.packetLossEpoch}`,
  `packetsSent=${peer.packetsSent}`,
  `packetsLost=${peer.packetsLost}`,
  `packetLoss=${peer.packetLoss}`,
  `packetLossVariance=${peer.packetLossVariance}`
]

const tuning = (peer: Peer): ReadonlyArray<string> => [
  `packetThrottle=${peer.packetThrottle}`,
  `packetThrottleLimit=${peer.packetThrottleLimit}`,
  `packetThrottleCounter=${peer.packetThrottleCounter}`,
  `packetThrottleEpoch=${peer.packetThrottleEpoch}`,
  `packetThrottleAcceleration=${peer.link.packetThrottleAcceleration}`,
  `packetThrottleDeceleration=${peer.link.packetThrottleDeceleration}`,
  `packetThrottleInterval=${peer.link.packetThrottleInterval}`,
  `pingInterval=${peer.link.pingInterval}`,
  `timeoutLimit=${peer.link.timeoutLimit}`,
  `timeoutMinimum=${peer.link.timeoutMinimum}`,
  `timeoutMaximum=${peer.link.timeoutMaximum}`,
  `lastRoundTripTime=${peer.lastRoundTripTime}`,
  `lowestRoundTripTime=${peer.lowestRoundTripTime}`,
  `lastRoundTripTimeVariance=${peer.lastRoundTripTimeVariance}`,
  `highestRoundTripTimeVariance=${peer.highestRoundTripTimeVariance}`,
  `roundTripTime=${peer.roundTripTime}`,
  `roundTripTimeVariance=${peer.roundTripTimeVariance}`
]

/** From DisconnectLater on ours still delivers what has arrived, and the library keeps it to no purpose. */
const holdsPackets = (peer: Peer): boolean => peer.state > PeerState.PeerState.Connected

const queues = (peer: Peer): ReadonlyArray<string> => [
  `reliableDataInTransit=${peer.reliableDataInTransit}`,
  `outgoingReliableSequenceNumber=${peer.outgoingReliableSequenceNumber}`,
  `incomingUnsequencedGroup=${peer.incomingUnsequencedGroup}`,
  `outgoingUnsequencedGroup=${peer.outgoingUnsequencedGroup}`,
  `unsequencedWindow=${windowWord(peer)}`,
  SKIP, // totalWaitingData has a comparison of its own
  `acknowledgements=${peer.acknowledgements.size}`,
  `sentReliableCommands=${peer.sentReliable.size}`,
  `outgoingCommands=${peer.outgoing.size + peer.outgoingReliable.size}`,
  holdsPackets(peer) ? SKIP : `dispatchedCommands=${peer.dispatched.size}`
]

const head = (id: number, peer: Peer): ReadonlyArray<string> => ["peer", `${id}`, `${peer.slot}`, `state=${peer.state}`]

export const peerLines = (id: number, peer: Peer): PeerLines => {
  const { connection, slot } = peer
  if (peer.state === PeerState.PeerState.Zombie) {
    // what the library keeps in a dead slot until it is reset has no effect
    return { slot, connection, words: head(id, peer), channels: [], totalWaitingData: undefined }
  }
  return {
    slot,
    connection,
    words: [...head(id, peer), ...identity(peer), ...traffic(peer), ...tuning(peer), ...queues(peer)],
    channels: channelLines(id, peer),
    totalWaitingData: holdsPackets(peer) ? undefined : peer.totalWaitingData
  }
}

export const hostFields = (id: number, host: Host.Host): Fields => ({
  _tag: "Fields",
  words: [
    "host",
    `${id}`,
    SKIP, // serviceTime
    `incomingBandwidth=${host.settings.incomingBandwidth}`,
    `outgoingBandwidth=${host.settings.outgoingBandwidth}`,
    `bandwidthThrottleEpoch=${host.bandwidthThrottleEpoch}`,
    `mtu=${host.settings.mtu}`,
    SKIP, // randomSeed
    `recalculateBandwidthLimits=${host.recalculateBandwidthLimits ? 1 : 0}`,
    `peerCount=${host.settings.maxPeers}`,
    `channelLimit=${host.settings.channelLimit}`,
    `connectedPeers=${host.connectedPeers}`,
    `bandwidthLimitedPeers=${host.bandwidthLimitedPeers}`,
    `duplicatePeers=${host.settings.duplicatePeers}`,
    `maximumPacketSize=${host.settings.maximumPacketSize}`,
    `maximumWaitingData=${host.settings.maximumWaitingData}`,
    `totalSentData=${host.totalSentData}`,
    `totalSentPackets=${host.totalSentPackets}`,
    `totalReceivedData=${host.totalReceivedData}`,
    `totalReceivedPackets=${host.totalReceivedPackets}`,
    SKIP // dispatchQueue
  ]
})
