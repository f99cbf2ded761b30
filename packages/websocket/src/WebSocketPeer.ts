/**
 * A connection to one remote peer (`WebSocketPeer`).
 *
 * A peer is a handle. The host owns the connection behind it: the handle may be kept after the connection is gone, and
 * then answers with `PeerDisconnected`.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { InetAddress } from "effect/net/NetAddress"
import type * as Stream from "effect/Stream"
import type { Load } from "./protocol/Connection.ts"
import type { WebSocketError } from "./WebSocketError.ts"
import type { DisconnectReason } from "./WebSocketEvent.ts"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId = "~effect-enet/websocket/WebSocketPeer"

/**
 * What `send` does when as much is unsent as `maxQueuedPackets` and `outboundBufferSize` allow: `wait` until there is
 * room, `fail` with `QueueFull`, or `drop` the packet.
 *
 * @since 0.1.0
 * @category models
 */
export type WhenFull = "wait" | "fail" | "drop"

/**
 * @since 0.1.0
 * @category models
 */
export interface SendOptions {
  /** Default: `wait` for one peer; `drop` for several, so that a slow one keeps nobody waiting, as in Godot. */
  readonly whenFull?: WhenFull | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface DisconnectOptions {
  /**
   * Close code: 1000 to 1003, 1007 to 1011, or the application's own, 3000 to 4999. Browsers take 1000 and 3000 to
   * 4999. Default 1000.
   */
  readonly code?: number | undefined
  /** Why, for people: at most 123 bytes of UTF-8. Default empty. */
  readonly reason?: string | undefined
  /** Send the Close and drop the connection without waiting for anything. Default false. */
  readonly force?: boolean | undefined
  /**
   * Milliseconds between the last packet and the Close, 0 to 60,000. Godot loses packets that arrive together with a
   * Close, in one of its frames: 100 lets it read them. Default 0.
   */
  readonly linger?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface WebSocketPeer {
  readonly [TypeId]: typeof TypeId
  /** 1 is the server, clients have 2 to 2,147,483,647. */
  readonly id: number
  /**
   * Address and TCP port. IPv4 remotes of a dual-stack socket are shown as IPv4. `undefined` where browsers hide it.
   */
  readonly address: InetAddress | undefined
  /** The sub-protocol that both agreed on, or nothing (`get_selected_protocol`). */
  readonly protocol: string | undefined
  /** Sends a packet. The bytes are copied; a string is sent as UTF-8. An empty packet is not sent, as in Godot. */
  readonly send: (packet: Uint8Array | string, options?: SendOptions) => Effect.Effect<void, WebSocketError>
  /** Closes the connection with a code and a reason that the other side gets (`disconnect_peer`). */
  readonly disconnect: (options?: DisconnectOptions) => Effect.Effect<void, WebSocketError>
  /** What was sent and is not yet with the system (`get_current_outbound_buffered_amount`). */
  readonly outgoingQueued: Effect.Effect<Load>
  /**
   * The packets of this peer, in order; ends when the peer is gone. While it runs they come here instead of to
   * `WebSocketHost.events`. A reader that stops pulling makes the remote wait. A reader that ends early, as with
   * `Stream.take`, loses the rest of what it pulled last.
   */
  readonly messages: Stream.Stream<Uint8Array>
  /** Waits until the connection is gone and says why. */
  readonly closed: Effect.Effect<DisconnectReason>
  readonly toString: () => string
}
