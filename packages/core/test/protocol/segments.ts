/**
 * Commands and datagrams as a remote would make them. Control commands are on channel 0xFF; flags are those that ENet
 * sends, unless a test says otherwise.
 */
import type { Host } from "@effect-enet/core/protocol"
import { Bytes, type Command, Decode, Encode, Header } from "@effect-enet/core/wire"

export const CONTROL = 0xff
export const CONNECT_ID = 0xc0ffee01

/** Text as its bytes, a number as so many bytes. */
export const payloadOf = (payload: string | number | Uint8Array): Uint8Array =>
  typeof payload === "string"
    ? new TextEncoder().encode(payload)
    : typeof payload === "number"
    ? Uint8Array.from({ length: payload }, (_, i) => i * 7)
    : payload

type Payload = string | number | Uint8Array

export const ack = (number: number, sentTime: number, channelID = CONTROL): Command.Acknowledge => ({
  _tag: "Acknowledge",
  flags: 0,
  channelID,
  reliableSequenceNumber: number,
  receivedReliableSequenceNumber: number,
  receivedSentTime: sentTime & 0xffff
})

export const ping = (number = 2): Command.Ping => ({
  _tag: "Ping",
  flags: 0x80,
  channelID: CONTROL,
  reliableSequenceNumber: number
})

export const disconnect = (data: number, number: number, flags = 0x80): Command.Disconnect => ({
  _tag: "Disconnect",
  flags,
  channelID: CONTROL,
  reliableSequenceNumber: number,
  data
})

export const reliable = (
  channelID: number,
  number: number,
  payload: Payload = "",
  flags = 0x80
): Command.SendReliable => ({
  _tag: "SendReliable",
  flags,
  channelID,
  reliableSequenceNumber: number,
  payload: payloadOf(payload)
})

/** `after` is the reliable number that the packet follows. */
export const unreliable = (
  channelID: number,
  after: number,
  number: number,
  payload: Payload = "",
  flags = 0
): Command.SendUnreliable => ({
  _tag: "SendUnreliable",
  flags,
  channelID,
  reliableSequenceNumber: after,
  unreliableSequenceNumber: number,
  payload: payloadOf(payload)
})

export const unsequenced = (channelID: number, group: number, payload: Payload = ""): Command.SendUnsequenced => ({
  _tag: "SendUnsequenced",
  flags: 0x40,
  channelID,
  reliableSequenceNumber: 0,
  unsequencedGroup: group,
  payload: payloadOf(payload)
})

interface FragmentFields {
  readonly start: number
  readonly count: number
  readonly number: number
  readonly total: number
  readonly offset: number
  readonly payload: Payload
}

export const fragment = (
  channelID: number,
  { count, number, offset, payload, start, total }: FragmentFields,
  header: Partial<Command.SendFragment> = {}
): Command.SendFragment => ({
  _tag: "SendFragment",
  flags: 0x80,
  channelID,
  reliableSequenceNumber: (start + number) & 0xffff,
  startSequenceNumber: start,
  fragmentCount: count,
  fragmentNumber: number,
  totalLength: total,
  fragmentOffset: offset,
  payload: payloadOf(payload),
  ...header
})

/** `start` is the unreliable number of the packet. */
export const unreliableFragment = (
  channelID: number,
  after: number,
  { count, number, offset, payload, start, total }: FragmentFields
): Command.SendUnreliableFragment => ({
  _tag: "SendUnreliableFragment",
  flags: 0,
  channelID,
  reliableSequenceNumber: after,
  startSequenceNumber: start,
  fragmentCount: count,
  fragmentNumber: number,
  totalLength: total,
  fragmentOffset: offset,
  payload: payloadOf(payload)
})

/** The fields of fragment `number` of `text`, cut into pieces of `size`. */
export const piece = (text: string, size: number, start: number, number: number): FragmentFields => ({
  start,
  count: Math.ceil(text.length / size),
  number,
  total: text.length,
  offset: number * size,
  payload: text.slice(number * size, (number + 1) * size)
})

export const bandwidthLimit = (incoming: number, outgoing: number, number: number): Command.BandwidthLimit => ({
  _tag: "BandwidthLimit",
  flags: 0x80,
  channelID: CONTROL,
  reliableSequenceNumber: number,
  incomingBandwidth: incoming,
  outgoingBandwidth: outgoing
})

export const throttleConfigure = (
  interval: number,
  acceleration: number,
  deceleration: number,
  number: number
): Command.ThrottleConfigure => ({
  _tag: "ThrottleConfigure",
  flags: 0x80,
  channelID: CONTROL,
  reliableSequenceNumber: number,
  packetThrottleInterval: interval,
  packetThrottleAcceleration: acceleration,
  packetThrottleDeceleration: deceleration
})

const handshake = {
  flags: 0x80,
  channelID: CONTROL,
  reliableSequenceNumber: 1,
  mtu: 1392,
  windowSize: 65536,
  incomingBandwidth: 0,
  outgoingBandwidth: 0,
  packetThrottleInterval: 5000,
  packetThrottleAcceleration: 2,
  packetThrottleDeceleration: 2,
  connectID: CONNECT_ID
}

/** A CONNECT from slot 7 of a host that never used the slot before. */
export const connect = (fields: Partial<Command.Connect> = {}): Command.Connect => ({
  _tag: "Connect",
  ...handshake,
  outgoingPeerID: 7,
  incomingSessionID: 0xff,
  outgoingSessionID: 0xff,
  channelCount: 2,
  data: 0,
  ...fields
})

/** The answer of a host whose slot 7 is fresh. */
export const verifyConnect = (fields: Partial<Command.VerifyConnect> = {}): Command.VerifyConnect => ({
  _tag: "VerifyConnect",
  ...handshake,
  outgoingPeerID: 7,
  incomingSessionID: 0,
  outgoingSessionID: 0,
  channelCount: 2,
  ...fields
})

export interface DatagramOptions {
  readonly peerID: number
  readonly sessionID?: number | undefined
  readonly sentTime?: number | undefined
  /** Adds a checksum: what computes it, and what stands in its place meanwhile. */
  readonly checksum?: { readonly compute: NonNullable<Host.Settings["checksum"]>; readonly seed: number } | undefined
}

/** The bytes of a datagram. */
export const datagram = (options: DatagramOptions, commands: ReadonlyArray<Command.Command>): Uint8Array => {
  const bytes = new Uint8Array(16 + commands.reduce((sum, command) => sum + Decode.encodedSize(command), 0))
  const { checksum, peerID, sentTime, sessionID = 0 } = options
  const headerSize = Header.encode({
    peerID,
    sessionID,
    compressed: false,
    sentTime: sentTime === undefined ? undefined : sentTime & 0xffff
  }, bytes)
  let end = headerSize
  if (checksum !== undefined) {
    Bytes.writeUint32(bytes, end, checksum.seed)
    end += 4
  }
  for (const command of commands) end = Encode.encodeCommand(command, bytes, end)
  const result = bytes.slice(0, end)
  if (checksum !== undefined) Bytes.writeUint32(result, headerSize, checksum.compute(result))
  return result
}
