/**
 * Checks the books of the protocol itself: whether the counters that a host keeps say what its queues hold.
 */
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import { deadline, Host, type Peer, PeerState } from "@effect-enet/core/protocol"
import { Driver } from "../src/internal/Driver.ts"
import type { Channel, Incoming } from "../src/protocol/Channel.ts"
import { memoryOf } from "../src/protocol/Peer.ts"

type Violate = (invariant: string, detail: string) => void

/** The driver behind a handle. It is nobody's business but that of this audit. */
export const driverOf = (peer: EnetPeer): Driver | undefined => {
  const driver: unknown = Reflect.get(peer, "driver")
  return driver instanceof Driver ? driver : undefined
}

const stateOf = (driver: Driver): Host.Host | undefined => {
  const state: unknown = Reflect.get(driver, "state")
  return state instanceof Host.Host ? state : undefined
}

/** Records that a host keeps for its peers. */
export const sizeOf = (driver: Driver): number => {
  let size = 0
  stateOf(driver)?.peers.forEach((peer) => {
    size += peer.acknowledgements.size + peer.sentReliable.size + peer.outgoing.size + peer.outgoingReliable.size +
      peer.dispatched.size
    for (const channel of peer.channels) {
      if (channel !== undefined) size += 1 + channel.incomingReliable.size + channel.incomingUnreliable.size
    }
  })
  return size
}

const NEVER = -1
const RELIABLE_WINDOW = 4096
const CONTROL_CHANNEL = 0xff

/** `a` is before `b` on a clock that wraps. */
const isBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0

export class Auditor {
  private readonly name: string
  private readonly violate: Violate
  private lastState: Host.Host | undefined
  private readonly lastPeers: Map<number, Peer> = new Map()
  private readonly honest: boolean

  /** Remotes that are not `honest` may harm their own connections in any way. */
  constructor(name: string, violate: Violate, honest = true) {
    this.name = name
    this.violate = violate
    this.honest = honest
  }

  /** Between two steps, when everything has come to rest. */
  check(driver: Driver): void {
    if (driver.isClosed) return
    const state = stateOf(driver)
    if (state === undefined) return this.violate("a driver has a state", this.name)
    this.checkTime(driver)
    if (state === this.lastState) return
    this.lastState = state
    this.checkHost(state)
    state.peers.forEach((peer) => {
      if (this.lastPeers.get(peer.slot) === peer) return
      this.lastPeers.set(peer.slot, peer)
      this.checkPeer(state, peer)
    })
  }

  private expect(invariant: string, actual: number, expected: number, peer?: Peer): void {
    if (actual === expected) return
    const who = peer === undefined ? this.name : `${this.name}, slot ${peer.slot}`
    this.violate(invariant, `${who}: ${actual} instead of ${expected}`)
  }

  /** No deadline has passed without work, and somebody sleeps for the next one. */
  private checkTime(driver: Driver): void {
    const state = stateOf(driver)
    const next = state === undefined ? undefined : deadline(state)
    if (driver.turn.isDirty) this.violate("a host at rest has nothing to send", this.name)
    if (next === undefined) return
    if (!isBefore(driver.now, next)) {
      this.violate("no timer in the past", `${this.name}: due at ${next}, it is ${driver.now}`)
    }
    if (driver.alarmAt === undefined || isBefore(next, driver.alarmAt)) {
      this.violate("somebody sleeps for the next deadline", `${this.name}: ${next}, alarm at ${driver.alarmAt}`)
    }
  }

  private checkHost(host: Host.Host): void {
    let taken = 0
    let connected = 0
    let limited = 0
    let wake = NEVER
    let lowestFree = 0
    let memory = 0
    host.peers.forEach((peer) => {
      memory += memoryOf(peer)
      if (peer.state === PeerState.PeerState.Disconnected) return
      taken++
      if (peer.slot === lowestFree) lowestFree++
      if (wake === NEVER || (peer.wake !== NEVER && isBefore(peer.wake, wake))) wake = peer.wake
      if (!PeerState.isEstablished(peer.state)) return
      connected++
      if (peer.link.incomingBandwidth !== 0) limited++
    })
    this.expect("taken slots are counted", host.takenSlots, taken)
    this.expect("connected peers are counted", host.connectedPeers, connected)
    this.expect("limited peers are counted", host.bandwidthLimitedPeers, limited)
    this.expect("the host's memory is accounted for", host.memory, memory)
    this.expect("the earliest deadline is known", host.peers.wake, wake)
    if (taken > host.settings.maxPeers) this.violate("slots within the limit", `${this.name}: ${taken}`)
    if (host.lowestFree > lowestFree) {
      this.violate("slots below the lowest free one are taken", `${this.name}: ${host.lowestFree} > ${lowestFree}`)
    }
  }

  private checkPeer(host: Host.Host, peer: Peer): void {
    const { PeerState: States } = PeerState
    if (peer.state === States.Disconnected) {
      this.expect("a free slot holds nothing", peer.totalWaitingData + peer.waitingOverhead + peer.outgoingQueued, 0)
      return
    }
    this.checkIncoming(host, peer)
    this.checkOutgoing(peer)
    const { packetThrottle, packetThrottleLimit } = peer
    if (packetThrottle < 0 || packetThrottle > 32 || packetThrottleLimit < 0 || packetThrottleLimit > 32) {
      this.violate("throttle within its scale", `${this.name}: ${packetThrottle} of ${packetThrottleLimit}`)
    }
    const hasNews = peer.dispatched.size > 0 && !peer.isHeld
    const announces = peer.state === States.ConnectionPending || peer.state === States.ConnectionSucceeded ||
      (peer.state === States.Zombie && peer.dispatched.size === 0)
    if ((hasNews || announces) && peer.dispatchTicket === -1) {
      this.violate("who has events waits in line", `${this.name}, slot ${peer.slot}`)
    }
  }

  private checkIncoming(host: Host.Host, peer: Peer): void {
    let waiting = 0
    let records = 0
    let incomplete = 0
    let arrived = 0
    peer.dispatched.forEach(({ payload }) => {
      waiting += payload.length
      records++
    })
    this.expect("dispatched data is counted", peer.dispatchedData, waiting, peer)
    for (const channel of peer.channels) {
      if (channel === undefined) continue
      const count = ({ length, payload, reassembly }: Incoming) => {
        waiting += length
        records++
        if (payload !== undefined || reassembly === undefined) return
        incomplete += length
        arrived += reassembly.heldBytes
      }
      channel.incomingReliable.forEach(count)
      channel.incomingUnreliable.forEach(count)
      if (this.honest) this.checkOrder(peer, channel)
    }
    this.expect("waiting data is counted", peer.totalWaitingData, waiting, peer)
    this.expect("incomplete packets are counted", peer.incompleteLength, incomplete, peer)
    this.expect("fragments are counted", peer.reassembling, arrived, peer)
    if (records === 0) this.expect("nothing waits without a packet", peer.waitingOverhead, 0, peer)
    const { maximumPacketSize, maximumWaitingData } = host.settings
    // a packet may begin below the limit, and each channel keeps one that all its others wait for
    const limit = 2 * maximumWaitingData + (peer.link.channelCount + 1) * maximumPacketSize
    // of those that are complete: one that began below the limit, one in fragments that was awaited, and a whole one
    const dispatchedLimit = 2 * maximumWaitingData + 3 * maximumPacketSize
    if (peer.totalWaitingData >= limit || peer.dispatchedData >= dispatchedLimit) {
      this.violate("waiting data within the limit", `${this.name}, slot ${peer.slot}: ${peer.totalWaitingData} B`)
    }
  }

  /** What waits for a missing packet waits in order, and is not what could be delivered. */
  private checkOrder(peer: Peer, channel: Channel): void {
    const delivered = channel.incomingReliableSequenceNumber
    let last = 0
    channel.incomingReliable.forEach(({ payload, reliableSequenceNumber }) => {
      const distance = (reliableSequenceNumber - delivered) & 0xffff
      if (distance <= last) {
        this.violate("reliable packets wait in order", `${this.name}, slot ${peer.slot}: ${reliableSequenceNumber}`)
      }
      if (distance === 1 && payload !== undefined) {
        this.violate("what is next in line does not wait", `${this.name}, slot ${peer.slot}: ${reliableSequenceNumber}`)
      }
      last = distance
    })
  }

  private checkOutgoing(peer: Peer): void {
    let queued = 0
    let inTransit = 0
    const windows = new Map<number, number>()
    const enter = (channelID: number, number: number) => {
      if (channelID === CONTROL_CHANNEL) return
      const key = channelID * 16 + Math.floor(number / RELIABLE_WINDOW)
      windows.set(key, (windows.get(key) ?? 0) + 1)
    }
    for (const queue of [peer.outgoing, peer.outgoingReliable]) {
      queue.forEach((outgoing) => {
        if (outgoing.sendAttempts === 0) queued += outgoing.payloadSize
        else enter(outgoing.command.channelID, outgoing.command.reliableSequenceNumber)
      })
    }
    peer.sentReliable.forEach((outgoing) => {
      inTransit += outgoing.payloadSize
      enter(outgoing.command.channelID, outgoing.command.reliableSequenceNumber)
    })
    this.expect("queued data is counted", peer.outgoingQueued, queued, peer)
    // a disconnect drops what was in flight, without counting
    if (!PeerState.isEstablished(peer.state)) return
    this.expect("data in flight is counted", peer.reliableDataInTransit, inTransit, peer)
    let counted = 0
    peer.channels.forEach((channel, channelID) => {
      channel?.reliableWindows.forEach((count, window) => {
        counted += count
        this.expect("windows are counted", count, windows.get(channelID * 16 + window) ?? 0, peer)
        const bit = (channel.usedReliableWindows >>> window) & 1
        this.expect("used windows are marked", bit, count > 0 ? 1 : 0, peer)
      })
    })
    let expected = 0
    for (const count of windows.values()) expected += count
    this.expect("windows hold what is unacknowledged", counted, expected, peer)
  }
}
