/**
 * What becomes of a peer that makes its host keep too much, or that sends what no ENet program sends.
 */
import type * as Command from "../wire/Command.ts"
import { CONTROL_CHANNEL, PROTOCOL_COMMAND_FLAG_UNSEQUENCED } from "../wire/Constants.ts"
import { bill, type Budgets } from "./Budgets.ts"
import type { Incoming } from "./Channel.ts"
import type { ChunkList } from "./collections/ChunkList.ts"
import { sendTo } from "./Datagram.ts"
import { HELD_OVERHEAD, type Peer } from "./Peer.ts"
import { isEstablished } from "./PeerState.ts"
import { nextControlNumber } from "./Queueing.ts"
import { ReasonCode } from "./ReasonCode.ts"
import { becomeZombie, type Step } from "./Step.ts"
import { span } from "./Time.ts"

/** Ends a connection at once, and tells the remote why. */
export const expel = (step: Step, peer: Peer, reason: "BudgetExceeded" | "ProtocolViolation"): void => {
  sendTo(step, peer.link, {
    _tag: "Disconnect",
    flags: PROTOCOL_COMMAND_FLAG_UNSEQUENCED,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: nextControlNumber(peer),
    data: ReasonCode[reason]
  }, undefined)
  becomeZombie(step, peer, ReasonCode[reason], reason)
}

/**
 * Whether the host takes a payload of a peer. One half of its memory is for whoever needs it, of the other half each peer
 * has an equal share: so those who take much cannot leave nothing to the others. Who has too much of packets that it does
 * not complete is expelled; what only waits for the application is refused, so that the remote sends it again. So is the
 * rest of a datagram for which the host has searched long enough.
 */
export const hasBudget = (step: Step, budgets: Budgets, peer: Peer, { payload }: Command.PayloadCommand): boolean => {
  const { host } = step
  const half = budgets.memoryPerHost / 2
  const more = payload.length + HELD_OVERHEAD
  // mostly there is plenty, whatever this step has taken so far
  step.taken += more
  const isPlenty = host.memory + step.taken <= half && peer.reassembling <= budgets.reassemblyPerPeer
  if (isPlenty && step.work <= budgets.workPerDatagram) return true
  bill(step, peer)
  const isOver = host.memory + more > half && peer.billed + more > half / Math.max(host.connectedPeers, 1)
  const isHoarding = peer.reassembling > budgets.reassemblyPerPeer
  if (!isOver && !isHoarding && step.work <= budgets.workPerDatagram) return true
  step.verdict = "BudgetExceeded"
  peer.reassemblyAt = step.now
  if (isHoarding || (isOver && peer.reassembling * 2 > peer.billed)) expel(step, peer, "BudgetExceeded")
  return false
}

/** Whether so many more bytes may wait to be sent to the peer; a peer that does not take them in is expelled. */
export const mayQueue = (step: Step, peer: Peer, length: number): boolean => {
  const { budgets } = step.host.settings
  if (budgets === undefined || peer.outgoingQueued + length <= budgets.queuedPerPeer) return true
  expel(step, peer, "BudgetExceeded")
  return false
}

/** Counts a datagram that made no sense, although it carried the peer's ids. */
export const noteMalformed = (step: Step, peer: Peer): void => {
  const { budgets } = step.host.settings
  if (budgets === undefined || !isEstablished(peer.state) || ++peer.malformed < budgets.malformedPerPeer) return
  expel(step, peer, "ProtocolViolation")
}

const isIncomplete = ({ payload, reassembly }: Incoming): boolean => payload === undefined && reassembly !== undefined

const has = (list: ChunkList<Incoming>, fits: (entry: Incoming) => boolean): boolean => {
  let found = false
  list.forEach((entry) => {
    if (fits(entry)) found = true
  })
  return found
}

/** Gives up packets of which no fragment has come for long: `true` when the peer is expelled for a reliable one. */
export const giveUpReassembly = (step: Step, peer: Peer): boolean => {
  const { budgets } = step.host.settings
  if (budgets === undefined || span(step.now, peer.reassemblyAt) <= budgets.reassemblyTimeout) return false
  if (peer.channels.some((channel) => channel !== undefined && has(channel.incomingReliable, isIncomplete))) {
    expel(step, peer, "BudgetExceeded")
    return true
  }
  peer.channels.forEach((channel, channelID) => {
    if (channel === undefined || !has(channel.incomingUnreliable, isIncomplete)) return
    const kept: Array<Incoming> = []
    channel.incomingUnreliable.forEach((entry) => {
      if (isIncomplete(entry)) peer.release(entry)
      else kept.push(entry)
    })
    const own = peer.editChannel(channelID)
    own.incomingUnreliable = own.incomingUnreliable.edit(step.owner)
    own.incomingUnreliable.drop(own.incomingUnreliable.size)
    own.incomingUnreliable.prepend(kept)
  })
  return false
}
