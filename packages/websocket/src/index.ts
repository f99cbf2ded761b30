/**
 * Godot's WebSocketMultiplayerPeer on Node; `@effect-enet/websocket/client` is the part for browsers.
 *
 * @since 0.1.0
 */
export * from "./client.ts"

/**
 * Clients on `ws`: header lines, TLS options, back-pressure.
 *
 * @since 0.1.0
 */
export * as NodeWebSocketClient from "./NodeWebSocketClient.ts"

/**
 * Servers.
 *
 * @since 0.1.0
 */
export * as NodeWebSocketServer from "./NodeWebSocketServer.ts"

/**
 * TLS of `wss`.
 *
 * @since 0.1.0
 */
export * as TlsOptions from "./TlsOptions.ts"
