/**
 * What can happen to a host: a datagram, time, or a call of the application.
 */
import type { Address } from "./Address.ts"
import type { PeerRef } from "./Output.ts"

/** A datagram from the socket. The host keeps views of the bytes. */
export interface Datagram {
  readonly _tag: "Datagram"
  readonly address: Address
  readonly bytes: Uint8Array
  /** The code with which a connection from this address is refused, if it asks for one. */
  readonly denied?: number
}

/** The bandwidth step if it is due, timeouts, and a send pass: `enet_host_service` without receiving. */
export interface Service {
  readonly _tag: "Service"
}

/** A send pass without timeouts (`enet_host_flush`). */
export interface Flush {
  readonly _tag: "Flush"
}

/**
 * Dispatches waiting events as far as the step's event slots go (`enet_host_check_events`). `packets` limits how many of
 * them are packets, `bytes` ends them once so many have been taken; without them there is no such limit.
 */
export interface Dispatch {
  readonly _tag: "Dispatch"
  readonly packets?: number
  readonly bytes?: number
}

/** Takes packets of a held peer (`enet_peer_receive`): at most `packets`, and no more once `bytes` are reached. */
export interface Receive {
  readonly _tag: "Receive"
  readonly peer: PeerRef
  readonly packets: number
  readonly bytes: number
}

/** While held, a peer's packets wait for `Receive`. */
export interface Hold {
  readonly _tag: "Hold"
  readonly peer: PeerRef
  readonly held: boolean
}

export interface Connect {
  readonly _tag: "Connect"
  readonly address: Address
  /** Clamped to 1..255. */
  readonly channelCount: number
  readonly data: number
  /** 32 random bits. */
  readonly connectID: number
}

export interface Packet {
  /** Kept until acknowledged: must not change. */
  readonly payload: Uint8Array
  /** `ENetPacketFlag`. */
  readonly flags: number
}

export interface Send {
  readonly _tag: "Send"
  readonly peer: PeerRef
  readonly channelID: number
  readonly packet: Packet
}

export interface Broadcast {
  readonly _tag: "Broadcast"
  readonly channelID: number
  readonly packet: Packet
}

export interface Disconnect {
  readonly _tag: "Disconnect" | "DisconnectNow" | "DisconnectLater"
  readonly peer: PeerRef
  readonly data: number
}

export interface Reset {
  readonly _tag: "Reset"
  readonly peer: PeerRef
}

export interface Ping {
  readonly _tag: "Ping"
  readonly peer: PeerRef
}

/** Milliseconds; 0 restores the default. */
export interface PingInterval {
  readonly _tag: "PingInterval"
  readonly peer: PeerRef
  readonly interval: number
}

/** 0 restores a default. */
export interface Timeout {
  readonly _tag: "Timeout"
  readonly peer: PeerRef
  readonly limit: number
  readonly minimum: number
  readonly maximum: number
}

export interface ThrottleConfigure {
  readonly _tag: "ThrottleConfigure"
  readonly peer: PeerRef
  readonly interval: number
  readonly acceleration: number
  readonly deceleration: number
}

/** Bytes per second, 0 = unlimited. */
export interface BandwidthLimit {
  readonly _tag: "BandwidthLimit"
  readonly incoming: number
  readonly outgoing: number
}

/** 0 or above 255 means 255. */
export interface ChannelLimit {
  readonly _tag: "ChannelLimit"
  readonly limit: number
}

/** What admission says of a peer that waits for it: welcome, or away with this code. */
export interface Admit {
  readonly _tag: "Admit"
  readonly peer: PeerRef
  readonly refusal?: number
}

export interface RefuseNewConnections {
  readonly _tag: "RefuseNewConnections"
  readonly refuse: boolean
}

/** Whether connections that are established from now on are held, in either direction. */
export interface HoldIncoming {
  readonly _tag: "HoldIncoming"
  readonly held: boolean
}

/** Sets the four totals and the drop counters to 0. */
export interface ResetStatistics {
  readonly _tag: "ResetStatistics"
}

export type Input =
  | Datagram
  | Service
  | Flush
  | Dispatch
  | Receive
  | Hold
  | Connect
  | Send
  | Broadcast
  | Disconnect
  | Reset
  | Ping
  | PingInterval
  | Timeout
  | ThrottleConfigure
  | BandwidthLimit
  | ChannelLimit
  | Admit
  | RefuseNewConnections
  | HoldIncoming
  | ResetStatistics
