/**
 * Datagrams by hand, for remotes that do what no host of ours does.
 */
import { type Command, Decode, Encode, Header } from "@effect-enet/core/wire"

/** The commands of a datagram without checksum and compression. */
export const commandsOf = (bytes: Uint8Array): ReadonlyArray<Command.Command> => {
  const commands: Array<Command.Command> = []
  for (let offset = Header.headerSize(Header.peerWord(bytes)); offset < bytes.length;) {
    const length = Decode.commandLength(bytes, offset)
    if (length === 0) throw new Error("not a command")
    commands.push(Decode.decodeCommand(bytes, offset))
    offset += length
  }
  return commands
}

/** The kinds of the commands of a datagram, for comparing. */
export const kindsOf = (bytes: Uint8Array): string => commandsOf(bytes).map(({ _tag }) => _tag).join(" ")

export const firstOf = <Tag extends Command.Command["_tag"]>(bytes: Uint8Array, tag: Tag) =>
  commandsOf(bytes).find((command): command is Extract<Command.Command, { readonly _tag: Tag }> => command._tag === tag)

/** A datagram with a sent time. */
export const datagram = (
  header: Partial<Header.Header> & { readonly peerID: number },
  ...commands: ReadonlyArray<Command.Command>
): Uint8Array => {
  const bytes = new Uint8Array(4096)
  let end = Header.encode({ sessionID: 0, compressed: false, sentTime: 1, ...header }, bytes)
  for (const command of commands) end = Encode.encodeCommand(command, bytes, end)
  return bytes.slice(0, end)
}

export const disconnect = (data: number): Command.Disconnect => ({
  _tag: "Disconnect",
  flags: 0x40,
  channelID: 0xff,
  reliableSequenceNumber: 1,
  data
})

/** A CONNECT as a client of this package sends it. */
export const connect = (fields: Partial<Command.Connect> = {}): Command.Connect => ({
  _tag: "Connect",
  flags: 0x80,
  channelID: 0xff,
  reliableSequenceNumber: 1,
  outgoingPeerID: 0,
  incomingSessionID: 0xff,
  outgoingSessionID: 0xff,
  mtu: 1392,
  windowSize: 65536,
  channelCount: 1,
  incomingBandwidth: 0,
  outgoingBandwidth: 0,
  packetThrottleInterval: 5000,
  packetThrottleAcceleration: 2,
  packetThrottleDeceleration: 2,
  connectID: 0x12345678,
  data: 0,
  ...fields
})

/** The answer to a CONNECT. */
export const verify = (
  request: Command.Connect,
  fields: Partial<Command.VerifyConnect> = {}
): Command.VerifyConnect => ({
  _tag: "VerifyConnect",
  flags: 0x80,
  channelID: 0xff,
  reliableSequenceNumber: 1,
  outgoingPeerID: 0,
  incomingSessionID: 0,
  outgoingSessionID: 0,
  mtu: request.mtu,
  windowSize: request.windowSize,
  channelCount: request.channelCount,
  incomingBandwidth: 0,
  outgoingBandwidth: 0,
  packetThrottleInterval: request.packetThrottleInterval,
  packetThrottleAcceleration: request.packetThrottleAcceleration,
  packetThrottleDeceleration: request.packetThrottleDeceleration,
  connectID: request.connectID,
  ...fields
})
