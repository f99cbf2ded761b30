/**
 * Clients on Node: with header lines, TLS options, and back-pressure down to the socket.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { nodeConnector } from "./internal/nodeConnector.ts"
import { clientSecurity } from "./internal/tls.ts"
import { parseUrl } from "./internal/url.ts"
import type { ClientTls } from "./TlsOptions.ts"
import * as WebSocketClient from "./WebSocketClient.ts"
import { WebSocketConnector } from "./WebSocketConnector.ts"
import type { WebSocketError } from "./WebSocketError.ts"
import { WebSocketHost } from "./WebSocketHost.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends WebSocketClient.Options {
  /**
   * For `wss`. Left out: the server's certificate must lead to one that Node trusts, and be for the host of the URL.
   */
  readonly tls?: ClientTls | undefined
}

/**
 * A client that has begun to connect (`create_client`): its status is `Connecting`, and `connected` waits for the rest.
 * It belongs to the scope: when that closes, so does the connection.
 *
 * Fails with `InvalidOption`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const open = Effect.fnUntraced(function*(
  { tls = {}, ...options }: Options
): Effect.fn.Return<WebSocketHost["Service"], WebSocketError, Scope.Scope> {
  const { hostname } = yield* parseUrl(options.url)
  const security = yield* clientSecurity(tls, hostname.replace(/^\[|\]$/g, ""))
  return yield* Effect.provideService(WebSocketClient.open(options), WebSocketConnector, nodeConnector(security))
})

/**
 * A client that is connected. It belongs to the scope: when that closes, so does the connection.
 *
 * Fails with `InvalidOption`, `ConnectFailed`, `ConnectTimeout` and `InvalidPeerId`.
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
