/**
 * The handshake of a host on the open internet: strangers are answered once for each CONNECT, and become peers when they
 * have proved that they receive at the address that they write from.
 *
 * The proof is what a remote must echo of VERIFY_CONNECT: peer id and session id in its headers, sequence number and sent
 * time in its acknowledgement, 46 bits that only the host's secret gives. The ids alone, in any datagram, show that the
 * remote has received VERIFY_CONNECT: from then on it has a slot and is asked again until it acknowledges, as in ENet.
 */
import type * as Command from "../wire/Command.ts"
import { PEER_DEFAULT_ROUND_TRIP_TIME } from "../wire/Constants.ts"
import type { Address } from "./Address.ts"
import { noRoom, objection, occupy } from "./Connecting.ts"
import { sendTo } from "./Datagram.ts"
import { type HalfOpen, type Place, placeOf, type Proving } from "./HalfOpen.ts"
import type * as Input from "./Input.ts"
import { grantedLink, verifyConnect } from "./Negotiating.ts"
import { Outgoing } from "./Outgoing.ts"
import type { Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import { ReasonCode } from "./ReasonCode.ts"
import { refuse } from "./Refusing.ts"
import { freePeerID } from "./Routes.ts"
import { ofWords } from "./SipHash.ts"
import { changeState, type Step } from "./Step.ts"

const codes = {
  Refusing: ReasonCode.Refusing,
  DuplicatePeers: ReasonCode.TooManyFromAddress,
  HostFull: ReasonCode.HostFull
} as const

const verifyConnectOf = (step: Step, entry: HalfOpen): Command.VerifyConnect =>
  verifyConnect(step.host.settings, entry.request, entry, entry.number)

const targetOf = ({ address, outgoingSessionID, request }: HalfOpen) => ({
  address,
  outgoingPeerID: request.outgoingPeerID,
  outgoingSessionID,
  connectID: request.connectID
})

/** A compressed CONNECT of hardly anything can be shorter than its answer; nobody gets more than this for it. */
const MOST_AMPLIFIED = 1.5

const answer = (step: Step, entry: HalfOpen, asked: number): void => {
  const isSent = sendTo(step, targetOf(entry), [verifyConnectOf(step, entry)], entry.sentTime, asked * MOST_AMPLIFIED)
  if (!isSent) step.drop("Unacceptable")
}

const open = (step: Step, { secret }: Proving, place: Place, address: Address, request: Command.Connect): HalfOpen => {
  const { high, low } = ofWords(secret, [...place.words, address.port, request.connectID, step.host.halfOpen.next])
  const session = (high >>> 2) & 3
  return {
    address,
    request,
    since: step.now,
    answeredAt: step.now,
    answers: 1,
    number: low & 0xffff,
    sentTime: low >>> 16,
    incomingPeerID: freePeerID(step.host, high >>> 4, address),
    incomingSessionID: high & 3,
    // what the remote used last, so that it can tell the datagrams of that connection apart
    outgoingSessionID: session === request.incomingSessionID ? (session + 1) & 3 : session
  }
}

/** A CONNECT from somebody who is no peer, in a datagram. */
export const handleStranger = (
  step: Step,
  proving: Proving,
  { address, bytes, denied }: Input.Datagram,
  request: Command.Connect
): void => {
  const { host, now } = step
  const nonsense = objection(request)
  if (nonsense !== undefined) return step.drop(nonsense)
  const target = { address, outgoingPeerID: request.outgoingPeerID, outgoingSessionID: 0, connectID: request.connectID }
  if (denied !== undefined) return refuse(step, target, "Denied", denied)
  const reason = host.settings.refuseNewConnections ? "Refusing" : noRoom(host, address, request.connectID)
  if (reason === "Repeated") return
  if (reason !== undefined) return refuse(step, target, reason, codes[reason])
  const place = placeOf(proving, address)
  const known = host.halfOpen.find(
    proving,
    place,
    address,
    now,
    (entry) => entry.request.connectID === request.connectID
  )
  if (known === undefined && !host.halfOpen.hasTokens(proving, place, now)) return step.drop("TooManyConnects")
  const table = host.halfOpen = host.halfOpen.edit(step.owner)
  if (known !== undefined) {
    const again = { ...known, answeredAt: now, answers: known.answers + 1 }
    table.replace(proving, place, known, again, now)
    return answer(step, again, bytes.length)
  }
  const entry = open(step, proving, place, address, request)
  if (table.add(proving, place, entry, now)) step.drop("HalfOpenFull")
  answer(step, entry, bytes.length)
}

/** The half-open connection that a datagram for nobody else belongs to. */
export const claimOf = (step: Step, address: Address, peerID: number, sessionID: number): HalfOpen | undefined => {
  const { halfOpen, settings: { proving } } = step.host
  if (proving === undefined || halfOpen.isEmpty) return undefined
  return halfOpen.find(
    proving,
    placeOf(proving, address),
    address,
    step.now,
    (entry) => entry.incomingPeerID === peerID && entry.incomingSessionID === sessionID
  )
}

/** The remote is where it says: it gets a slot, in which it is asked for the acknowledgement. */
export const prove = (step: Step, proving: Proving, entry: HalfOpen): Peer | undefined => {
  const { host, now } = step
  const { address, request } = entry
  host.halfOpen = host.halfOpen.edit(step.owner)
  host.halfOpen.replace(proving, placeOf(proving, address), entry, undefined, now)
  const reason = noRoom(host, address, request.connectID)
  if (reason !== undefined) {
    if (reason !== "Repeated") refuse(step, targetOf(entry), reason, codes[reason])
    return undefined
  }
  const peer = occupy(step, address, entry.incomingPeerID)
  if (peer === undefined) return undefined
  peer.link = { ...grantedLink(peer.link, host.settings, request, entry), proofTime: entry.sentTime }
  peer.eventData = request.data
  peer.isHeld = host.holdIncoming
  changeState(step, peer, PeerState.AcknowledgingConnect)
  peer.outgoingReliableSequenceNumber = entry.number
  peer.packetsSent = entry.answers
  host.totalQueued = (host.totalQueued + 1) >>> 0
  const verify = verifyConnectOf(step, entry)
  peer.sentReliable = peer.sentReliable.edit(step.owner)
  peer.sentReliable.push(
    new Outgoing(verify, host.totalQueued, entry.answers, entry.answeredAt, PEER_DEFAULT_ROUND_TRIP_TIME)
  )
  peer.nextTimeout = (entry.answeredAt + PEER_DEFAULT_ROUND_TRIP_TIME) >>> 0
  return peer
}

/** Gives the table's memory back once nothing in it can be proved any more. */
export const sweep = ({ host, now }: Step): void => {
  const { halfOpen, settings: { proving } } = host
  if (proving !== undefined && !halfOpen.isEmpty) host.halfOpen = halfOpen.swept(proving, now)
}
