/**
 * What a host tells the application: a peer connected, a packet arrived, a peer is gone.
 *
 * @since 0.1.0
 */
import type { DisconnectReason as Reason } from "./protocol/Connection.ts"
import type { WebSocketPeer } from "./WebSocketPeer.ts"

/**
 * Why a peer is gone.
 *
 * - `Remote`: the other side closed it; code 1005 stands for a Close without a code.
 * - `Local`: this side closed it.
 * - `Violation`: the other side broke the protocol or a limit; `code` is what it was told.
 * - `Lost`: the TCP connection ended without a Close.
 * - `Closed`: this side dropped it without waiting for the other (`force`, host closed).
 *
 * @since 0.1.0
 * @category models
 */
export type DisconnectReason = Reason

/**
 * A client has its id (`peer_connected`). On a client: the server gave one; `id` is 1.
 *
 * @since 0.1.0
 * @category models
 */
export interface PeerConnected {
  readonly _tag: "PeerConnected"
  readonly id: number
  readonly peer: WebSocketPeer
}

/**
 * A packet arrived. The bytes belong to the application.
 *
 * @since 0.1.0
 * @category models
 */
export interface Packet {
  readonly _tag: "Packet"
  /** The sender's id (`get_packet_peer`). */
  readonly from: number
  readonly peer: WebSocketPeer
  readonly bytes: Uint8Array
}

/**
 * A peer is gone (`peer_disconnected`). It is the last event of its peer.
 *
 * @since 0.1.0
 * @category models
 */
export interface PeerDisconnected {
  readonly _tag: "PeerDisconnected"
  readonly id: number
  readonly peer: WebSocketPeer
  readonly reason: DisconnectReason
}

/**
 * @since 0.1.0
 * @category models
 */
export type WebSocketEvent = PeerConnected | Packet | PeerDisconnected

/**
 * One handler per kind of event.
 *
 * @since 0.1.0
 * @category pattern matching
 */
export const match = <A, B, C>(handlers: {
  readonly PeerConnected: (event: PeerConnected) => A
  readonly Packet: (event: Packet) => B
  readonly PeerDisconnected: (event: PeerDisconnected) => C
}) =>
(event: WebSocketEvent): A | B | C => {
  switch (event._tag) {
    case "PeerConnected":
      return handlers.PeerConnected(event)
    case "Packet":
      return handlers.Packet(event)
    case "PeerDisconnected":
      return handlers.PeerDisconnected(event)
  }
}
