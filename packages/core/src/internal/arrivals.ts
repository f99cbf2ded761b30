/**
 * From datagrams of the socket to inputs of the protocol.
 */
import type { Datagram } from "effect/socket/DatagramSocket"
import { append, NONE } from "../protocol/collections/append.ts"
import type { Host, Settings } from "../protocol/Host.ts"
import type * as Input from "../protocol/Input.ts"
import { addressee } from "../protocol/Routes.ts"
import { commandNumber } from "../wire/Command.ts"
import { PROTOCOL_COMMAND_MASK, PROTOCOL_MAXIMUM_MTU, PROTOCOL_MAXIMUM_PEER_ID } from "../wire/Constants.ts"
import { commandLength } from "../wire/Decode.ts"
import { headerSize, isCompressed, peerIDOf, peerWord } from "../wire/Header.ts"
import { fromDatagram, type SocketAddress } from "./SocketAddress.ts"
import type { Strangers } from "./Strangers.ts"

/** Who may not even ask for a connection, and the code with which they are told. */
export type Denies = (address: SocketAddress) => number | undefined

/** The datagrams without requests for which there is no time. */
export const arrivalsOf = (
  datagrams: ReadonlyArray<Datagram>,
  state: Host,
  strangers: Strangers,
  denies: Denies | undefined
): Array<Input.Datagram> => {
  let arrivals: Array<Input.Datagram> = NONE
  for (const datagram of datagrams) {
    const bytes = datagram.payload
    const peerID = bytes.length < 2 ? 0 : peerIDOf(peerWord(bytes))
    const isRequest = peerID === PROTOCOL_MAXIMUM_PEER_ID
    if (isRequest && !strangers.take()) continue
    const address = fromDatagram(datagram, addressee(state, peerID, undefined)?.link.address)
    const denied = isRequest ? denies?.(address) : undefined
    arrivals = append(
      arrivals,
      denied === undefined ? { _tag: "Datagram", address, bytes } : { _tag: "Datagram", address, bytes, denied }
    )
  }
  return arrivals
}

const ACKNOWLEDGE = commandNumber("Acknowledge")
const PING = commandNumber("Ping")

/** Whether a datagram holds acknowledgements and pings only. */
const hasNoPacket = (bytes: Uint8Array, { checksum }: Settings): boolean => {
  const word = peerWord(bytes)
  if (isCompressed(word)) return false
  let offset = headerSize(word) + (checksum === undefined ? 0 : 4)
  while (offset < bytes.length) {
    const number = bytes[offset]! & PROTOCOL_COMMAND_MASK
    const length = commandLength(bytes, offset)
    if (length === 0 || (number !== ACKNOWLEDGE && number !== PING)) return false
    offset += length
  }
  return true
}

/** Whether datagrams hold nothing but acknowledgements and pings of connections for which no packet is queued. */
export const areQuiet = (arrivals: ReadonlyArray<Input.Datagram>, state: Host): boolean =>
  arrivals.length > 0 && arrivals.every(({ address, bytes }) => {
    if (bytes.length < 2 || bytes.length > PROTOCOL_MAXIMUM_MTU) return false
    const peerID = peerIDOf(peerWord(bytes))
    const peer = peerID === PROTOCOL_MAXIMUM_PEER_ID ? undefined : addressee(state, peerID, address)
    return peer !== undefined && peer.outgoingQueued === 0 && hasNoPacket(bytes, state.settings)
  })
