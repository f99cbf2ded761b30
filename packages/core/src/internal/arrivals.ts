/**
 * From datagrams of the socket to inputs of the protocol.
 */
import type { Datagram } from "effect/socket/DatagramSocket"
import { append, NONE } from "../protocol/collections/append.ts"
import type { Host } from "../protocol/Host.ts"
import type * as Input from "../protocol/Input.ts"
import { addressee } from "../protocol/Routes.ts"
import { PROTOCOL_MAXIMUM_PEER_ID } from "../wire/Constants.ts"
import { peerIDOf, peerWord } from "../wire/Header.ts"
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
