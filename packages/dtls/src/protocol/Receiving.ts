/**
 * From a datagram to handshake messages, alerts and application data.
 *
 * @since 0.1.0
 */
import { AlertDescription, decodeAlert } from "../wire/Alert.ts"
import { ContentType, DTLS_1_2, HandshakeType } from "../wire/Constants.ts"
import { decodeFragments, type Fragment } from "../wire/Handshake.ts"
import { decodeRecords, type DtlsRecord } from "../wire/Record.ts"
import { isHandshaking } from "./Association.ts"
import * as Client from "./Client.ts"
import { repeatFlight } from "./Flights.ts"
import { addFragment, takeMessage } from "./Reassembly.ts"
import { isFresh, mark } from "./ReplayWindow.ts"
import * as Server from "./Server.ts"
import type { Turn } from "./Turn.ts"

/** Records of epoch 1 that may wait for their keys: a Finished, and what came right behind it. */
const MAXIMUM_EARLY = 4

const MAXIMUM_EARLY_LENGTH = 256

/** Application data that may wait for the end of the handshake. */
const MAXIMUM_RECEIVED = 8

/**
 * Handles every record of a datagram. Whatever is wrong with one, short of an authentic alert, only drops that one (RFC
 * 6347 section 4.1.2.7).
 *
 * @since 0.1.0
 * @category handlers
 */
export const receiveDatagram = (turn: Turn, bytes: Uint8Array): void => {
  const { complete, records } = decodeRecords(bytes)
  for (const record of records) {
    if (turn.isEnded) return
    if (record.epoch === 0) receivePlain(turn, record)
    else if (record.epoch === 1) receiveProtected(turn, record)
    else turn.drop("Epoch")
  }
  if (!complete) turn.drop("Malformed")
}

/** Nobody vouches for what comes without protection: it may move a handshake along, and do nothing else. */
const receivePlain = (turn: Turn, record: DtlsRecord): void => {
  if (!isHandshaking(turn.state.phase)) return turn.drop("Unprotected")
  switch (record.type) {
    case ContentType.Handshake:
      return receiveFragments(turn, record)
    case ContentType.Alert:
      return plainAlert(turn, record.fragment)
    case ContentType.ChangeCipherSpec:
      // RFC 6347 section 4.1: the epoch of a record says which keys it is under, so there is nothing to change here
      return record.fragment.length === 1 && record.fragment[0] === 1 ? undefined : turn.drop("Malformed")
    default:
      return turn.drop("Unprotected")
  }
}

const receiveProtected = (turn: Turn, record: DtlsRecord): void => {
  const { early, phase, reading, window } = turn.state
  if (record.version !== DTLS_1_2) return turn.drop("Version")
  if (reading === undefined) {
    // the other side's flight came in the wrong order: its Finished before what its keys are made of
    if (phase._tag !== "AwaitClientKeyExchange") return turn.drop("Epoch")
    if (early.length >= MAXIMUM_EARLY || record.fragment.length > MAXIMUM_EARLY_LENGTH) return turn.drop("NoRoom")
    return turn.update({ early: [...early, { ...record, fragment: record.fragment.slice() }] })
  }
  if (!isFresh(window, record.sequence)) return turn.drop("Replay")
  const plaintext = reading.open(record, record.fragment)
  if (plaintext === undefined) return turn.drop("NotAuthentic")
  turn.update({ window: mark(window, record.sequence), heardAt: turn.now })
  switch (record.type) {
    case ContentType.ApplicationData:
      return receiveData(turn, plaintext)
    case ContentType.Handshake:
      return receiveFragments(turn, { ...record, fragment: plaintext })
    case ContentType.Alert:
      return protectedAlert(turn, plaintext)
    default:
      return turn.drop("Unexpected")
  }
}

const receiveData = (turn: Turn, payload: Uint8Array): void => {
  const { phase, received } = turn.state
  if (phase._tag === "Open") {
    // whoever sends data has our last flight, and a server has its client
    if (turn.state.flight !== undefined || turn.state.deadline !== undefined) {
      turn.update({ flight: undefined, deadline: undefined })
    }
    return turn.emit({ _tag: "Receive", payload })
  }
  // it has overtaken the Finished, without which nobody knows whether the handshake was what both sides think
  if (received.length >= MAXIMUM_RECEIVED) return turn.drop("NoRoom")
  turn.update({ received: [...received, payload] })
}

const plainAlert = (turn: Turn, bytes: Uint8Array): void => {
  const alert = decodeAlert(bytes)
  if (alert === undefined) return turn.drop("Malformed")
  if (alert.level === "fatal") turn.end({ _tag: "Alert", description: alert.description })
}

const protectedAlert = (turn: Turn, bytes: Uint8Array): void => {
  const alert = decodeAlert(bytes)
  if (alert === undefined) return turn.drop("Malformed")
  if (alert.description === AlertDescription.close_notify) {
    // RFC 5246 section 7.2.1: answered with a close_notify of our own
    turn.sendAlert("warning", "close_notify")
    return turn.end({ _tag: "Remote" })
  }
  if (alert.level === "fatal") turn.end({ _tag: "Alert", description: alert.description })
}

const receiveFragments = (turn: Turn, record: DtlsRecord): void => {
  const fragments = decodeFragments(record.fragment)
  if (fragments === undefined) return turn.drop("Malformed")
  for (const fragment of fragments) {
    if (turn.isEnded) return
    const { phase } = turn.state
    if (phase._tag === "Open") afterwards(turn, phase.role, fragment)
    else if (phase._tag === "AwaitServerHello" && fragment.type === HandshakeType.HelloVerifyRequest) {
      Client.receiveHelloVerifyRequest(turn, phase, fragment)
    } else receiveFragment(turn, record.epoch, fragment)
  }
}

/** Authentic handshake messages on an open association: a repeated Finished, or the wish to negotiate again. */
const afterwards = (turn: Turn, role: "client" | "server", fragment: Fragment): void => {
  if (fragment.type === HandshakeType.Finished && fragment.sequence < turn.state.reassembly.next) {
    // RFC 6347 section 4.2.4: our last flight seems to be lost
    repeatFlight(turn)
    return turn.drop("Repeated")
  }
  // RFC 5246 section 7.2.2: there is no renegotiation here, and the connection may go on
  if (fragment.type === (role === "server" ? HandshakeType.ClientHello : HandshakeType.HelloRequest)) {
    turn.sendAlert("warning", "no_renegotiation")
  }
  turn.drop("Unexpected")
}

const receiveFragment = (turn: Turn, epoch: number, fragment: Fragment): void => {
  const { reassembly } = turn.state
  // of a handshake, everything but the Finished comes without protection, and that never does
  if ((fragment.type === HandshakeType.Finished) !== (epoch === 1)) return turn.drop("Unprotected")
  if (fragment.type === HandshakeType.HelloRequest) return turn.drop("Unexpected")
  if (fragment.sequence < reassembly.next) {
    repeatFlight(turn)
    return turn.drop("Repeated")
  }
  const added = addFragment(reassembly, fragment, epoch, maximumMessage(turn))
  if (added === undefined) return turn.drop("Fragment")
  turn.update({ reassembly: added })
  receiveMessages(turn)
}

const maximumMessage = (turn: Turn): number => {
  const { phase } = turn.state
  return "config" in phase && phase.config.role === "server"
    ? Server.SERVER_MAXIMUM_MESSAGE
    : Client.CLIENT_MAXIMUM_MESSAGE
}

/** Handles messages as long as the next one is complete. */
const receiveMessages = (turn: Turn): void => {
  for (;;) {
    const { phase } = turn.state
    const next = phase._tag === "Open" || phase._tag === "Ended" ? undefined : takeMessage(turn.state.reassembly)
    if (next === undefined || phase._tag === "Open" || phase._tag === "Ended") return
    turn.update({ reassembly: next.rest })
    switch (phase._tag) {
      case "AwaitClientHello":
      case "AwaitClientKeyExchange":
      case "AwaitClientFinished":
        Server.receiveMessage(turn, phase, next.taken)
        break
      default:
        Client.receiveMessage(turn, phase, next.taken)
    }
    receiveEarly(turn)
  }
}

/** What came before its keys, now that they are there. */
const receiveEarly = (turn: Turn): void => {
  const { early, reading } = turn.state
  if (early.length === 0 || reading === undefined) return
  turn.update({ early: [] })
  for (const record of early) {
    if (!turn.isEnded) receiveProtected(turn, record)
  }
}
