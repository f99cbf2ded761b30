/**
 * Sockets that take a datagram at once, beside the effects of their writer.
 *
 * A host hands over every datagram of a turn as soon as the protocol has made it; a fiber that writes them would cost as
 * much as the protocol. The call belongs to the value of one socket: whatever changes datagrams on their way, such as
 * DTLS, is a socket of its own that does not have it, and so cannot be passed by.
 *
 * @since 0.1.0
 */
import type * as DatagramSocket from "effect/socket/DatagramSocket"

/**
 * Hands one datagram to the system. `done` is called once, at any time, with an error if the datagram was not sent. It
 * must not throw. The bytes do not change until `done` is called, and belong to the host again from then on: a second
 * call would let it write where another datagram still waits.
 *
 * @since 0.1.0
 * @category models
 */
export type Send = (
  payload: Uint8Array,
  destination: DatagramSocket.BackingAddress,
  done: (error?: unknown) => void
) => void

const TypeId = "~@effect-enet/core/DirectSocket"

interface DirectSocket extends DatagramSocket.DatagramSocket {
  readonly [TypeId]: Send
}

const isDirect = (socket: DatagramSocket.DatagramSocket): socket is DirectSocket => TypeId in socket

/**
 * The socket with the call of the system that its writer uses. While no reader is open, the call reports an error.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (socket: DatagramSocket.DatagramSocket, send: Send): DatagramSocket.DatagramSocket =>
  // not enumerable, so that a socket that is spread from this one does not have it
  Object.defineProperty({ ...socket }, TypeId, { value: send })

/**
 * The call of this very socket, if it has one.
 *
 * @since 0.1.0
 * @category getters
 */
export const sendOf = (socket: DatagramSocket.DatagramSocket): Send | undefined =>
  isDirect(socket) ? socket[TypeId] : undefined
