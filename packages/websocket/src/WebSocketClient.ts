/**
 * Clients, on the platform's own `WebSocket`: browsers, and wherever else there is one. It imports nothing of Node.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Driver } from "./internal/Driver.ts"
import { closed, makeHost } from "./internal/makeHost.ts"
import type { PeerHandle } from "./internal/PeerHandle.ts"
import { parseUrl } from "./internal/url.ts"
import * as Connection from "./protocol/Connection.ts"
import { WebSocketConnector } from "./WebSocketConnector.ts"
import {
  ConnectFailed,
  ConnectTimeout,
  fromReason,
  InvalidPeerId,
  Unsupported,
  type WebSocketError,
  type WebSocketErrorReason
} from "./WebSocketError.ts"
import { WebSocketHost } from "./WebSocketHost.ts"
import { resolve, type WebSocketOptions } from "./WebSocketOptions.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends WebSocketOptions {
  /**
   * `ws://` or `wss://`, a host, and perhaps port and path; without a scheme `ws://`. User and fragment are left out.
   */
  readonly url: string
}

/** What is known of the attempt, and of the connection. */
interface Attempt {
  isOpen: boolean
  peer: PeerHandle | undefined
  isOver: boolean
}

/**
 * A client that has begun to connect (`create_client`): its status is `Connecting`, and `connected` waits for the rest.
 * It belongs to the scope: when that closes, so does the connection.
 *
 * Fails with `InvalidOption`, and with `Unsupported` when there are header lines and the platform cannot send them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = Effect.fnUntraced(function*(
  given: Options
): Effect.fn.Return<WebSocketHost["Service"], WebSocketError, Scope.Scope> {
  const { url: text, ...rest } = given
  const url = (yield* parseUrl(text)).href
  const options = yield* resolve(rest)
  const connector = yield* WebSocketConnector
  if (options.handshakeHeaders.length > 0 && !connector.canSendHeaders) {
    return yield* Effect.fail(
      fromReason(new Unsupported({ feature: "handshakeHeaders", detail: "use NodeWebSocketClient" }))
    )
  }
  const outcome = yield* Deferred.make<void, WebSocketError>()
  const attempt: Attempt = { isOpen: false, peer: undefined, isOver: false }
  const over = (reason?: WebSocketErrorReason) => {
    attempt.isOver = true
    Deferred.doneUnsafe(outcome, Effect.fail(reason === undefined ? closed : fromReason(reason)))
    driver.inbox.end()
  }
  const driver = new Driver(options, yield* Clock.Clock, {
    onConnected: (peer) => {
      attempt.peer = peer
      Deferred.doneUnsafe(outcome, Effect.void)
      driver.deadlineMoved.openUnsafe()
    },
    onBadId: () => over(new InvalidPeerId({ url })),
    onEnd: (reason) =>
      over(new ConnectFailed({ url, detail: "the server closed the connection before the id", cause: reason }))
  })
  const began = driver.now
  let opened = began
  let hangUp = () => {}
  const connect = () =>
    connector.connect({
      url,
      protocols: options.supportedProtocols,
      maxPayload: options.inboundBufferSize,
      closeTimeout: options.closeTimeout,
      headers: options.handshakeHeaders
    }, {
      onOpen: (socket) => {
        attempt.isOpen = true
        opened = driver.now
        hangUp = () => socket.terminate()
        driver.deadlineMoved.openUnsafe()
        return driver.attach(socket, Connection.begin(driver.options), [])
      },
      onFailure: (detail, cause) => over(new ConnectFailed({ url, detail, cause }))
    })
  const giveUp = yield* Effect.acquireRelease(Effect.sync(connect), (giveUp) => {
    giveUp()
    over()
    return driver.close
  })
  const watch: Effect.Effect<void> = Effect.suspend(() => {
    if (attempt.isOver || attempt.peer !== undefined) return Effect.void
    const { handshakeTimeout, idTimeout } = driver.options
    const left = (attempt.isOpen ? opened + idTimeout : began + handshakeTimeout) - driver.now
    if (left > 0) {
      driver.deadlineMoved.closeUnsafe()
      return Effect.andThen(Effect.raceFirst(Effect.sleep(left), driver.deadlineMoved.await), watch)
    }
    over(new ConnectTimeout({ url, waitedFor: attempt.isOpen ? "id" : "handshake" }))
    giveUp()
    hangUp()
    return Effect.void
  })
  yield* Effect.forkScoped(watch)

  return makeHost(driver, {
    isServer: false,
    address: undefined,
    status: () => attempt.isOver ? "Disconnected" : attempt.peer === undefined ? "Connecting" : "Connected",
    uniqueId: () => attempt.isOver ? 0 : attempt.peer?.connection.uniqueId ?? 0,
    connected: Effect.suspend(() =>
      attempt.isOver && attempt.peer !== undefined ? Effect.fail(closed) : Deferred.await(outcome)
    ),
    refuseNewConnections: () => {},
    pending: () => 0,
    refused: () => ({})
  })
})

/**
 * A client that is connected. It belongs to the scope: when that closes, so does the connection.
 *
 * Fails with `InvalidOption`, `Unsupported`, `ConnectFailed`, `ConnectTimeout` and `InvalidPeerId`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<WebSocketHost["Service"], WebSocketError, Scope.Scope> =>
  Effect.tap(open(options), (host) => host.connected)

/**
 * `make` as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<WebSocketHost, WebSocketError> =>
  Layer.effect(WebSocketHost, make(options))
