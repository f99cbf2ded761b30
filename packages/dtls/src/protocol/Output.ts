/**
 * What a step gives back besides the new state.
 *
 * @since 0.1.0
 */

/**
 * Why an association ended, or why there is none.
 *
 * - `Local`: this side closed it.
 * - `Remote`: the other side sent close_notify.
 * - `Alert`: the other side sent a fatal alert.
 * - `CertificateRefused`, `HostNameMismatch`: the server is not who it should be.
 * - `NegotiationFailed`: the sides have no version, suite, group, signature scheme or necessary extension in common.
 * - `ProtocolViolation`: the other side did what the protocol forbids.
 * - `HandshakeTimeout`: the handshake was not complete in time.
 * - `IdleTimeout`: nothing came from the other side for too long.
 * - `Replaced`: the other side has begun anew from the same address.
 * - `Exhausted`: there are no sequence numbers left.
 *
 * @since 0.1.0
 * @category models
 */
export type EndReason =
  | { readonly _tag: "Local" }
  | { readonly _tag: "Remote" }
  | { readonly _tag: "Alert"; readonly description: number }
  | { readonly _tag: "CertificateRefused"; readonly detail: string }
  | { readonly _tag: "HostNameMismatch"; readonly expected: string; readonly names: string }
  | { readonly _tag: "NegotiationFailed"; readonly detail: string }
  | { readonly _tag: "ProtocolViolation"; readonly detail: string }
  | { readonly _tag: "HandshakeTimeout" }
  | { readonly _tag: "IdleTimeout" }
  | { readonly _tag: "Replaced" }
  | { readonly _tag: "Exhausted" }

/**
 * The handshake is complete.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenEvent {
  readonly _tag: "Open"
  readonly cipherSuite: string
  readonly group: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ReceiveEvent {
  readonly _tag: "Receive"
  readonly payload: Uint8Array
}

/**
 * The last event of an association.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndEvent {
  readonly _tag: "End"
  readonly reason: EndReason
}

/**
 * @since 0.1.0
 * @category models
 */
export type Event = OpenEvent | ReceiveEvent | EndEvent

/**
 * Why a record or a fragment was ignored.
 *
 * @since 0.1.0
 * @category models
 */
export type DropReason =
  /** Not a record, or not what its type says. */
  | "Malformed"
  /** A version that is not spoken here. */
  | "Version"
  /** An epoch for which there are no keys. */
  | "Epoch"
  /** Application data, a Finished or, once open, anything else without protection. */
  | "Unprotected"
  /** Seen before, or too old to tell. */
  | "Replay"
  /** The tag does not fit. */
  | "NotAuthentic"
  /** A handshake fragment beyond a limit, or one that contradicts others. */
  | "Fragment"
  /** A handshake message that was handled before. */
  | "Repeated"
  /** Nothing that means anything now. */
  | "Unexpected"
  /** No room to keep it until it can be handled. */
  | "NoRoom"

/**
 * @since 0.1.0
 * @category models
 */
export interface Outputs {
  /** Datagrams to send, in this order. */
  readonly transmits: ReadonlyArray<Uint8Array>
  readonly events: ReadonlyArray<Event>
  readonly drops: ReadonlyArray<DropReason>
}
