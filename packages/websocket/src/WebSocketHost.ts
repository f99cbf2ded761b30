/**
 * Godot's `WebSocketMultiplayerPeer`: a server with its clients, or a client with its server, and their events as a
 * Stream.
 *
 * The layer owns the sockets and every connection: closing its scope closes them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { InetAddress } from "effect/net/NetAddress"
import type * as Stream from "effect/Stream"
import type { Target as ProtocolTarget } from "./protocol/Target.ts"
import type { WebSocketError } from "./WebSocketError.ts"
import type { WebSocketEvent } from "./WebSocketEvent.ts"
import type { ResolvedOptions, WebSocketOptions } from "./WebSocketOptions.ts"
import type { DisconnectOptions, SendOptions, WebSocketPeer } from "./WebSocketPeer.ts"

/**
 * `ConnectionStatus`. A server is `Connected` from the beginning.
 *
 * @since 0.1.0
 * @category models
 */
export type ConnectionStatus = "Disconnected" | "Connecting" | "Connected"

/**
 * One peer by its id, all peers, or all but one. On a client everything goes to the server.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = ProtocolTarget

/**
 * @since 0.1.0
 * @category models
 */
export interface HostStatistics {
  /** Peers that are connected. */
  readonly peers: number
  /** Connections of a server whose handshake is not complete, those that are held while it refuses included. */
  readonly pending: number
  /** Connections that never became peers, by reason. Only reasons that occurred are there. */
  readonly refused: Readonly<Record<string, number>>
}

/**
 * @since 0.1.0
 * @category services
 */
export class WebSocketHost extends Context.Service<WebSocketHost, {
  /** The bound address and port of a server. */
  readonly address: InetAddress | undefined
  readonly status: Effect.Effect<ConnectionStatus>
  /** Own id: 1 on a server; on a client what the server gave, and 0 before and after (`get_unique_id`). */
  readonly uniqueId: Effect.Effect<number>
  /**
   * Waits until a client has its id. Fails with ConnectFailed, ConnectTimeout, InvalidPeerId, and with HostClosed when
   * the connection is over already.
   */
  readonly connected: Effect.Effect<void, WebSocketError>
  /**
   * PeerConnected, Packet and PeerDisconnected of all peers. Each event goes to one reader. Packets wait, within
   * `inboundBufferSize` and `maxQueuedPackets` per peer, until they are pulled; then the remote waits. A client's
   * events end with its connection.
   */
  readonly events: Stream.Stream<WebSocketEvent, WebSocketError>
  /**
   * Runs one fiber per peer. When the peer goes the fiber is interrupted, after it has read what `messages` still had;
   * when the handler ends, the peer is disconnected. A failure of a handler is logged and disconnects its peer with
   * 1011. While it runs, packets of all peers wait for `messages`. Reads `events`, so use one or the other. Ends only
   * with the host, by HostClosed.
   */
  readonly serve: <E, R>(
    handler: (peer: WebSocketPeer) => Effect.Effect<unknown, E, R>
  ) => Effect.Effect<never, WebSocketError, R>
  /** Fails with UnknownPeer (`get_peer`). */
  readonly peer: (id: number) => Effect.Effect<WebSocketPeer, WebSocketError>
  /** Those who are connected, in the order in which they came. */
  readonly peers: Effect.Effect<ReadonlyArray<WebSocketPeer>>
  /**
   * Sends a packet to one, to all, or to all but one (`set_target_peer` and `put_packet`). Fails with UnknownPeer,
   * PacketTooLarge, QueueFull, PeerDisconnected; sent to several, it fails only with PacketTooLarge, and with QueueFull
   * after all others got it.
   */
  readonly send: (
    to: Target,
    packet: Uint8Array | string,
    options?: SendOptions
  ) => Effect.Effect<void, WebSocketError>
  /** `peer(id)` and `disconnect` in one. */
  readonly disconnectPeer: (id: number, options?: DisconnectOptions) => Effect.Effect<void, WebSocketError>
  /**
   * While true, a server does not answer newcomers; eight of them are kept waiting until they give up or refusing ends,
   * others are dropped. Peers stay. No meaning on a client.
   */
  readonly refuseNewConnections: (refuse: boolean) => Effect.Effect<void>
  /** The options in force. */
  readonly options: Effect.Effect<ResolvedOptions>
  /** Changes options: for later connections, and `handshakeTimeout` also for those that are in their handshake. */
  readonly configure: (options: WebSocketOptions) => Effect.Effect<void, WebSocketError>
  readonly statistics: Effect.Effect<HostStatistics>
}>()("@effect-enet/websocket/WebSocketHost") {}
