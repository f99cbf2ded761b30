/**
 * A socket that speaks ENet (`ENetHost`): accepts and opens connections, and gives their events as a Stream.
 *
 * The layer owns the socket, the fibers and every connection: closing its scope disconnects all peers and closes the
 * socket.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { InetAddress, IpAddress } from "effect/net/NetAddress"
import type * as Scope from "effect/Scope"
import type * as DatagramSocket from "effect/socket/DatagramSocket"
import type * as Stream from "effect/Stream"
import type { EnetError } from "./EnetError.ts"
import type { EnetEvent } from "./EnetEvent.ts"
import type { EnetPeer, SendOptions } from "./EnetPeer.ts"
import type { HostOptions } from "./HostOptions.ts"
import { makeHost } from "./internal/makeHost.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ConnectOptions {
  /** An IP address, or a host name where a resolver is provided (`packages/node` does). */
  readonly address: string | IpAddress
  /** 1 to 65,535. */
  readonly port: number
  /** Channels to ask for, 1 to 255; the remote may grant fewer. Default 1. */
  readonly channels?: number | undefined
  /** A 32-bit value for the remote's Connect event. Default 0. */
  readonly data?: number | undefined
  /** Give up after this many milliseconds; default: ENet's own limit, 31.5 s with an idle remote. */
  readonly timeout?: number | undefined
}

/**
 * Totals of a host (`totalSentData` and the like), and datagrams that were dropped, by reason.
 *
 * @since 0.1.0
 * @category models
 */
export interface HostStatistics {
  /** Bytes handed to the socket, without UDP and IP headers, after compression. */
  readonly sentData: number
  /** Datagrams handed to the socket. */
  readonly sentPackets: number
  /** Bytes of every datagram received, rejected ones included. */
  readonly receivedData: number
  /** Datagrams received, rejected ones included; those are not that were dropped as `ReceiveQueueFull` or `Overloaded`. */
  readonly receivedPackets: number
  /** Datagrams, or rests of datagrams, that were ignored, by reason (`docs/security.md`). Only those that occurred are there. */
  readonly dropped: Readonly<Record<string, number>>
  /** Peers in an established state. */
  readonly connectedPeers: number
  /** Steps of the protocol: a batch of datagrams, what the application asked for in a turn, a deadline. */
  readonly steps: number
  /** Microseconds that a step takes, the mean of every 16th; 0 before the first. */
  readonly stepTime: number
}

/**
 * @since 0.1.0
 * @category services
 */
export class EnetHost extends Context.Service<EnetHost, {
  /** The bound address and port. */
  readonly address: InetAddress
  /**
   * Connect, Receive and Disconnect of all peers. Each event goes to one reader. Events wait, within ENet's
   * waiting-data limit, until they are pulled; then the remote waits.
   */
  readonly events: Stream.Stream<EnetEvent, EnetError>
  /**
   * Runs one fiber per peer that connects to this host; connections that this host makes are left to those who made them.
   * When the peer goes the fiber is interrupted, after it has read what `messages` still had; when the handler ends, the
   * peer is disconnected after its queued packets. A failure of a handler is logged and disconnects its peer. While it
   * runs, packets of all peers wait for `messages`. Reads `events`, so use one or the other. Never ends by itself.
   */
  readonly serve: <E, R>(
    handler: (peer: EnetPeer, data: number) => Effect.Effect<unknown, E, R>
  ) => Effect.Effect<never, EnetError, R>
  /**
   * Connects; succeeds when the connection is established. The peer is disconnected when the scope closes.
   * Fails with ConnectRefused when the remote says no, and why (`ReasonCode`); also with ConnectTimeout, ConnectRejected,
   * Unreachable, NoFreeSlot, InvalidOption, AddressNotResolved, HostClosed, SocketFailed, and PeerDisconnected when the
   * application ends it meanwhile.
   */
  readonly connect: (options: ConnectOptions) => Effect.Effect<EnetPeer, EnetError, Scope.Scope>
  /**
   * Sends to every connected peer that has the channel (`enet_host_broadcast`). It never waits, and queues the packet also
   * where the queue is above `outgoingQueueLimit`.
   */
  readonly broadcast: (
    channel: number,
    packet: Uint8Array | string,
    options?: Pick<SendOptions, "mode">
  ) => Effect.Effect<void, EnetError>
  /** Sends what is queued now instead of at the end of the turn (`enet_host_flush`). */
  readonly flush: Effect.Effect<void>
  /** Bytes per second, 0 = unlimited; told to the peers within a second (`enet_host_bandwidth_limit`). */
  readonly bandwidthLimit: (limits: {
    readonly incoming?: number | undefined
    readonly outgoing?: number | undefined
  }) => Effect.Effect<void, EnetError>
  /** 1 to 255 channels for connections accepted from now on; 0 = 255 (`enet_host_channel_limit`). */
  readonly channelLimit: (limit: number) => Effect.Effect<void, EnetError>
  /** The limit in force (Godot's `get_max_channels`). */
  readonly maxChannels: Effect.Effect<number>
  /** While true, connection requests are refused with `ReasonCode.Refusing`; connections that exist stay. */
  readonly refuseNewConnections: (refuse: boolean) => Effect.Effect<void>
  readonly statistics: Effect.Effect<HostStatistics>
  /** Reads the statistics and sets the counters to 0 (Godot's `pop_statistic`). */
  readonly popStatistics: Effect.Effect<HostStatistics>
  /** Peers that are connecting, connected or disconnecting, in the order of their slots. */
  readonly peers: Effect.Effect<ReadonlyArray<EnetPeer>>
  /** One raw datagram from the host's socket, for NAT punching (Godot's `socket_send`); not counted. */
  readonly socketSend: (
    destination: { readonly address: string | IpAddress; readonly port: number },
    datagram: Uint8Array | string
  ) => Effect.Effect<void, EnetError>
}>()("@effect-enet/core/EnetHost") {}

/**
 * A host on the socket of the context, with the `Checksum`, `Compressor`, `Admission` and `Entropy` of the context. It belongs to the
 * scope: when that closes, connected peers are told and the socket is closed.
 *
 * Fails with `InvalidOption` when an option is out of range, and with `SocketFailed` when the socket cannot be opened.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: HostOptions = {}
): Effect.Effect<EnetHost["Service"], EnetError, DatagramSocket.DatagramSocket | Scope.Scope> => makeHost(options)

/**
 * `make` as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: HostOptions = {}
): Layer.Layer<EnetHost, EnetError, DatagramSocket.DatagramSocket> => Layer.effect(EnetHost, make(options))
