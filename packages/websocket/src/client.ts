/**
 * What a client needs, and nothing of Node: for browsers.
 *
 * @since 0.1.0
 */

/**
 * WebSocket peers as ENet's, for handlers of both.
 *
 * @since 0.1.0
 */
export * as EnetLike from "./EnetLike.ts"

/**
 * Ids of peers.
 *
 * @since 0.1.0
 */
export * as PeerId from "./PeerId.ts"

/**
 * Clients on the platform's `WebSocket`.
 *
 * @since 0.1.0
 */
export * as WebSocketClient from "./WebSocketClient.ts"

/**
 * How a client gets a WebSocket.
 *
 * @since 0.1.0
 */
export * as WebSocketConnector from "./WebSocketConnector.ts"

/**
 * The one error of this package.
 *
 * @since 0.1.0
 */
export * as WebSocketError from "./WebSocketError.ts"

/**
 * What a host tells the application.
 *
 * @since 0.1.0
 */
export * as WebSocketEvent from "./WebSocketEvent.ts"

/**
 * A server or a client, and its events.
 *
 * @since 0.1.0
 */
export * as WebSocketHost from "./WebSocketHost.ts"

/**
 * Options of both sides.
 *
 * @since 0.1.0
 */
export * as WebSocketOptions from "./WebSocketOptions.ts"

/**
 * A connection to one remote peer.
 *
 * @since 0.1.0
 */
export * as WebSocketPeer from "./WebSocketPeer.ts"
