/**
 * What a socket knows of its remotes besides their datagrams: that one cannot be reached any more, and why. A layer such
 * as DTLS gives it together with its socket; a host then ends its connections with that remote at once, where ENet alone
 * would wait until they time out.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { InetAddress } from "effect/net/NetAddress"
import * as Stream from "effect/Stream"

/**
 * @since 0.1.0
 * @category models
 */
export interface LostRemote {
  /** As the socket gives it with datagrams. */
  readonly address: InetAddress
  /** What happened, as a sentence that says who is meant. */
  readonly detail: string
  readonly cause: unknown
}

/**
 * Runs as long as the host does. By default nobody is lost.
 *
 * @since 0.1.0
 * @category services
 */
export const LostRemotes = Context.Reference<Stream.Stream<LostRemote>>("@effect-enet/core/LostRemotes", {
  defaultValue: () => Stream.never
})
