/**
 * The rules of `WebSocketMultiplayerPeer` as plain functions over plain data.
 *
 * @since 0.1.0
 */
export * as Admission from "./Admission.ts"
export * from "./CloseCode.ts"
export * as Connection from "./Connection.ts"
export * as PeerId from "./PeerId.ts"
export * as Subprotocol from "./Subprotocol.ts"
export * as Target from "./Target.ts"
