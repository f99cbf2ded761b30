/**
 * Records, handshake messages, extensions and alerts of DTLS 1.2 as values and as bytes. Nothing here throws, keeps a
 * secret or knows a clock.
 *
 * @since 0.1.0
 */
export * as Alert from "./Alert.ts"
export * as Bytes from "./Bytes.ts"
export * as CipherSuite from "./CipherSuite.ts"
export * as Constants from "./Constants.ts"
export * as Extensions from "./Extensions.ts"
export * as Groups from "./Groups.ts"
export * as Handshake from "./Handshake.ts"
export * as Certificate from "./messages/Certificate.ts"
export * as CertificateRequest from "./messages/CertificateRequest.ts"
export * as ClientHello from "./messages/ClientHello.ts"
export * as ClientKeyExchange from "./messages/ClientKeyExchange.ts"
export * as HelloVerifyRequest from "./messages/HelloVerifyRequest.ts"
export * as NewSessionTicket from "./messages/NewSessionTicket.ts"
export * as ServerHello from "./messages/ServerHello.ts"
export * as ServerKeyExchange from "./messages/ServerKeyExchange.ts"
export * as Record from "./Record.ts"
