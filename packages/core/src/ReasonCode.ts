/**
 * What this library writes into the `data` of a DISCONNECT, to say why it refuses or ends a connection.
 *
 * @since 0.1.0
 */
export { nameOf, ReasonCode } from "./protocol/ReasonCode.ts"
