/**
 * A connection to one remote host (`ENetPeer`).
 *
 * A peer is a handle. The host owns the connection behind it: the handle may be kept after the connection is gone, and
 * then answers with `PeerDisconnected`, even when the host gives the same slot to another connection.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { InetAddress } from "effect/net/NetAddress"
import type * as Stream from "effect/Stream"
import type { DeliveryMode } from "./DeliveryMode.ts"
import type { EnetError } from "./EnetError.ts"
import type { DisconnectReason } from "./EnetEvent.ts"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId = "~effect-enet/core/EnetPeer"

/**
 * ENet's ten peer states (`ENetPeerState`), by their C names in camel case.
 *
 * @since 0.1.0
 * @category models
 */
export type PeerState =
  | "Disconnected"
  | "Connecting"
  | "AcknowledgingConnect"
  | "ConnectionPending"
  | "ConnectionSucceeded"
  | "Connected"
  | "DisconnectLater"
  | "Disconnecting"
  | "AcknowledgingDisconnect"
  | "Zombie"

/**
 * The fourteen statistics of Godot's `ENetPacketPeer`, and what else a host knows about a peer. Times are milliseconds
 * of the host's clock; 0 stands for "not yet" in the epochs.
 *
 * @since 0.1.0
 * @category models
 */
export interface PeerStatistics {
  /** Mean loss of reliable commands, in 65,536ths (`packetLoss`). */
  readonly packetLoss: number
  /** Variance of the loss, in 65,536ths. */
  readonly packetLossVariance: number
  readonly packetLossEpoch: number
  /** Mean round trip time, milliseconds. */
  readonly roundTripTime: number
  readonly roundTripTimeVariance: number
  /** Lowest round trip time of the previous throttle interval, milliseconds. */
  readonly lastRoundTripTime: number
  readonly lastRoundTripTimeVariance: number
  /** Of 32: how many in 32 unreliable packets pass. */
  readonly packetThrottle: number
  readonly packetThrottleLimit: number
  readonly packetThrottleCounter: number
  readonly packetThrottleEpoch: number
  readonly packetThrottleAcceleration: number
  readonly packetThrottleDeceleration: number
  /** Milliseconds. */
  readonly packetThrottleInterval: number
  /** Negotiated largest datagram, bytes. */
  readonly mtu: number
  /** Limit of reliable bytes in flight. */
  readonly windowSize: number
  /** Reliable bytes sent and not yet acknowledged. */
  readonly reliableDataInTransit: number
  /** Payload bytes queued and not yet sent for the first time. */
  readonly outgoingQueued: number
  /** Received bytes that the application has not taken yet (`totalWaitingData`). */
  readonly totalWaitingData: number
  /** Bytes of the datagrams to this peer, without UDP and IP headers, after compression. */
  readonly sentData: number
  /** Bytes of the datagrams from this peer that were believed, likewise. */
  readonly receivedData: number
}

/**
 * What `send` does when the peer's outgoing queue holds more than the host's `outgoingQueueLimit`:
 * `wait` until there is room (default), `fail` with `QueueFull`, or `drop` the packet.
 *
 * @since 0.1.0
 * @category models
 */
export type WhenFull = "wait" | "fail" | "drop"

/**
 * @since 0.1.0
 * @category models
 */
export interface SendOptions {
  /** Default `reliable`. */
  readonly mode?: DeliveryMode | undefined
  /** Default `wait`. */
  readonly whenFull?: WhenFull | undefined
  /**
   * Keeps the array itself instead of a copy (`ENET_PACKET_FLAG_NO_ALLOCATE`). It must not change from then on: a reliable
   * packet may be sent again until it is acknowledged. Default false.
   */
  readonly noAllocate?: boolean | undefined
}

/**
 * A packet of one peer, as `messages` gives it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  readonly channel: number
  readonly packet: Uint8Array
  readonly mode: DeliveryMode
}

/**
 * @since 0.1.0
 * @category models
 */
export interface EnetPeer {
  readonly [TypeId]: typeof TypeId
  /** The slot in the host's peer table, 0 to 4,094 (`incomingPeerID`). It is reused by later connections. */
  readonly id: number
  /** Unlike `id`, never given to another connection of this host. */
  readonly connection: number
  /** Where the remote's datagrams come from. IPv4 remotes of a dual-stack socket are shown as IPv4. */
  readonly address: InetAddress
  /** Negotiated number of channels; channels are 0 to `channelCount - 1`. 0 until connected and when gone. */
  readonly channelCount: number
  /** Queues a packet. The bytes are copied, unless `noAllocate` says that they stay; a string is sent as UTF-8. Leaves at the end of this event-loop turn. */
  readonly send: (
    channel: number,
    packet: Uint8Array | string,
    options?: SendOptions
  ) => Effect.Effect<void, EnetError>
  /**
   * Waits until at most `limit` payload bytes, by default 0, wait to be sent for the first time. What is in flight does
   * not count. Fails with PeerDisconnected when the peer is gone.
   */
  readonly drained: (limit?: number) => Effect.Effect<void, EnetError>
  /** Disconnects and drops what is queued; the remote gets `data` (`enet_peer_disconnect`). */
  readonly disconnect: (data?: number) => Effect.Effect<void, EnetError>
  /** Tells the remote once and forgets the connection at once (`enet_peer_disconnect_now`). */
  readonly disconnectNow: (data?: number) => Effect.Effect<void, EnetError>
  /** Disconnects after everything queued has been acknowledged (`enet_peer_disconnect_later`). */
  readonly disconnectLater: (data?: number) => Effect.Effect<void, EnetError>
  /** Forgets the connection without a word to the remote (`enet_peer_reset`). */
  readonly reset: Effect.Effect<void, EnetError>
  /** Asks for an acknowledgement now (`enet_peer_ping`). */
  readonly ping: Effect.Effect<void, EnetError>
  /** Milliseconds without acknowledgement after which a ping goes out; 0 restores 500 (`enet_peer_ping_interval`). */
  readonly pingInterval: (milliseconds: number) => Effect.Effect<void, EnetError>
  /** 0 restores a default: limit 32, minimum 5,000 ms, maximum 30,000 ms (`enet_peer_timeout`). */
  readonly timeout: (options: {
    readonly limit?: number | undefined
    readonly minimum?: number | undefined
    readonly maximum?: number | undefined
  }) => Effect.Effect<void, EnetError>
  /** Configures the packet throttle on both sides (`enet_peer_throttle_configure`). Interval in milliseconds. */
  readonly throttleConfigure: (options: {
    readonly interval?: number | undefined
    readonly acceleration?: number | undefined
    readonly deceleration?: number | undefined
  }) => Effect.Effect<void, EnetError>
  /** `Disconnected` once the connection is gone. */
  readonly state: Effect.Effect<PeerState>
  readonly statistics: Effect.Effect<PeerStatistics, EnetError>
  /**
   * The packets of this peer, in delivery order; ends when the peer is gone. While it runs they come here instead of to
   * `EnetHost.events`. A reader that stops pulling makes the remote wait. A reader that ends early, as with `Stream.take`,
   * loses the rest of what it pulled last, which may be many packets: `receive` takes them one by one.
   */
  readonly messages: Stream.Stream<Message>
  /**
   * Waits for the next packet of this peer and takes it (`enet_peer_receive`); fails with PeerDisconnected when the peer
   * is gone and all are taken. Between two calls packets go to `EnetHost.events`, if somebody reads those. A handler of
   * `EnetHost.serve` that received a packet so is not interrupted before it asks for the next.
   */
  readonly receive: Effect.Effect<Message, EnetError>
  /** Waits until the connection is gone and says why. */
  readonly closed: Effect.Effect<DisconnectReason>
  readonly toString: () => string
}
