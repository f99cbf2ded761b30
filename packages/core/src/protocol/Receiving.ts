/**
 * A datagram from the socket: who sent it, whether it may be believed, and what its commands do.
 */
import { readUint16, readUint32, view, writeUint32 } from "../wire/Bytes.ts"
import type { Command, PayloadCommand } from "../wire/Command.ts"
import { PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE, PROTOCOL_MAXIMUM_MTU, PROTOCOL_MAXIMUM_PEER_ID } from "../wire/Constants.ts"
import { commandLength, decodeCommand } from "../wire/Decode.ts"
import * as Header from "../wire/Header.ts"
import { handleAcknowledge } from "./Acknowledging.ts"
import { type Address, BROADCAST, sameAddress } from "./Address.ts"
import { handleBandwidthLimit } from "./Bandwidth.ts"
import { handleConnect, handleVerifyConnect } from "./Connecting.ts"
import { handleDisconnect } from "./Disconnecting.ts"
import { hasBudget, noteMalformed } from "./Expelling.ts"
import { handleFragment } from "./Fragments.ts"
import type { HalfOpen } from "./HalfOpen.ts"
import type { Settings } from "./Host.ts"
import { handleReliable, handleUnreliable, handleUnsequenced } from "./Incoming.ts"
import type * as Input from "./Input.ts"
import type { DropReason } from "./Output.ts"
import type { Peer } from "./Peer.ts"
import { isEstablished, PeerState } from "./PeerState.ts"
import { acknowledges, claimOf, followUp, handleStranger, prove } from "./Proving.ts"
import { queueAcknowledgement } from "./Queueing.ts"
import { addressee } from "./Routes.ts"
import { moveTo, type Step } from "./Step.ts"

/** What Godot pads short commands to. */
const PADDED_LENGTH = 16

/** `enet_protocol_handle_incoming_commands`. What does not fit is counted and ignored, never answered. */
export const receiveDatagram = (step: Step, received: Input.Datagram): void => {
  const { address, bytes } = received
  const { host } = step
  host.totalReceivedData += bytes.length
  host.totalReceivedPackets++
  if (bytes.length > PROTOCOL_MAXIMUM_MTU) return step.drop("TooLong")
  if (host.settings.intercept?.(address, bytes) === true) return step.drop("Intercepted")
  if (bytes.length < 2) return step.drop("TooShort")
  const word = Header.peerWord(bytes)
  const peerID = Header.peerIDOf(word)
  let addressed = peerID < PROTOCOL_MAXIMUM_PEER_ID ? addressee(host, peerID, address) : undefined
  let claim: HalfOpen | undefined
  if (peerID < PROTOCOL_MAXIMUM_PEER_ID) {
    const reason = refusal(host.settings, addressed, peerID, Header.sessionIDOf(word), address)
    if (reason !== undefined) {
      claim = claimOf(step, address, peerID, Header.sessionIDOf(word))
      if (claim === undefined) return step.drop(reason)
      addressed = undefined
    }
  }
  const start = Header.headerSize(word) + (host.settings.checksum === undefined ? 0 : 4)
  if (bytes.length < start) return step.drop("TooShort")
  const plain = Header.isCompressed(word) ? decompress(step, bytes, start) : bytes
  if (typeof plain === "string") return step.dropFor(addressed, plain)
  const connectID = claim?.request.connectID ?? addressed?.link.connectID ?? 0
  if (!hasValidChecksum(step, plain, start, connectID)) return step.dropFor(addressed, "Checksum")
  let peer: Peer | undefined
  const sentTime = Header.hasSentTime(word) ? readUint16(plain, 2) : undefined
  if (claim !== undefined && host.settings.proving !== undefined) {
    if (!acknowledges(plain, start, claim)) {
      return followUp(step, host.settings.proving, claim, plain, start, sentTime)
    }
    addressed = prove(step, host.settings.proving, claim)
    if (addressed === undefined) return
  }
  if (addressed !== undefined) {
    peer = step.edit(addressed)
    // resolves a connection to the broadcast address
    if (!sameAddress(peer.link.address, address)) moveTo(step, peer, address)
    peer.incomingDataTotal = (peer.incomingDataTotal + plain.length) >>> 0
    peer.totalReceivedData += bytes.length
  }
  handleCommands(step, received, peer, plain, start, sentTime)
}

/** Why a datagram to a slot is not believed. */
const refusal = (
  { maxPeers, proving }: Settings,
  peer: Peer | undefined,
  peerID: number,
  sessionID: number,
  address: Address
): DropReason | undefined => {
  if (proving === undefined ? peerID >= maxPeers : peer === undefined) return "UnknownPeer"
  if (peer === undefined || peer.state === PeerState.Disconnected || peer.state === PeerState.Zombie) {
    return "NotConnected"
  }
  const link = peer.link
  if (!sameAddress(link.address, address) && link.address.host !== BROADCAST) return "WrongAddress"
  return link.outgoingPeerID < PROTOCOL_MAXIMUM_PEER_ID && sessionID !== link.incomingSessionID
    ? "WrongSession"
    : undefined
}

/** The datagram with its commands inflated behind the header as received, flags included. */
const decompress = (step: Step, bytes: Uint8Array, start: number): Uint8Array | DropReason => {
  const { compressor } = step.host.settings
  if (compressor === undefined) return "Compressed"
  const room = PROTOCOL_MAXIMUM_MTU - start
  const scratch = step.workspace.packed
  const length = compressor.decompress(view(bytes, start, bytes.length - start), view(scratch, 0, room))
  if (length <= 0 || length > room) return "Decompression"
  const plain = new Uint8Array(start + length)
  plain.set(view(bytes, 0, start))
  plain.set(view(scratch, 0, length), start)
  return plain
}

/** Computed with the connection's id, or 0 before there is one, in place of the checksum. */
const hasValidChecksum = (step: Step, bytes: Uint8Array, start: number, connectID: number): boolean => {
  const { checksum } = step.host.settings
  if (checksum === undefined) return true
  const scratch = step.workspace.scratch
  scratch.set(bytes)
  writeUint32(scratch, start - 4, connectID)
  return checksum(view(scratch, 0, bytes.length)) >>> 0 === readUint32(bytes, start - 4)
}

const handleCommands = (
  step: Step,
  received: Input.Datagram,
  known: Peer | undefined,
  bytes: Uint8Array,
  start: number,
  sentTime: number | undefined
): void => {
  const { proving } = step.host.settings
  const { buffer } = bytes
  let peer = known
  step.work = 0
  for (let offset = start; offset < bytes.length;) {
    const length = commandLength(bytes, offset)
    if (length === 0) return isPadding(bytes, offset, start) ? undefined : dropMalformed(step, peer)
    const command = decodeCommand(bytes, offset, buffer)
    offset += length
    if (peer === undefined) {
      if (command._tag !== "Connect") return step.drop("Unacceptable")
      if (proving !== undefined) return handleStranger(step, proving, received, command)
      peer = handleConnect(step, received.address, command)
      if (peer === undefined) return
    } else if (!handle(step, peer, command)) return dropUnacceptable(step, peer)
    if ((command.flags & PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE) !== 0) {
      if (sentTime === undefined) return step.dropFor(peer, "NotAcknowledgeable")
      if (isAcknowledged(peer.state, command)) queueAcknowledgement(step, peer, command, sentTime)
    }
  }
}

const dropMalformed = (step: Step, peer: Peer | undefined): void => {
  step.dropFor(peer, "Malformed")
  if (peer !== undefined) noteMalformed(step, peer)
}

const dropUnacceptable = (step: Step, peer: Peer): void => {
  step.dropFor(peer, step.verdict ?? "Unacceptable")
  step.verdict = undefined
}

/** Godot extends what it compresses with FastLZ to 16 bytes with zeros: after the commands, they mean nothing. */
const isPadding = (bytes: Uint8Array, offset: number, start: number): boolean => {
  if (offset === start || bytes.length !== start + PADDED_LENGTH) return false
  for (let at = offset; at < bytes.length; at++) {
    if (bytes[at] !== 0) return false
  }
  return true
}

/** Whether a command is acknowledged in the state to which it led. */
const isAcknowledged = (state: PeerState, command: Command): boolean => {
  switch (state) {
    case PeerState.Disconnected:
    case PeerState.AcknowledgingConnect:
    case PeerState.Disconnecting:
    case PeerState.Zombie:
      return false
    case PeerState.AcknowledgingDisconnect:
      return command._tag === "Disconnect"
    default:
      return true
  }
}

/** One handler for each command; `false` stops the datagram. */
const handle = (step: Step, peer: Peer, command: Command): boolean => {
  switch (command._tag) {
    case "Acknowledge":
      return handleAcknowledge(step, peer, command)
    case "Connect":
      return false
    case "VerifyConnect":
      return handleVerifyConnect(step, peer, command)
    case "Disconnect":
      return handleDisconnect(step, peer, command)
    case "Ping":
      return isEstablished(peer.state)
    case "BandwidthLimit":
      return isEstablished(peer.state) && handleBandwidthLimit(step, peer, command)
    case "ThrottleConfigure":
      if (!isEstablished(peer.state)) return false
      peer.link = {
        ...peer.link,
        packetThrottleInterval: command.packetThrottleInterval,
        packetThrottleAcceleration: command.packetThrottleAcceleration,
        packetThrottleDeceleration: command.packetThrottleDeceleration
      }
      return true
    default:
      return isEstablished(peer.state) && command.channelID < peer.link.channelCount &&
        command.payload.length <= step.host.settings.maximumPacketSize && handlePayload(step, peer, command)
  }
}

const handlePayload = (step: Step, peer: Peer, command: PayloadCommand): boolean => {
  const { budgets } = step.host.settings
  if (budgets !== undefined && !hasBudget(step, budgets, peer, command)) return false
  switch (command._tag) {
    case "SendReliable":
      return handleReliable(step, peer, command)
    case "SendUnreliable":
      return handleUnreliable(step, peer, command)
    case "SendUnsequenced":
      return handleUnsequenced(step, peer, command)
    default:
      return handleFragment(step, peer, command)
  }
}
