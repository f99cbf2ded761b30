/**
 * The one error of this package, with a tagged `reason`. Match it with `Effect.catchReason`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * An option is not what it must be. `field` names it, `expected` says what it takes.
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
 * The server cannot listen. `detail` is a short sentence (for example "address in use").
 *
 * @since 0.1.0
 * @category reasons
 */
export class SocketFailed extends Schema.TaggedError<SocketFailed>()("SocketFailed", {
  operation: Schema.Literals(["open"]),
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `socket ${this.operation} failed: ${this.detail}`
  }
}

/**
 * No connection came about: the name is unknown, the port closed, the certificate refused, the upgrade denied. Browsers
 * do not tell which.
 *
 * @since 0.1.0
 * @category reasons
 */
export class ConnectFailed extends Schema.TaggedError<ConnectFailed>()("ConnectFailed", {
  url: Schema.String,
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `cannot connect to ${this.url}: ${this.detail}`
  }
}

/**
 * The handshake, or the id, did not come in time. `waitedFor` says which.
 *
 * @since 0.1.0
 * @category reasons
 */
export class ConnectTimeout extends Schema.TaggedError<ConnectTimeout>()("ConnectTimeout", {
  url: Schema.String,
  waitedFor: Schema.Literals(["handshake", "id"])
}) {
  override get message() {
    return `no ${this.waitedFor} from ${this.url} in time`
  }
}

/**
 * The first message of the server is not a client's id, so it is not a multiplayer server.
 *
 * @since 0.1.0
 * @category reasons
 */
export class InvalidPeerId extends Schema.TaggedError<InvalidPeerId>()("InvalidPeerId", { url: Schema.String }) {
  override get message() {
    return `the first message of ${this.url} is not a peer id`
  }
}

/**
 * The peer is not connected (any more), so it takes no packets.
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
 * There is no peer with this id.
 *
 * @since 0.1.0
 * @category reasons
 */
export class UnknownPeer extends Schema.TaggedError<UnknownPeer>()("UnknownPeer", { peer: Schema.Number }) {
  override get message() {
    return `there is no peer ${this.peer}`
  }
}

/**
 * The packet is longer than `outboundBufferSize`, so it can never be sent.
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
 * `maxQueuedPackets` or `outboundBufferSize` is used up, and the caller asked to fail rather than to wait.
 *
 * @since 0.1.0
 * @category reasons
 */
export class QueueFull extends Schema.TaggedError<QueueFull>()("QueueFull", {
  peer: Schema.Natural,
  queuedPackets: Schema.Natural,
  queuedBytes: Schema.Natural
}) {
  override get message() {
    return `peer ${this.peer} has ${this.queuedPackets} packets, ${this.queuedBytes} bytes, queued`
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
 * The host was closed with its scope, or, on a client, with its connection.
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
export const WebSocketErrorReason = Schema.Union([
  InvalidOption,
  SocketFailed,
  ConnectFailed,
  ConnectTimeout,
  InvalidPeerId,
  PeerDisconnected,
  UnknownPeer,
  PacketTooLarge,
  QueueFull,
  Unsupported,
  HostClosed
])

/**
 * @since 0.1.0
 * @category models
 */
export type WebSocketErrorReason = typeof WebSocketErrorReason.Type

/**
 * What fails in this package fails with this error; `reason` says what it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class WebSocketError extends Schema.TaggedError<WebSocketError>("~effect-enet/websocket/WebSocketError")(
  "WebSocketError",
  { reason: WebSocketErrorReason }
) {
  override get message() {
    return this.reason.message
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const fromReason = (reason: WebSocketErrorReason): WebSocketError => new WebSocketError({ reason })
