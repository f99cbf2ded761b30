/**
 * Sees every datagram before the protocol does (`ENetHost.intercept`), for traffic of the application's own on the same
 * socket, such as NAT punching or discovery.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"

/**
 * Gets the source and the bytes of a datagram; `true` keeps it from the protocol. It is synchronous, must not throw, and
 * must not change the bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type InterceptFunction = (
  source: { readonly host: string; readonly port: number },
  bytes: Uint8Array
) => boolean

/**
 * The hook that hosts use: `undefined` for none, which is the default. Answers go out with `EnetHost.socketSend`.
 *
 * @since 0.1.0
 * @category services
 */
export const Intercept = Context.Reference<InterceptFunction | undefined>("@effect-enet/core/Intercept", {
  defaultValue: () => undefined
})
