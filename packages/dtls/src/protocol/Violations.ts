/**
 * Ends of handshakes that are the other side's fault.
 *
 * @since 0.1.0
 */
import type { AlertName } from "../wire/Alert.ts"
import type { HandshakeMessage } from "../wire/Handshake.ts"
import type { Turn } from "./Turn.ts"

/**
 * @since 0.1.0
 * @category failures
 */
export const violation = (turn: Turn, alert: AlertName, detail: string): void =>
  turn.fail(alert, { _tag: "ProtocolViolation", detail })

/**
 * @since 0.1.0
 * @category failures
 */
export const negotiationFailed = (turn: Turn, alert: AlertName, detail: string): void =>
  turn.fail(alert, { _tag: "NegotiationFailed", detail })

/**
 * @since 0.1.0
 * @category failures
 */
export const unexpected = (turn: Turn, message: HandshakeMessage): void =>
  violation(turn, "unexpected_message", `handshake message ${message.type} out of order`)
