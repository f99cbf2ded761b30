/**
 * Commands to bytes, into a buffer that the caller reuses and has made large enough.
 *
 * @since 0.1.0
 */
import { writeUint16, writeUint32 } from "./Bytes.ts"
import {
  type Command,
  commandNumber,
  type Connect,
  type SendFragment,
  type SendUnreliableFragment,
  type VerifyConnect
} from "./Command.ts"

/**
 * Writes the command with its payload at `offset` and returns the offset behind it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeCommand = (command: Command, bytes: Uint8Array, offset: number): number => {
  bytes[offset] = command.flags | commandNumber(command._tag)
  bytes[offset + 1] = command.channelID
  writeUint16(bytes, offset + 2, command.reliableSequenceNumber)
  switch (command._tag) {
    case "SendReliable":
      writeUint16(bytes, offset + 4, command.payload.length)
      return encodePayload(command.payload, bytes, offset + 6)
    case "SendUnreliable":
      writeUint16(bytes, offset + 4, command.unreliableSequenceNumber)
      writeUint16(bytes, offset + 6, command.payload.length)
      return encodePayload(command.payload, bytes, offset + 8)
    case "SendUnsequenced":
      writeUint16(bytes, offset + 4, command.unsequencedGroup)
      writeUint16(bytes, offset + 6, command.payload.length)
      return encodePayload(command.payload, bytes, offset + 8)
    case "SendFragment":
    case "SendUnreliableFragment":
      return encodeFragment(command, bytes, offset)
    case "Acknowledge":
      writeUint16(bytes, offset + 4, command.receivedReliableSequenceNumber)
      writeUint16(bytes, offset + 6, command.receivedSentTime)
      return offset + 8
    case "Ping":
      return offset + 4
    case "Disconnect":
      writeUint32(bytes, offset + 4, command.data)
      return offset + 8
    case "BandwidthLimit":
      writeUint32(bytes, offset + 4, command.incomingBandwidth)
      writeUint32(bytes, offset + 8, command.outgoingBandwidth)
      return offset + 12
    case "ThrottleConfigure":
      writeUint32(bytes, offset + 4, command.packetThrottleInterval)
      writeUint32(bytes, offset + 8, command.packetThrottleAcceleration)
      writeUint32(bytes, offset + 12, command.packetThrottleDeceleration)
      return offset + 16
    case "VerifyConnect":
      return encodeHandshake(command, bytes, offset)
    case "Connect":
      writeUint32(bytes, encodeHandshake(command, bytes, offset), command.data)
      return offset + 48
  }
}

const encodePayload = (payload: Uint8Array, bytes: Uint8Array, offset: number): number => {
  bytes.set(payload, offset)
  return offset + payload.length
}

const encodeFragment = (command: SendFragment | SendUnreliableFragment, bytes: Uint8Array, offset: number): number => {
  writeUint16(bytes, offset + 4, command.startSequenceNumber)
  writeUint16(bytes, offset + 6, command.payload.length)
  writeUint32(bytes, offset + 8, command.fragmentCount)
  writeUint32(bytes, offset + 12, command.fragmentNumber)
  writeUint32(bytes, offset + 16, command.totalLength)
  writeUint32(bytes, offset + 20, command.fragmentOffset)
  return encodePayload(command.payload, bytes, offset + 24)
}

const encodeHandshake = (command: Connect | VerifyConnect, bytes: Uint8Array, offset: number): number => {
  writeUint16(bytes, offset + 4, command.outgoingPeerID)
  bytes[offset + 6] = command.incomingSessionID
  bytes[offset + 7] = command.outgoingSessionID
  writeUint32(bytes, offset + 8, command.mtu)
  writeUint32(bytes, offset + 12, command.windowSize)
  writeUint32(bytes, offset + 16, command.channelCount)
  writeUint32(bytes, offset + 20, command.incomingBandwidth)
  writeUint32(bytes, offset + 24, command.outgoingBandwidth)
  writeUint32(bytes, offset + 28, command.packetThrottleInterval)
  writeUint32(bytes, offset + 32, command.packetThrottleAcceleration)
  writeUint32(bytes, offset + 36, command.packetThrottleDeceleration)
  writeUint32(bytes, offset + 40, command.connectID)
  return offset + 44
}
