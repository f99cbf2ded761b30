/**
 * How a client gets a WebSocket. The default is the platform's own `WebSocket`, which browsers have, and Node, Deno and
 * Bun too; `NodeWebSocketClient` brings one that knows header lines, TLS options and back-pressure.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { InetAddress } from "effect/net/NetAddress"
import { platformConnector } from "./internal/platform.ts"
import type { DisconnectReason } from "./WebSocketEvent.ts"

/**
 * An open WebSocket. Its functions may be called in any order and at any time; those that come too late do nothing.
 *
 * @since 0.1.0
 * @category models
 */
export interface RawSocket {
  readonly address: InetAddress | undefined
  readonly protocol: string | undefined
  /** Sends one unfragmented binary message; `written` is called when the system has it. */
  readonly transmit: (bytes: Uint8Array, written: () => void) => void
  readonly close: (code: number, reason: string) => void
  readonly terminate: () => void
  /** Stops and goes on reading. Where that is not possible they do nothing. */
  readonly pause: () => void
  readonly resume: () => void
}

/**
 * What a socket tells. Nothing is told before the function that opens it has returned.
 *
 * @since 0.1.0
 * @category models
 */
export interface SocketListener {
  readonly onMessage: (bytes: Uint8Array) => void
  /** No message comes any more. Told once. */
  readonly onEnd: (reason: Exclude<DisconnectReason, { readonly _tag: "Local" }>) => void
  /** The TCP connection is gone too. Told once, last. */
  readonly onClose: () => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ConnectListener {
  /** The upgrade is complete. */
  readonly onOpen: (socket: RawSocket) => SocketListener
  /** There was no upgrade. Told instead of `onOpen`. */
  readonly onFailure: (detail: string, cause: unknown) => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ConnectRequest {
  readonly url: string
  readonly protocols: ReadonlyArray<string>
  /** Bytes of the largest message. */
  readonly maxPayload: number
  /** Milliseconds to wait for the other side's Close. */
  readonly closeTimeout: number
  /** Header lines. */
  readonly headers: ReadonlyArray<string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Connector {
  /** Whether it can send header lines. */
  readonly canSendHeaders: boolean
  /** Begins to connect; the function that it returns gives up, and does nothing behind `onOpen` and `onFailure`. */
  readonly connect: (request: ConnectRequest, listener: ConnectListener) => () => void
}

/**
 * @since 0.1.0
 * @category services
 */
export const WebSocketConnector = Context.Reference<Connector>("@effect-enet/websocket/WebSocketConnector", {
  defaultValue: () => platformConnector
})
