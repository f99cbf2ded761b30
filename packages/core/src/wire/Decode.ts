/**
 * Bytes to commands. Lengths are checked once, before anything is read or allocated; nothing throws.
 *
 * @since 0.1.0
 */
import { readUint16, readUint32, view } from "./Bytes.ts"
import { type Command, fixedSize, fixedSizes, hasPayload } from "./Command.ts"
import { PROTOCOL_COMMAND_MASK } from "./Constants.ts"
import * as Header from "./Header.ts"

/**
 * Where the 16-bit length of the payload stands, by command number; 0 for commands without payload.
 */
const payloadLengthOffsets: ReadonlyArray<number> = [0, 0, 0, 0, 0, 0, 4, 6, 6, 6, 0, 0, 6, 0, 0, 0]

/**
 * Bytes that the command at `offset` takes, payload included; 0 when there is no command number, or when the datagram
 * ends before the command does.
 *
 * @since 0.1.0
 * @category decoding
 */
export const commandLength = (bytes: Uint8Array, offset: number): number => {
  const left = bytes.length - offset
  if (left < 4) return 0
  const number = bytes[offset]! & PROTOCOL_COMMAND_MASK
  const size = fixedSizes[number]!
  if (size === 0 || left < size) return 0
  const lengthOffset = payloadLengthOffsets[number]!
  if (lengthOffset === 0) return size
  const length = size + readUint16(bytes, offset + lengthOffset)
  return left < length ? 0 : length
}

/**
 * The command at `offset`, where `commandLength` gave more than 0. Payloads are views of `bytes`.
 *
 * @param buffer `bytes.buffer`, from who has it at hand
 * @since 0.1.0
 * @category decoding
 */
export const decodeCommand = (bytes: Uint8Array, offset: number, buffer?: ArrayBufferLike): Command => {
  const first = bytes[offset]!
  const flags = first & 0xc0
  const channelID = bytes[offset + 1]!
  const reliableSequenceNumber = readUint16(bytes, offset + 2)
  switch (first & PROTOCOL_COMMAND_MASK) {
    case 1:
      return {
        _tag: "Acknowledge",
        flags,
        channelID,
        reliableSequenceNumber,
        receivedReliableSequenceNumber: readUint16(bytes, offset + 4),
        receivedSentTime: readUint16(bytes, offset + 6)
      }
    case 2:
      return { _tag: "Connect", ...handshake(bytes, offset), data: readUint32(bytes, offset + 44) }
    case 3:
      return { _tag: "VerifyConnect", ...handshake(bytes, offset) }
    case 4:
      return { _tag: "Disconnect", flags, channelID, reliableSequenceNumber, data: readUint32(bytes, offset + 4) }
    case 6:
      return {
        _tag: "SendReliable",
        flags,
        channelID,
        reliableSequenceNumber,
        payload: view(bytes, offset + 6, readUint16(bytes, offset + 4), buffer)
      }
    case 7:
      return {
        _tag: "SendUnreliable",
        flags,
        channelID,
        reliableSequenceNumber,
        unreliableSequenceNumber: readUint16(bytes, offset + 4),
        payload: view(bytes, offset + 8, readUint16(bytes, offset + 6), buffer)
      }
    case 8:
      return fragment("SendFragment", bytes, offset, buffer)
    case 9:
      return {
        _tag: "SendUnsequenced",
        flags,
        channelID,
        reliableSequenceNumber,
        unsequencedGroup: readUint16(bytes, offset + 4),
        payload: view(bytes, offset + 8, readUint16(bytes, offset + 6), buffer)
      }
    case 10:
      return {
        _tag: "BandwidthLimit",
        flags,
        channelID,
        reliableSequenceNumber,
        incomingBandwidth: readUint32(bytes, offset + 4),
        outgoingBandwidth: readUint32(bytes, offset + 8)
      }
    case 11:
      return {
        _tag: "ThrottleConfigure",
        flags,
        channelID,
        reliableSequenceNumber,
        packetThrottleInterval: readUint32(bytes, offset + 4),
        packetThrottleAcceleration: readUint32(bytes, offset + 8),
        packetThrottleDeceleration: readUint32(bytes, offset + 12)
      }
    case 12:
      return fragment("SendUnreliableFragment", bytes, offset, buffer)
    default:
      return { _tag: "Ping", flags, channelID, reliableSequenceNumber }
  }
}

const handshake = (bytes: Uint8Array, offset: number) => ({
  flags: bytes[offset]! & 0xc0,
  channelID: bytes[offset + 1]!,
  reliableSequenceNumber: readUint16(bytes, offset + 2),
  outgoingPeerID: readUint16(bytes, offset + 4),
  incomingSessionID: bytes[offset + 6]!,
  outgoingSessionID: bytes[offset + 7]!,
  mtu: readUint32(bytes, offset + 8),
  windowSize: readUint32(bytes, offset + 12),
  channelCount: readUint32(bytes, offset + 16),
  incomingBandwidth: readUint32(bytes, offset + 20),
  outgoingBandwidth: readUint32(bytes, offset + 24),
  packetThrottleInterval: readUint32(bytes, offset + 28),
  packetThrottleAcceleration: readUint32(bytes, offset + 32),
  packetThrottleDeceleration: readUint32(bytes, offset + 36),
  connectID: readUint32(bytes, offset + 40)
})

const fragment = <Tag extends "SendFragment" | "SendUnreliableFragment">(
  tag: Tag,
  bytes: Uint8Array,
  offset: number,
  buffer: ArrayBufferLike | undefined
) => ({
  _tag: tag,
  flags: bytes[offset]! & 0xc0,
  channelID: bytes[offset + 1]!,
  reliableSequenceNumber: readUint16(bytes, offset + 2),
  startSequenceNumber: readUint16(bytes, offset + 4),
  fragmentCount: readUint32(bytes, offset + 8),
  fragmentNumber: readUint32(bytes, offset + 12),
  totalLength: readUint32(bytes, offset + 16),
  fragmentOffset: readUint32(bytes, offset + 20),
  payload: view(bytes, offset + 24, readUint16(bytes, offset + 6), buffer)
})

/**
 * A whole plain datagram as values, for tools and tests.
 *
 * @since 0.1.0
 * @category models
 */
export interface Datagram {
  readonly header: Header.Header
  /** The four checksum bytes as a big-endian integer, where the reader said that there are any. */
  readonly checksum: number | undefined
  readonly commands: ReadonlyArray<Command>
  /** Offset at which reading stopped; below the datagram's length when the rest is not a command. */
  readonly end: number
}

/**
 * Reads a datagram that is not compressed. `undefined` when it is shorter than its header; `end` tells where the
 * commands end.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeDatagram = (bytes: Uint8Array, options?: { readonly checksum?: boolean }): Datagram | undefined => {
  const header = Header.decode(bytes)
  if (header === undefined) return undefined
  let offset = Header.headerSize(Header.peerWord(bytes))
  const withChecksum = options?.checksum === true
  if (withChecksum && bytes.length < offset + 4) return undefined
  const checksum = withChecksum ? readUint32(bytes, offset) : undefined
  if (withChecksum) offset += 4
  const commands: Array<Command> = []
  for (let length = commandLength(bytes, offset); length > 0; length = commandLength(bytes, offset)) {
    commands.push(decodeCommand(bytes, offset))
    offset += length
  }
  return { header, checksum, commands, end: offset }
}

/**
 * Bytes that a command takes on the wire, payload included.
 *
 * @since 0.1.0
 * @category sizes
 */
export const encodedSize = (command: Command): number =>
  fixedSize(command) + (hasPayload(command) ? command.payload.length : 0)
