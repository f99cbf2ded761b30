/**
 * Where the two sides differ for a reason. README.md of this directory explains each rule; nothing else is excused.
 */
import { type Host, type Peer, PeerState } from "@effect-enet/core/protocol"
import { Constants, Decode, Header } from "@effect-enet/core/wire"
import { AMPLE, type HostPlan } from "./plan.ts"

export type RuleName =
  // our side is made to do as the library does, and everything is compared
  | "send-queues"
  | "deliver-before-disconnect"
  | "deliver-while-draining"
  | "held-overhead"
  | "awaited-packet"
  | "lost-attempt-recalculates"
  | "pass-goes-on"
  // a datagram or a call is left out, or replaced, on both sides
  | "empty-fragment"
  | "fragments-without-bytes"
  | "ids-fit-the-header"
  | "mtu-minimum"
  | "short-datagram"
  | "oversized-datagram"
  | "throttle-configure-established"
  | "timeout-limit"
  | "event-order"
  // the seed ends here
  | "throttled-run"
  | "wide-arithmetic"
  | "pass-visits"
  | "waiting-data-discarded"

/** Ends a seed where the sides may part for a reason that cannot be followed. */
export class EndOfSeed extends Error {
  readonly rule: RuleName
  constructor(rule: RuleName) {
    super(rule)
    this.rule = rule
  }
}

const { PeerState: State } = PeerState

const DAY = 86_400_000

/** `ENET_TIME_DIFFERENCE`. */
const span = (a: number, b: number): number => {
  const forward = (a - b) >>> 0
  return forward >= DAY ? (b - a) >>> 0 : forward
}

type Command = NonNullable<ReturnType<typeof Decode.decodeDatagram>>["commands"][number]

/** What the library can multiply by a second or two without wrapping. */
const MODEST_BANDWIDTH = 1 << 21

const objection = (command: Command, receiver: HostPlan): RuleName | undefined => {
  switch (command._tag) {
    case "SendFragment":
    case "SendUnreliableFragment":
      if (command.payload.length === 0) return "empty-fragment"
      return command.totalLength < command.fragmentCount ? "fragments-without-bytes" : undefined
    case "Connect":
      if (command.outgoingPeerID >= Constants.PROTOCOL_MAXIMUM_PEER_ID) return "ids-fit-the-header"
      if (Math.max(command.mtu, Constants.PROTOCOL_MINIMUM_MTU) > receiver.mtu) return "mtu-minimum"
      return command.packetThrottleAcceleration >= 2 ** 31 || command.incomingBandwidth > MODEST_BANDWIDTH
        ? "wide-arithmetic"
        : undefined
    case "VerifyConnect":
      return command.outgoingPeerID > Constants.PROTOCOL_MAXIMUM_PEER_ID || command.incomingSessionID > 3 ||
          command.outgoingSessionID > 3
        ? "ids-fit-the-header"
        : command.incomingBandwidth > MODEST_BANDWIDTH
        ? "wide-arithmetic"
        : undefined
    case "BandwidthLimit":
      return command.incomingBandwidth > MODEST_BANDWIDTH ? "wide-arithmetic" : undefined
    case "ThrottleConfigure":
      return command.packetThrottleAcceleration >= 2 ** 31 ? "wide-arithmetic" : undefined
    default:
      return undefined
  }
}

const inflated = new Uint8Array(Constants.PROTOCOL_MAXIMUM_MTU)

/** The datagram as the host sees it; what cannot be unpacked is dropped by both sides. */
const unpack = ({ settings: { checksum, compressor } }: Host.Host, bytes: Uint8Array): Uint8Array => {
  const word = Header.peerWord(bytes)
  const start = Header.headerSize(word) + (checksum === undefined ? 0 : 4)
  if (compressor === undefined || !Header.isCompressed(word) || bytes.length < start) return bytes
  inflated.set(bytes.subarray(0, start))
  return inflated.subarray(0, start + compressor.decompress(bytes.subarray(start), inflated.subarray(start)))
}

/** The commands of a datagram to the host; `undefined` when it is shorter than its header. */
const commandsOf = (host: Host.Host, bytes: Uint8Array): ReadonlyArray<Command> | undefined =>
  Decode.decodeDatagram(unpack(host, bytes), { checksum: host.settings.checksum !== undefined })?.commands

/** Why a datagram is delivered to neither side. */
export const withheld = (bytes: Uint8Array, host: Host.Host, receiver: HostPlan): RuleName | undefined => {
  if (bytes.length > Constants.PROTOCOL_MAXIMUM_MTU) return "oversized-datagram"
  const commands = commandsOf(host, bytes)
  if (commands === undefined) return "short-datagram"
  for (const command of commands) {
    const rule = objection(command, receiver)
    if (rule !== undefined) return rule
  }
  return undefined
}

type Outgoing = NonNullable<ReturnType<Peer["sentReliable"]["head"]>>

const listOf = (queue: { readonly forEach: (visit: (item: Outgoing) => void) => void }): Array<Outgoing> => {
  const list: Array<Outgoing> = []
  queue.forEach((item) => list.push(item))
  return list
}

const pairOf = ({ command }: Outgoing): string => {
  switch (command._tag) {
    case "SendUnreliable":
      return `${command.reliableSequenceNumber} ${command.unreliableSequenceNumber}`
    case "SendUnreliableFragment":
      return `${command.reliableSequenceNumber} ${command.startSequenceNumber}`
    default:
      return `${command.reliableSequenceNumber} 0`
  }
}

const drawsThrottle = ({ command, payload }: Outgoing): boolean =>
  payload !== undefined && (command._tag !== "SendUnreliableFragment" || command.fragmentOffset === 0)

const startsRun = (queue: ReadonlyArray<Outgoing>, index: number): boolean => {
  const next = queue[index + 1]
  return next?.payload !== undefined && pairOf(queue[index]!) === pairOf(next)
}

/**
 * Whether the throttle will drop a packet with followers of the same numbers in the queue of unreliable commands, while
 * a reliable packet stands between two of them in the library's single queue.
 */
const runsAcrossQueues = (peer: Peer, throttleMayFall: boolean): boolean => {
  if (peer.outgoing.size < 2 || peer.outgoingReliable.size === 0) return false
  if (peer.packetThrottle >= 31 && !throttleMayFall) return false
  const reliable = listOf(peer.outgoingReliable).map(({ queueTime }) => signed(queueTime))
  const queue = listOf(peer.outgoing)
  let counter = peer.packetThrottleCounter
  let behind = 0
  const isSplit = (index: number): boolean => {
    while (behind < reliable.length && reliable[behind]! < signed(queue[index]!.queueTime)) behind++
    return behind < reliable.length && reliable[behind]! < signed(queue[index + 1]!.queueTime)
  }
  for (let i = 0; i < queue.length; i++) {
    if (!throttleMayFall) {
      if (!drawsThrottle(queue[i]!)) continue
      counter = (counter + 7) % 32
      if (counter <= peer.packetThrottle) continue
    }
    for (; startsRun(queue, i); i++) if (isSplit(i)) return true
  }
  return false
}

const isEstablished = ({ state }: Peer): boolean => state === State.Connected || state === State.DisconnectLater

const peersOf = (host: Host.Host): Array<Peer> => {
  const peers: Array<Peer> = []
  host.peers.forEach((peer) => peers.push(peer))
  return peers
}

/** Whether the library's 32-bit arithmetic wraps in a bandwidth step over `elapsed` milliseconds. */
const overflows = (host: Host.Host, elapsed: number): boolean => {
  const outgoing = host.settings.outgoingBandwidth
  if (outgoing * elapsed >= 2 ** 32 || Math.floor((outgoing * elapsed) / 1000) >= 2 ** 27) return true
  return peersOf(host).some((peer) => isEstablished(peer) && peer.link.incomingBandwidth * elapsed >= 2 ** 32)
}

/** Ends the seed where the next send pass may differ. */
export const guardPass = (host: Host.Host, now: number, isService: boolean): void => {
  const elapsed = (now - host.bandwidthThrottleEpoch) >>> 0
  const isDue = isService && span(now, host.bandwidthThrottleEpoch) >= 1000 && host.connectedPeers > 0
  if (isDue && overflows(host, elapsed)) throw new EndOfSeed("wide-arithmetic")
  host.peers.forEach((peer) => {
    if (runsAcrossQueues(peer, isDue)) throw new EndOfSeed("throttled-run")
  })
}

/** Whether our two queues would send these, put in front of them, in another order. */
const isOutOfOrder = (overdue: ReadonlyArray<Outgoing>, first: number): boolean =>
  overdue.some(({ queueTime }, index) => signed(queueTime) >= signed(overdue[index + 1]?.queueTime ?? first))

/**
 * The library puts what has timed out in front of its single queue, in the order of the last transmission. Where that
 * differs from the order of queueing, what is about to time out is numbered anew.
 */
export const renumberTimedOut = (host: Host.Host, now: number): boolean => {
  let applied = false
  host.peers.forEach((peer) => {
    if (peer.sentReliable.size === 0) return
    const overdue = listOf(peer.sentReliable).filter(({ roundTripTimeout, sentTime }) =>
      (now - sentTime) >>> 0 >= roundTripTimeout
    )
    const first = [peer.outgoing.head(), peer.outgoingReliable.head()].reduce(
      (least, head) => head === undefined ? least : Math.min(least, signed(head.queueTime)),
      signed(host.totalQueued + 1)
    )
    if (!isOutOfOrder(overdue, first)) return
    overdue.forEach((outgoing, index) => {
      ;(outgoing as { queueTime: number }).queueTime = (first - overdue.length + index) >>> 0
    })
    applied = true
  })
  return applied
}

/** Numbers in front of the first one have wrapped. */
const signed = (queueTime: number): number => queueTime | 0

const isScarce = (host: Host.Host): boolean => host.settings.maximumWaitingData < AMPLE

/** The limit on the memory for records is ours alone, and less than nothing never reaches it. */
export const ignoreOverhead = (host: Host.Host, slots: ReadonlyArray<number>): boolean => {
  if (!isScarce(host)) return false
  for (const slot of slots) host.peers.get(slot)!.waitingOverhead = -Infinity
  return slots.length > 0
}

const isData = (command: Command): boolean => command._tag.startsWith("Send")

/** Whether a packet that others wait for comes behind one that will wait, in the same datagram. */
const mixesAwaited = (peer: Peer, commands: ReadonlyArray<Command>): boolean => {
  const delivered = new Map<number, number>()
  let waits = false
  for (const command of commands) {
    const { channelID, reliableSequenceNumber } = command
    const last = delivered.get(channelID) ?? peer.channel(channelID).incomingReliableSequenceNumber
    const next = (last + 1) & 0xffff
    const start = command._tag === "SendFragment" ? command.startSequenceNumber : reliableSequenceNumber
    const isReliable = command._tag === "SendReliable" || command._tag === "SendFragment"
    if (isReliable && start === next && waits) return true
    if (command._tag === "SendReliable" && start === next) delivered.set(channelID, next)
    else if (command._tag !== "SendUnsequenced" && (command._tag !== "SendUnreliable" || start !== last)) waits = true
  }
  return false
}

const lengthOf = (command: Command): number =>
  "totalLength" in command ? command.totalLength : "payload" in command ? command.payload.length : 0

/**
 * The library refuses the packet that all others wait for because of those others; ours only for what the application
 * has not fetched. While a datagram is read, all that waits is made to count as unfetched; the result takes that back.
 */
export const countAsUnfetched = (
  host: Host.Host,
  bytes: Uint8Array
): ((after: Host.Host) => void) | undefined => {
  if (!isScarce(host)) return undefined
  const slot = Header.peerIDOf(Header.peerWord(bytes))
  const peer = host.peers.get(slot)
  if (peer === undefined || !isEstablished(peer)) return undefined
  const limit = host.settings.maximumWaitingData
  const data = commandsOf(host, bytes)!.filter(isData)
  const added = data.reduce((sum, command) => sum + lengthOf(command), 0)
  const isOnTheEdge = peer.totalWaitingData < limit && peer.totalWaitingData + added >= limit &&
    mixesAwaited(peer, data)
  if (isOnTheEdge) throw new EndOfSeed("awaited-packet")
  const more = peer.totalWaitingData - peer.dispatchedData
  if (more === 0) return undefined
  peer.dispatchedData += more
  return (after) => {
    const now = after.peers.get(slot)!
    if (isEstablished(now)) now.dispatchedData -= more
  }
}

/**
 * In each pass of a send the library visits every peer, ours only those that have more: a DISCONNECT that became due in
 * one pass, or a ping for which there was no room, leaves in the library's next pass, here in the next call.
 */
export const guardLaterPass = (
  before: Host.Host,
  after: Host.Host,
  destinations: ReadonlyArray<string>,
  now: number
): void => {
  if (new Set(destinations).size === destinations.length) return
  after.peers.forEach((peer) => {
    const wasLeaving = before.peers.get(peer.slot)?.state === State.DisconnectLater
    const isPingOverdue = peer.state === State.Connected && peer.sentReliable.size === 0 &&
      span(now, peer.lastReceiveTime) >= peer.link.pingInterval
    if (isPingOverdue || (wasLeaving && peer.state === State.Disconnecting)) throw new EndOfSeed("pass-visits")
  })
}
