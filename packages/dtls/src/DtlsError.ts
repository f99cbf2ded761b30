/**
 * The one error of this package, with a tagged `reason`.
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
 * The server's certificate does not lead to a trusted one, or must not be accepted for another reason.
 *
 * @since 0.1.0
 * @category reasons
 */
export class CertificateRefused extends Schema.TaggedError<CertificateRefused>()("CertificateRefused", {
  address: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `the certificate of ${this.address} is refused: ${this.detail}`
  }
}

/**
 * The server's certificate is for other hosts.
 *
 * @since 0.1.0
 * @category reasons
 */
export class HostNameMismatch extends Schema.TaggedError<HostNameMismatch>()("HostNameMismatch", {
  address: Schema.String,
  expected: Schema.String,
  names: Schema.String
}) {
  override get message() {
    return `the certificate of ${this.address} is for ${this.names}, not for ${this.expected}`
  }
}

/**
 * The two sides have no protocol version, cipher suite, group, signature scheme or necessary extension in common.
 *
 * @since 0.1.0
 * @category reasons
 */
export class NegotiationFailed extends Schema.TaggedError<NegotiationFailed>()("NegotiationFailed", {
  address: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `no agreement with ${this.address}: ${this.detail}`
  }
}

/**
 * The other side ended the association with an alert, whose name in the RFCs is `alert`.
 *
 * @since 0.1.0
 * @category reasons
 */
export class AlertReceived extends Schema.TaggedError<AlertReceived>()("AlertReceived", {
  address: Schema.String,
  alert: Schema.String
}) {
  override get message() {
    return `${this.address} ended the association: ${this.alert}`
  }
}

/**
 * The other side did what the protocol forbids.
 *
 * @since 0.1.0
 * @category reasons
 */
export class ProtocolViolation extends Schema.TaggedError<ProtocolViolation>()("ProtocolViolation", {
  address: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.address} violates the protocol: ${this.detail}`
  }
}

/**
 * The handshake was not complete in time: nobody answers, or too little arrives.
 *
 * @since 0.1.0
 * @category reasons
 */
export class HandshakeTimeout extends Schema.TaggedError<HandshakeTimeout>()("HandshakeTimeout", {
  address: Schema.String
}) {
  override get message() {
    return `no DTLS handshake with ${this.address} in time`
  }
}

/**
 * There is no association any more. `by` says who ended it: this side, the other one with a close_notify, silence that
 * lasted too long, the other side by beginning anew, or the end of all sequence numbers.
 *
 * @since 0.1.0
 * @category reasons
 */
export class AssociationClosed extends Schema.TaggedError<AssociationClosed>()("AssociationClosed", {
  address: Schema.String,
  by: Schema.Literals(["local", "remote", "silence", "replacement", "exhaustion"])
}) {
  override get message() {
    return `the association with ${this.address} is closed (${this.by})`
  }
}

/**
 * Nothing can be sent there: a server answers only who has begun an association with it.
 *
 * @since 0.1.0
 * @category reasons
 */
export class NotAssociated extends Schema.TaggedError<NotAssociated>()("NotAssociated", { address: Schema.String }) {
  override get message() {
    return `there is no association with ${this.address}`
  }
}

/**
 * A datagram does not fit into a record.
 *
 * @since 0.1.0
 * @category reasons
 */
export class DatagramTooLarge extends Schema.TaggedError<DatagramTooLarge>()("DatagramTooLarge", {
  size: Schema.Natural,
  maximum: Schema.Natural
}) {
  override get message() {
    return `a datagram of ${this.size} bytes is above the maximum of ${this.maximum}`
  }
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const DtlsErrorReason = Schema.Union([
  InvalidOption,
  CertificateRefused,
  HostNameMismatch,
  NegotiationFailed,
  AlertReceived,
  ProtocolViolation,
  HandshakeTimeout,
  AssociationClosed,
  NotAssociated,
  DatagramTooLarge
])

/**
 * @since 0.1.0
 * @category models
 */
export type DtlsErrorReason = typeof DtlsErrorReason.Type

/**
 * What fails in this package fails with this error; `reason` says what it was.
 *
 * @since 0.1.0
 * @category errors
 */
export class DtlsError extends Schema.TaggedError<DtlsError>("~effect-enet/dtls/DtlsError")("DtlsError", {
  reason: DtlsErrorReason
}) {
  override get message() {
    return this.reason.message
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const fromReason = (reason: DtlsErrorReason): DtlsError => new DtlsError({ reason })
