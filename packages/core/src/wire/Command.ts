/**
 * The twelve commands of the protocol (`ENetProtocol`) as values.
 *
 * @since 0.1.0
 */

/**
 * What every command starts with (`ENetProtocolCommandHeader`).
 *
 * @since 0.1.0
 * @category models
 */
interface CommandHeader {
  /** Acknowledge flag 0x80 and unsequenced flag 0x40 of the first byte. */
  readonly flags: number
  /** 0 to 254, or 0xFF for control commands. */
  readonly channelID: number
  readonly reliableSequenceNumber: number
}

/** @since 0.1.0 @category models */
export interface Acknowledge extends CommandHeader {
  readonly _tag: "Acknowledge"
  readonly receivedReliableSequenceNumber: number
  /** Sent time of the datagram that carried the acknowledged command. */
  readonly receivedSentTime: number
}

/** What CONNECT and VERIFY_CONNECT have in common. */
interface Handshake extends CommandHeader {
  /** The sender's slot. */
  readonly outgoingPeerID: number
  readonly incomingSessionID: number
  readonly outgoingSessionID: number
  readonly mtu: number
  readonly windowSize: number
  readonly channelCount: number
  /** Bytes per second, 0 = unlimited. */
  readonly incomingBandwidth: number
  readonly outgoingBandwidth: number
  readonly packetThrottleInterval: number
  readonly packetThrottleAcceleration: number
  readonly packetThrottleDeceleration: number
  /** Four opaque bytes, read most significant first. */
  readonly connectID: number
}

/** @since 0.1.0 @category models */
export interface Connect extends Handshake {
  readonly _tag: "Connect"
  readonly data: number
}

/** @since 0.1.0 @category models */
export interface VerifyConnect extends Handshake {
  readonly _tag: "VerifyConnect"
}

/** @since 0.1.0 @category models */
export interface Disconnect extends CommandHeader {
  readonly _tag: "Disconnect"
  readonly data: number
}

/** @since 0.1.0 @category models */
export interface Ping extends CommandHeader {
  readonly _tag: "Ping"
}

/** @since 0.1.0 @category models */
export interface SendReliable extends CommandHeader {
  readonly _tag: "SendReliable"
  readonly payload: Uint8Array
}

/** @since 0.1.0 @category models */
export interface SendUnreliable extends CommandHeader {
  readonly _tag: "SendUnreliable"
  readonly unreliableSequenceNumber: number
  readonly payload: Uint8Array
}

/** What both fragment commands have in common (`ENetProtocolSendFragment`). */
interface Fragment extends CommandHeader {
  readonly startSequenceNumber: number
  readonly fragmentCount: number
  readonly fragmentNumber: number
  readonly totalLength: number
  readonly fragmentOffset: number
  readonly payload: Uint8Array
}

/** @since 0.1.0 @category models */
export interface SendFragment extends Fragment {
  readonly _tag: "SendFragment"
}

/** @since 0.1.0 @category models */
export interface SendUnsequenced extends CommandHeader {
  readonly _tag: "SendUnsequenced"
  readonly unsequencedGroup: number
  readonly payload: Uint8Array
}

/** @since 0.1.0 @category models */
export interface BandwidthLimit extends CommandHeader {
  readonly _tag: "BandwidthLimit"
  readonly incomingBandwidth: number
  readonly outgoingBandwidth: number
}

/** @since 0.1.0 @category models */
export interface ThrottleConfigure extends CommandHeader {
  readonly _tag: "ThrottleConfigure"
  readonly packetThrottleInterval: number
  readonly packetThrottleAcceleration: number
  readonly packetThrottleDeceleration: number
}

/** @since 0.1.0 @category models */
export interface SendUnreliableFragment extends Fragment {
  readonly _tag: "SendUnreliableFragment"
}

/**
 * @since 0.1.0
 * @category models
 */
export type Command =
  | Acknowledge
  | Connect
  | VerifyConnect
  | Disconnect
  | Ping
  | SendReliable
  | SendUnreliable
  | SendFragment
  | SendUnsequenced
  | BandwidthLimit
  | ThrottleConfigure
  | SendUnreliableFragment

/**
 * The commands that carry a payload.
 *
 * @since 0.1.0
 * @category models
 */
export type PayloadCommand =
  | SendReliable
  | SendUnreliable
  | SendFragment
  | SendUnsequenced
  | SendUnreliableFragment

/**
 * Sizes without payload, by command number (`commandSizes`); 0 marks numbers that are no command.
 *
 * @since 0.1.0
 * @category constants
 */
export const fixedSizes: ReadonlyArray<number> = [0, 8, 48, 44, 8, 4, 6, 8, 24, 8, 12, 16, 24, 0, 0, 0]

/**
 * The number of a command on the wire (`ENetProtocolCommand`).
 *
 * @since 0.1.0
 * @category getters
 */
export const commandNumber = (tag: Command["_tag"]): number => {
  // looking the tag up in a record would be a hash table's work for each command
  switch (tag) {
    case "Acknowledge":
      return 1
    case "SendReliable":
      return 6
    case "SendUnreliable":
      return 7
    case "SendUnsequenced":
      return 9
    case "SendFragment":
      return 8
    case "SendUnreliableFragment":
      return 12
    case "Ping":
      return 5
    case "Connect":
      return 2
    case "VerifyConnect":
      return 3
    case "Disconnect":
      return 4
    case "BandwidthLimit":
      return 10
    case "ThrottleConfigure":
      return 11
  }
}

/**
 * @since 0.1.0
 * @category guards
 */
export const hasPayload = (command: Command): command is PayloadCommand => {
  switch (command._tag) {
    case "SendReliable":
    case "SendUnreliable":
    case "SendUnsequenced":
    case "SendFragment":
    case "SendUnreliableFragment":
      return true
    default:
      return false
  }
}

/**
 * Bytes of a command on the wire without its payload.
 *
 * @since 0.1.0
 * @category sizes
 */
export const fixedSize = (command: Command): number => fixedSizes[commandNumber(command._tag)]!
