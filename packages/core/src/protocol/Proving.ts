/**
 * The handshake of a host on the open internet: strangers are answered once for each CONNECT, and become peers when they
 * have proved that they receive at the address that they write from.
 *
 * The proof is what a remote must echo of VERIFY_CONNECT: peer id and session id in its headers, sequence number and sent
 * time in its acknowledgement, 46 bits that only the host's secret gives. The ids alone, in any datagram, show that the
 * remote has received VERIFY_CONNECT, and that its acknowledgement was lost: it is asked again. They can be guessed, with
 * 14 bits, so they give no slot, and not many are asked again in a second.
 */
import type * as Command from "../wire/Command.ts"
import { CONTROL_CHANNEL, PEER_DEFAULT_ROUND_TRIP_TIME, PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE } from "../wire/Constants.ts"
import { commandLength, decodeCommand } from "../wire/Decode.ts"
import type { Address } from "./Address.ts"
import { Pages } from "./collections/Pages.ts"
import { isDue, NEVER } from "./collections/Radix.ts"
import { noRoom, objection, occupy } from "./Connecting.ts"
import { sendTo } from "./Datagram.ts"
import { type HalfOpen, networkAt, type Place, placeOf, type Proving } from "./HalfOpen.ts"
import type { Host } from "./Host.ts"
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
import { span } from "./Time.ts"

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
  const length = sendTo(step, targetOf(entry), verifyConnectOf(step, entry), entry.sentTime, asked * MOST_AMPLIFIED)
  if (length === 0) step.drop("Unacceptable")
}

/** How often a peer id is drawn that no other connection of the address has. */
const DRAWS = 8

/** A new half-open connection; `undefined` when the address has so many that no peer id was found. */
const open = (
  step: Step,
  proving: Proving,
  place: Place,
  address: Address,
  request: Command.Connect
): HalfOpen | undefined => {
  const { host, now } = step
  const { high, low } = ofWords(proving.secret, [...place.words, address.port, request.connectID, host.halfOpen.next])
  let incomingPeerID = freePeerID(host, high >>> 4, address)
  for (let draw = 1; host.halfOpen.ofPeerID(proving, place, incomingPeerID, now) !== undefined; draw++) {
    if (draw === DRAWS) return undefined
    incomingPeerID = freePeerID(host, ofWords(proving.secret, [high, low, draw]).high >>> 4, address)
  }
  const session = (high >>> 2) & 3
  return {
    address,
    request,
    since: step.now,
    answeredAt: step.now,
    answers: 1,
    number: low & 0xffff,
    sentTime: low >>> 16,
    incomingPeerID,
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
  const place = placeOf(proving, address)
  // who was answered once is not new; whether there is still room shows when it has proved its address
  const known = host.halfOpen.ofRequest(proving, place, request.connectID, now)
  const reason = known !== undefined
    ? undefined
    : host.settings.refuseNewConnections
    ? "Refusing"
    : noRoom(host, address, request.connectID)
  if (reason === "Repeated") return
  if (reason !== undefined) return refuse(step, target, reason, codes[reason])
  if (known !== undefined) {
    const again = { ...known, answeredAt: now, answers: known.answers + 1 }
    host.halfOpen = host.halfOpen.edit(step.owner)
    host.halfOpen.replace(proving, place, known, again, now)
    return answer(step, again, bytes.length)
  }
  const network = networkAt(proving, place)
  if (!host.halfOpen.hasTokens(proving, network, now)) return step.drop("TooManyConnects")
  const entry = open(step, proving, place, address, request)
  // it asks again, and by then others of its address are peers, or forgotten
  if (entry === undefined) return step.drop("HalfOpenFull")
  host.halfOpen = host.halfOpen.edit(step.owner)
  if (host.halfOpen.add(proving, place, network, entry, now)) step.drop("HalfOpenFull")
  answer(step, entry, bytes.length)
}

/** The half-open connection that a datagram for nobody else belongs to. */
export const claimOf = (step: Step, address: Address, peerID: number, sessionID: number): HalfOpen | undefined => {
  const { halfOpen, settings: { proving } } = step.host
  if (proving === undefined || !halfOpen.mayHavePeerID(proving, peerID, step.now)) return undefined
  const entry = halfOpen.ofPeerID(proving, placeOf(proving, address), peerID, step.now)
  return entry?.incomingSessionID === sessionID ? entry : undefined
}

/** The first command of a datagram that `fits`. */
const search = (
  bytes: Uint8Array,
  start: number,
  fits: (command: Command.Command) => boolean
): Command.Command | undefined => {
  for (let offset = start; offset < bytes.length;) {
    const length = commandLength(bytes, offset)
    if (length === 0) return undefined
    const command = decodeCommand(bytes, offset)
    if (fits(command)) return command
    offset += length
  }
  return undefined
}

/** Whether a datagram's commands acknowledge VERIFY_CONNECT, with the numbers that it had. */
export const acknowledges = (bytes: Uint8Array, start: number, { number, sentTime }: HalfOpen): boolean =>
  search(bytes, start, (command) =>
    command._tag === "Acknowledge" && command.channelID === CONTROL_CHANNEL &&
    command.receivedReliableSequenceNumber === number && command.receivedSentTime === sentTime) !== undefined

/** Milliseconds between two VERIFY_CONNECTs for which no CONNECT has come. */
const AGAIN_AFTER = 250

/** So many of them go out in a second to the networks that share a count, which are one in so many. */
const AGAIN_PER_SECOND = 16
const COUNTS = 256

/** Counts another VERIFY_CONNECT to a network; whether it may go out. */
const mayAskAgain = ({ host, now, owner }: Step, network: number): boolean => {
  if (span(now, host.askedAgainSince) >= 1000) {
    host.askedAgainSince = now
    host.askedAgain = Pages.empty()
  }
  const count = host.askedAgain.get(network % COUNTS) ?? 0
  if (count >= AGAIN_PER_SECOND) return false
  host.askedAgain = host.askedAgain.edit(owner)
  host.askedAgain.set(network % COUNTS, count + 1)
  return true
}

/** The acknowledgement must have been lost, or somebody has guessed the ids. */
const askAgain = (step: Step, proving: Proving, entry: HalfOpen): void => {
  const { host, now } = step
  step.drop("NotConnected")
  if (span(now, entry.answeredAt) < AGAIN_AFTER) return
  const place = placeOf(proving, entry.address)
  if (!mayAskAgain(step, networkAt(proving, place))) return
  const again = { ...entry, answeredAt: now, answers: entry.answers + 1 }
  host.halfOpen = host.halfOpen.edit(step.owner)
  host.halfOpen.replace(proving, place, entry, again, now)
  sendTo(step, targetOf(again), verifyConnectOf(step, again), again.sentTime)
}

/**
 * A datagram with the right ids and nothing that proves more. A remote that leaves again is told that this has arrived,
 * because it would not acknowledge VERIFY_CONNECT any more; others are asked again. The entry stays: a guess must not end an
 * attempt, and this answer may be lost as well.
 */
export const followUp = (
  step: Step,
  proving: Proving,
  entry: HalfOpen,
  bytes: Uint8Array,
  start: number,
  sentTime: number | undefined
): void => {
  const farewell = search(bytes, start, ({ _tag }) => _tag === "Disconnect")
  if (farewell === undefined) return askAgain(step, proving, entry)
  if (sentTime === undefined || (farewell.flags & PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE) === 0) return
  const { channelID, reliableSequenceNumber } = farewell
  sendTo(step, targetOf(entry), {
    _tag: "Acknowledge",
    flags: 0,
    channelID,
    reliableSequenceNumber,
    receivedReliableSequenceNumber: reliableSequenceNumber,
    receivedSentTime: sentTime
  }, undefined)
}

/** The remote is where it says: it gets a slot. */
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
    Outgoing.make(verify, host.totalQueued, entry.answers, entry.answeredAt, PEER_DEFAULT_ROUND_TRIP_TIME)
  )
  peer.nextTimeout = (entry.answeredAt + PEER_DEFAULT_ROUND_TRIP_TIME) >>> 0
  return peer
}

/** When `sweep` has something to do. */
export const sweepDeadline = ({ halfOpen, settings: { proving } }: Host): number =>
  (proving && halfOpen.endsAt(proving)) ?? NEVER

/** Gives the table's memory back once nothing in it can be proved any more. */
export const sweep = ({ host, now, owner }: Step): void => {
  if (isDue(sweepDeadline(host), now)) host.halfOpen = host.halfOpen.cleared(owner)
}
