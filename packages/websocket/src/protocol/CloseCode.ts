/**
 * Close codes of RFC 6455 section 7.4 that mean something here.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category constants
 */
export const CloseCode = {
  Normal: 1000,
  GoingAway: 1001,
  ProtocolError: 1002,
  NoStatus: 1005,
  Abnormal: 1006,
  InvalidPayload: 1007,
  PolicyViolation: 1008,
  TooBig: 1009,
  InternalError: 1011
} as const

/**
 * Codes that the other side accepts, Godot included: 1000 to 1003, 1007 to 1011, 3000 to 4999.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSendable = (code: number): boolean =>
  Number.isInteger(code) &&
  ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || (code >= 3000 && code <= 4999))

/**
 * Bytes of UTF-8 that a reason may have: what a control frame has room for.
 *
 * @since 0.1.0
 * @category constants
 */
export const REASON_LIMIT = 123
