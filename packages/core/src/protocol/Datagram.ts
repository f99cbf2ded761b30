/**
 * One outgoing datagram in the making, and how it becomes bytes.
 */
import { view, writeUint32 } from "../wire/Bytes.ts"
import type { Command } from "../wire/Command.ts"
import {
  PEER_PACKET_LOSS_INTERVAL,
  PEER_PACKET_LOSS_SCALE,
  PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE,
  PROTOCOL_HEADER_FLAG_COMPRESSED,
  PROTOCOL_MAXIMUM_PACKET_COMMANDS,
  PROTOCOL_MAXIMUM_PEER_ID
} from "../wire/Constants.ts"
import { encodedSize } from "../wire/Decode.ts"
import { encodeCommand } from "../wire/Encode.ts"
import * as Header from "../wire/Header.ts"
import { append, NONE } from "./collections/append.ts"
import type { Link, Peer } from "./Peer.ts"
import { PeerState } from "./PeerState.ts"
import type { Step } from "./Step.ts"
import { span } from "./Time.ts"

const CHECKSUM_SIZE = 4

/** The header with a sent time, which is what the budget counts whether there will be one or not. */
const HEADER_BUDGET = 4

export class Datagram {
  commands: Array<Command> = NONE
  used = HEADER_BUDGET
  hasSentTime = false
  /** Whether an unreliable packet is in it. */
  hasUnreliable = false

  fits(mtu: number, fixedSize: number, payloadSize: number): boolean {
    return this.commands.length < PROTOCOL_MAXIMUM_PACKET_COMMANDS && mtu - this.used >= fixedSize + payloadSize
  }

  add(command: Command, size: number): void {
    this.commands = append(this.commands, command)
    this.used += size
    if ((command.flags & PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE) !== 0) this.hasSentTime = true
  }
}

/** Loss of reliable commands over the last ten seconds or more; purely informative. */
const updatePacketLoss = (peer: Peer, now: number): void => {
  if (peer.packetLossEpoch === 0) peer.packetLossEpoch = now
  else if (span(now, peer.packetLossEpoch) >= PEER_PACKET_LOSS_INTERVAL && peer.packetsSent > 0) {
    const loss = Math.floor(((peer.packetsLost * PEER_PACKET_LOSS_SCALE) >>> 0) / peer.packetsSent)
    peer.packetLossVariance = Math.floor((peer.packetLossVariance * 3 + Math.abs(loss - peer.packetLoss)) / 4)
    peer.packetLoss = Math.floor((peer.packetLoss * 7 + loss) / 8)
    peer.packetLossEpoch = now
    peer.packetsSent = 0
    peer.packetsLost = 0
  }
}

/** Whom a datagram goes to. */
export type Target = Pick<Link, "address" | "outgoingPeerID" | "outgoingSessionID" | "connectID">

/** Encodes a peer's datagram and hands it out for sending. */
export const transmit = (step: Step, peer: Peer, datagram: Datagram): void => {
  const { now } = step
  updatePacketLoss(peer, now)
  peer.lastSendTime = now
  // until the remote has proved its address, it must bring back what it was sent first
  const { proofTime } = peer.link
  const isUnproved = proofTime >= 0 && peer.state === PeerState.AcknowledgingConnect
  const sentTime = isUnproved ? proofTime : now & 0xffff
  const { commands, hasSentTime, used } = datagram
  peer.totalSentData += encode(step, peer.link, commands, used, hasSentTime ? sentTime : undefined, Infinity)
}

/** Hands out one command as a datagram, unless that is longer than `limit`. Gives its length, or 0. */
export const sendTo = (
  step: Step,
  target: Target,
  command: Command,
  sentTime: number | undefined,
  limit = Infinity
): number => encode(step, target, [command], HEADER_BUDGET + encodedSize(command), sentTime, limit)

/** @param room what header and commands take at most */
const encode = (
  step: Step,
  target: Target,
  commands: ReadonlyArray<Command>,
  room: number,
  sentTime: number | undefined,
  limit: number
): number => {
  const { host, workspace } = step
  const { checksum, compressor } = host.settings
  const { datagrams, packed } = workspace
  datagrams.reserve(room + CHECKSUM_SIZE)
  const { bytes: slab, used: begin } = datagrams
  const known = target.outgoingPeerID < PROTOCOL_MAXIMUM_PEER_ID
  const headerEnd = Header.encode(
    {
      peerID: target.outgoingPeerID,
      sessionID: known ? target.outgoingSessionID & 3 : 0,
      compressed: false,
      sentTime
    },
    slab,
    begin
  )
  const start = headerEnd + (checksum === undefined ? 0 : CHECKSUM_SIZE)
  let end = start
  for (const command of commands) end = encodeCommand(command, slab, end)
  let compressed = 0
  if (compressor !== undefined) {
    compressed = compressor.compress(view(slab, start, end - start), view(packed, 0, end - start))
    if (compressed >= end - start) compressed = 0
    if (compressed > 0) slab[begin]! |= PROTOCOL_HEADER_FLAG_COMPRESSED >>> 8
  }
  if (checksum !== undefined) {
    writeUint32(slab, headerEnd, known ? target.connectID : 0)
    writeUint32(slab, headerEnd, checksum(view(slab, begin, end - begin)))
  }
  if (compressed > 0) {
    slab.set(view(packed, 0, compressed), start)
    end = start + compressed
  }
  const length = end - begin
  if (length > limit) return 0
  step.countSent(length)
  step.transmits = append(step.transmits, { address: target.address, bytes: datagrams.take(length) })
  return length
}
