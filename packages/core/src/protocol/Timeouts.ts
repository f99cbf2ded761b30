/**
 * Commands whose acknowledgement is overdue, and connections that are lost (`enet_protocol_check_timeouts`).
 */
import { Cursor } from "./collections/ChunkList.ts"
import type { Outgoing } from "./Outgoing.ts"
import type { Peer } from "./Peer.ts"
import { announceDisconnect, type Step } from "./Step.ts"
import { before, span } from "./Time.ts"

/** `2^(attempts - 1) >= limit` without shifting by more than 31. */
const attemptsExceed = (sendAttempts: number, limit: number): boolean =>
  sendAttempts > 32 || 2 ** (sendAttempts - 1) >= limit

const isLost = (peer: Peer, outgoing: Outgoing, now: number): boolean => {
  const age = span(now, peer.earliestTimeout)
  const { timeoutLimit, timeoutMaximum, timeoutMinimum } = peer.link
  return age >= timeoutMaximum || (attemptsExceed(outgoing.sendAttempts, timeoutLimit) && age >= timeoutMinimum)
}

/**
 * Moves what is overdue back into the outgoing queues, in front of everything else. `true` when the connection is lost.
 */
export const checkTimeouts = (step: Step, peer: Peer): boolean => {
  const now = step.now
  const control: Array<Outgoing> = []
  const data: Array<Outgoing> = []
  const list = peer.sentReliable = peer.sentReliable.edit(step.owner)
  const cursor = new Cursor()
  let outgoing = list.first(cursor)
  while (outgoing !== undefined) {
    if (span(now, outgoing.sentTime) < outgoing.roundTripTimeout) {
      outgoing = list.after(cursor)
      continue
    }
    if (peer.earliestTimeout === 0 || before(outgoing.sentTime, peer.earliestTimeout)) {
      peer.earliestTimeout = outgoing.sentTime
    }
    if (isLost(peer, outgoing, now)) {
      announceDisconnect(step, peer, "Timeout")
      return true
    }
    peer.packetsLost++
    if (outgoing.payload === undefined) control.push(outgoing.timedOut())
    else {
      peer.reliableDataInTransit -= outgoing.payloadSize
      data.push(outgoing.timedOut())
    }
    outgoing = list.removeAndNext(cursor)
  }
  const head = list.head()
  if (head !== undefined) peer.nextTimeout = (head.sentTime + head.roundTripTimeout) >>> 0
  if (control.length > 0) {
    peer.outgoing = peer.outgoing.edit(step.owner)
    peer.outgoing.pushRetransmissions(control)
  }
  if (data.length > 0) {
    peer.outgoingReliable = peer.outgoingReliable.edit(step.owner)
    peer.outgoingReliable.pushRetransmissions(data)
  }
  return false
}
