/**
 * What a socket has ignored before its host could see it, by reason. A layer such as DTLS gives it together with its
 * socket; a host then counts it in `HostStatistics.dropped` and in its metrics.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"

/**
 * Totals since the socket was opened. Reasons are named so that nobody mistakes them for those of a host; only those that
 * occurred are there.
 *
 * @since 0.1.0
 * @category models
 */
export type SocketDrops = () => Readonly<Record<string, number>>

/**
 * Read whenever statistics are. By default nothing is counted.
 *
 * @since 0.1.0
 * @category services
 */
export const SocketDrops = Context.Reference<SocketDrops>("@effect-enet/core/SocketDrops", {
  defaultValue: () => () => ({})
})
