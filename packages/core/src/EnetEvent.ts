/**
 * What a host tells the application: a peer connected, a packet arrived, a peer is gone.
 *
 * @since 0.1.0
 */
import type { DeliveryMode } from "./DeliveryMode.ts"
import type { EnetPeer } from "./EnetPeer.ts"

/**
 * A connection is established, in either direction (`ENET_EVENT_TYPE_CONNECT`).
 *
 * `data` is the 32-bit value that the connecting side gave; on the connecting side itself it is 0.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connect {
  readonly _tag: "Connect"
  readonly peer: EnetPeer
  readonly data: number
}

/**
 * A packet arrived (`ENET_EVENT_TYPE_RECEIVE`). The bytes belong to the application.
 *
 * @since 0.1.0
 * @category models
 */
export interface Receive {
  readonly _tag: "Receive"
  readonly peer: EnetPeer
  readonly channel: number
  readonly packet: Uint8Array
  readonly mode: DeliveryMode
}

/**
 * A peer is gone (`ENET_EVENT_TYPE_DISCONNECT`). It is the last event of its peer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Disconnect {
  readonly _tag: "Disconnect"
  readonly peer: EnetPeer
  readonly reason: DisconnectReason
}

/**
 * @since 0.1.0
 * @category models
 */
export type EnetEvent = Connect | Receive | Disconnect

/**
 * Why a peer is gone.
 *
 * - `Remote`: the other side disconnected, with its 32-bit `data`.
 * - `Refused`: the other side answered our connection request with this, see `ReasonCode`.
 * - `Local`: this side disconnected and the other side acknowledged it.
 * - `Timeout`: the other side stopped acknowledging.
 * - `Unreachable`: the socket cannot reach the other side any more, and `detail` says why, see `LostRemotes`.
 * - `Closed`: this side dropped the connection without waiting for the other (`disconnectNow`, `reset`, host closed).
 * - `BudgetExceeded`: the other side made this host keep too much, see the limits of `HostOptions`.
 * - `ProtocolViolation`: the other side sent too much that is not ENet.
 * - `SocketFailed`: the host's socket stopped working.
 *
 * @since 0.1.0
 * @category models
 */
export type DisconnectReason =
  | { readonly _tag: "Remote"; readonly data: number }
  | { readonly _tag: "Refused"; readonly data: number }
  | { readonly _tag: "Local" }
  | { readonly _tag: "Timeout" }
  | { readonly _tag: "Unreachable"; readonly detail: string; readonly cause: unknown }
  | { readonly _tag: "Closed" }
  | { readonly _tag: "BudgetExceeded" }
  | { readonly _tag: "ProtocolViolation" }
  | { readonly _tag: "SocketFailed" }

/**
 * One handler per kind of event.
 *
 * @since 0.1.0
 * @category pattern matching
 */
export const match = <A, B, C>(handlers: {
  readonly Connect: (event: Connect) => A
  readonly Receive: (event: Receive) => B
  readonly Disconnect: (event: Disconnect) => C
}) =>
(event: EnetEvent): A | B | C => {
  switch (event._tag) {
    case "Connect":
      return handlers.Connect(event)
    case "Receive":
      return handlers.Receive(event)
    case "Disconnect":
      return handlers.Disconnect(event)
  }
}
