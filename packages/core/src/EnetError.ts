/**
 * The one error of this package, with a tagged `reason`. Match it with `Effect.catchReason`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { nameOf } from "./ReasonCode.ts"

const withHint = (hint: string | undefined): string => hint === undefined ? "" : `: ${hint}`

/**
 * The remote did not complete the handshake in time, or stopped answering during it. Where it looks as if both sides do
 * not use the same compressor or checksum, `hint` says what to try.
 *
 * @since 0.1.0
 * @category reasons
 */
export class ConnectTimeout extends Schema.TaggedError<ConnectTimeout>()("ConnectTimeout", {
  address: Schema.String,
  hint: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `no answer from ${this.address}${withHint(this.hint)}`
  }
}

/**
 * The remote answered the connection request with a DISCONNECT that carries `data`: a `ReasonCode`, or a value of the
 * application's own.
 *
 * @since 0.1.0
 * @category reasons
 */
export class ConnectRefused extends Schema.TaggedError<ConnectRefused>()("ConnectRefused", {
  address: Schema.String,
  data: Schema.Natural
}) {
  override get message() {
    return `${this.address} refused the connection (${nameOf(this.data) ?? `data ${this.data}`})`
  }
}

/**
 * The remote's VERIFY_CONNECT contradicts the request, so it was not meant for it. With a compressor it may be what
 * another compressor's datagram looks like; then `hint` says so.
 *
 * @since 0.1.0
 * @category reasons
 */
export class ConnectRejected extends Schema.TaggedError<ConnectRejected>()("ConnectRejected", {
  address: Schema.String,
  hint: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return `the answer of ${this.address} contradicts the connection request${withHint(this.hint)}`
  }
}

/**
 * The socket cannot reach the remote, and knows why: with DTLS because no association with it came about, or because that
 * has ended. See `LostRemotes`.
 *
 * @since 0.1.0
 * @category reasons
 */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  address: Schema.String,
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return this.detail
  }
}

/**
 * Every one of the host's `maxPeers` slots is taken.
 *
 * @since 0.1.0
 * @category reasons
 */
export class NoFreeSlot extends Schema.TaggedError<NoFreeSlot>()("NoFreeSlot", { maxPeers: Schema.Natural }) {
  override get message() {
    return `all ${this.maxPeers} peer slots are taken`
  }
}

/**
 * An option is outside its range. `field` names it, `expected` says what it takes.
 *
 * @since 0.1.0
 * @category reasons
 */
export class InvalidOption extends Schema.TaggedError<InvalidOption>()("InvalidOption", {
  field: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message() {
    return `${this.field} must be ${this.expected}, got ${this.actual}`
  }
}

/**
 * A host name has no address, or no resolver is there to look it up.
 *
 * @since 0.1.0
 * @category reasons
 */
export class AddressNotResolved extends Schema.TaggedError<AddressNotResolved>()("AddressNotResolved", {
  host: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `cannot resolve ${this.host}: ${this.detail}`
  }
}

/**
 * The socket could not be opened, or stopped working. `detail` is a short sentence (for example "the address is in use"),
 * `address` what it was to be bound to, as far as the system says so.
 *
 * @since 0.1.0
 * @category reasons
 */
export class SocketFailed extends Schema.TaggedError<SocketFailed>()("SocketFailed", {
  operation: Schema.Literals(["open", "read", "write"]),
  detail: Schema.String,
  address: Schema.optionalKey(Schema.String),
  cause: Schema.Defect()
}) {
  override get message() {
    return `socket ${this.operation} failed${this.address === undefined ? "" : ` on ${this.address}`}: ${this.detail}`
  }
}

/**
 * The peer is not connected (any more), so it takes no packets and no settings.
 *
 * @since 0.1.0
 * @category reasons
 */
export class PeerDisconnected extends Schema.TaggedError<PeerDisconnected>()("PeerDisconnected", {
  peer: Schema.Natural
}) {
  override get message() {
    return `peer ${this.peer} is not connected`
  }
}

/**
 * The connection has only the channels 0 to `channelCount - 1`.
 *
 * @since 0.1.0
 * @category reasons
 */
export class InvalidChannel extends Schema.TaggedError<InvalidChannel>()("InvalidChannel", {
  channel: Schema.Number,
  channelCount: Schema.Natural
}) {
  override get message() {
    return `channel ${this.channel} does not exist: there are ${this.channelCount}, counted from 0`
  }
}

/**
 * The packet is longer than the host's `maximumPacketSize`, or needs more than 1,048,576 fragments.
 *
 * @since 0.1.0
 * @category reasons
 */
export class PacketTooLarge extends Schema.TaggedError<PacketTooLarge>()("PacketTooLarge", {
  size: Schema.Natural,
  maximum: Schema.Natural
}) {
  override get message() {
    return `a packet of ${this.size} bytes is above the maximum of ${this.maximum}`
  }
}

/**
 * The peer's outgoing queue is full and the caller asked to fail rather than to wait.
 *
 * @since 0.1.0
 * @category reasons
 */
export class QueueFull extends Schema.TaggedError<QueueFull>()("QueueFull", {
  peer: Schema.Natural,
  queued: Schema.Natural,
  limit: Schema.Natural
}) {
  override get message() {
    return `peer ${this.peer} has ${this.queued} bytes queued, the limit is ${this.limit}`
  }
}

/**
 * This runtime lacks something. `detail` says what would help.
 *
 * @since 0.1.0
 * @category reasons
 */
export class Unsupported extends Schema.TaggedError<Unsupported>()("Unsupported", {
  feature: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.feature} is not supported here: ${this.detail}`
  }
}

/**
 * The host was closed with its scope.
 *
 * @since 0.1.0
 * @category reasons
 */
export class HostClosed extends Schema.TaggedError<HostClosed>()("HostClosed", {}) {
  override get message() {
    return "the host is closed"
  }
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const EnetErrorReason = Schema.Union([
  ConnectTimeout,
  ConnectRefused,
  ConnectRejected,
  Unreachable,
  NoFreeSlot,
  InvalidOption,
  AddressNotResolved,
  SocketFailed,
  PeerDisconnected,
  InvalidChannel,
  PacketTooLarge,
  QueueFull,
  Unsupported,
  HostClosed
])

/**
 * @since 0.1.0
 * @category models
 */
export type EnetErrorReason = typeof EnetErrorReason.Type

/**
 * What fails in this package fails with this error; `reason` says what it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class EnetError extends Schema.TaggedError<EnetError>("~effect-enet/core/EnetError")("EnetError", {
  reason: EnetErrorReason
}) {
  override get message() {
    return this.reason.message
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const fromReason = (reason: EnetErrorReason): EnetError => new EnetError({ reason })
