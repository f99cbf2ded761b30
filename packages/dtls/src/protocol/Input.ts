/**
 * What can happen to an association.
 *
 * @since 0.1.0
 */

/**
 * A datagram from the other side's address.
 *
 * @since 0.1.0
 * @category models
 */
export interface Datagram {
  readonly _tag: "Datagram"
  readonly bytes: Uint8Array
}

/**
 * Application data to send, at most 2^14 bytes: one record, in one datagram. The first one makes a client begin its
 * handshake; what is sent before that is complete waits for it, within bounds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Send {
  readonly _tag: "Send"
  readonly payload: Uint8Array
}

/**
 * Time has passed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tick {
  readonly _tag: "Tick"
}

/**
 * The application is done with the association: the other side is told.
 *
 * @since 0.1.0
 * @category models
 */
export interface Close {
  readonly _tag: "Close"
}

/**
 * @since 0.1.0
 * @category models
 */
export type Input = Datagram | Send | Tick | Close
