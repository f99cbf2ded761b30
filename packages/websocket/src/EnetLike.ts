/**
 * WebSocket peers as ENet's, so that one handler serves both hosts.
 *
 * @since 0.1.0
 */
import * as EnetError from "@effect-enet/core/EnetError"
import type * as EnetEvent from "@effect-enet/core/EnetEvent"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import * as Stream from "effect/Stream"
import type { WebSocketError } from "./WebSocketError.ts"
import type { DisconnectReason } from "./WebSocketEvent.ts"
import type { DisconnectOptions, WebSocketPeer } from "./WebSocketPeer.ts"

/**
 * What ENet's peers and WebSocket peers have in common, in ENet's words. Each `EnetPeer` is one; `fromPeer` makes one of a
 * `WebSocketPeer`. A handler that takes it can be given to `EnetHost.serve` as it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface EnetLike extends
  Pick<
    EnetPeer,
    | "id"
    | "address"
    | "channelCount"
    | "send"
    | "messages"
    | "closed"
    | "disconnect"
    | "disconnectLater"
    | "disconnectNow"
  >
{}

/** Godot reads what arrives before a Close, not what arrives in one frame of its main loop with it. */
const LINGER = 100

const nowhere = NetAddress.inetAddressUnsafe(NetAddress.ipv4Unspecified, 0)

const errorOf = (peer: number) => ({ reason }: WebSocketError): EnetError.EnetError => {
  switch (reason._tag) {
    case "InvalidOption":
      return EnetError.fromReason(new EnetError.InvalidOption(reason))
    case "PacketTooLarge":
      return EnetError.fromReason(new EnetError.PacketTooLarge(reason))
    case "QueueFull":
      // It is full with what it holds: there is a limit of packets as well.
      return EnetError.fromReason(
        new EnetError.QueueFull({ peer, queued: reason.queuedBytes, limit: reason.queuedBytes })
      )
    case "HostClosed":
      return EnetError.fromReason(new EnetError.HostClosed())
    default:
      return EnetError.fromReason(new EnetError.PeerDisconnected({ peer }))
  }
}

const reasonOf = (reason: DisconnectReason): EnetEvent.DisconnectReason => {
  switch (reason._tag) {
    case "Remote":
      return { _tag: "Remote", data: reason.code }
    case "Local":
      return { _tag: "Local" }
    case "Lost":
      return { _tag: "Timeout" }
    case "Violation":
      return { _tag: "ProtocolViolation" }
    case "Closed":
      return { _tag: "Closed" }
  }
}

/**
 * A WebSocket peer as a handler for ENet takes it. Like the peer, it is a handle: the host goes on owning the connection.
 *
 * - There is one channel, 0; another one fails with `InvalidChannel`.
 * - Each packet is reliable and in order: the `mode` of `send` changes nothing, that of `messages` is `reliable`.
 * - The `data` of a disconnect is the code of the Close: 1000 to 1003, 1007 to 1011, 3000 to 4999, or 0 for 1000; another
 *   one fails with `InvalidOption`. In `closed`, `Remote` has the code that came, 1000 when there was no trouble.
 * - `disconnect` sends its Close behind the packets, `disconnectLater` 100 milliseconds behind them, so that Godot can
 *   read them, and `disconnectNow` does not wait for the other side.
 * - `closed` says `Timeout` for a TCP connection that ended without a Close, and `ProtocolViolation` for a `Violation`.
 * - `address` is 0.0.0.0 with port 0 where browsers hide it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromPeer = (peer: WebSocketPeer): EnetLike => {
  const inEnet = Effect.mapError(errorOf(peer.id))
  const disconnect = (options: DisconnectOptions) => (data = 0) =>
    inEnet(peer.disconnect({ ...options, ...(data !== 0 && { code: data }) }))
  return {
    id: peer.id,
    address: peer.address ?? nowhere,
    channelCount: 1,
    send: (channel, packet, options) =>
      channel === 0
        ? inEnet(peer.send(packet, { whenFull: options?.whenFull }))
        : Effect.fail(EnetError.fromReason(new EnetError.InvalidChannel({ channel, channelCount: 1 }))),
    messages: Stream.map(peer.messages, (packet) => ({ channel: 0, packet, mode: "reliable" })),
    closed: Effect.map(peer.closed, reasonOf),
    disconnect: disconnect({}),
    disconnectLater: disconnect({ linger: LINGER }),
    disconnectNow: disconnect({ force: true })
  }
}
