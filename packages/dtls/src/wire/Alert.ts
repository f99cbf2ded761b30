/**
 * Alerts (RFC 5246 section 7.2): two bytes that warn, or end a connection.
 *
 * @since 0.1.0
 */
import { Reader } from "./Bytes.ts"

/**
 * The descriptions that this package sends or explains.
 *
 * @since 0.1.0
 * @category constants
 */
export const AlertDescription = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  decryption_failed: 21,
  record_overflow: 22,
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  no_renegotiation: 100,
  unsupported_extension: 110,
  unrecognized_name: 112,
  no_application_protocol: 120
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type AlertName = keyof typeof AlertDescription

/**
 * @since 0.1.0
 * @category models
 */
export interface Alert {
  readonly level: "warning" | "fatal"
  readonly description: number
}

const names = new Map<number, string>(Object.entries(AlertDescription).map(([name, number]) => [number, name]))

/**
 * The RFC's name of a description.
 *
 * @since 0.1.0
 * @category formatting
 */
export const alertName = (description: number): string => names.get(description) ?? `alert ${description}`

/**
 * @since 0.1.0
 * @category decoding
 */
export const decodeAlert = (bytes: Uint8Array): Alert | undefined => {
  const reader = new Reader(bytes)
  const level = reader.uint(1)
  const description = reader.uint(1)
  if (!reader.complete || (level !== 1 && level !== 2)) return undefined
  return { level: level === 1 ? "warning" : "fatal", description }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeAlert = (alert: Alert): Uint8Array =>
  Uint8Array.of(alert.level === "warning" ? 1 : 2, alert.description)
