/**
 * Numbers of the protocol, under the names that the RFCs give them.
 *
 * @since 0.1.0
 */

/**
 * DTLS 1.2 (RFC 6347 section 4.1): the one's complement of 1.2.
 *
 * @since 0.1.0
 * @category constants
 */
export const DTLS_1_2 = 0xfefd

/**
 * DTLS 1.0, which a first ClientHello and a HelloVerifyRequest may still carry in their record headers.
 *
 * @since 0.1.0
 * @category constants
 */
export const DTLS_1_0 = 0xfeff

/**
 * RFC 5246 section 6.2.1.
 *
 * @since 0.1.0
 * @category constants
 */
export const ContentType = {
  ChangeCipherSpec: 20,
  Alert: 21,
  Handshake: 22,
  ApplicationData: 23
} as const

/**
 * RFC 5246 section 7.4, RFC 6347 section 4.3.2, RFC 5077 section 3.3.
 *
 * @since 0.1.0
 * @category constants
 */
export const HandshakeType = {
  HelloRequest: 0,
  ClientHello: 1,
  ServerHello: 2,
  HelloVerifyRequest: 3,
  NewSessionTicket: 4,
  Certificate: 11,
  ServerKeyExchange: 12,
  CertificateRequest: 13,
  ServerHelloDone: 14,
  ClientKeyExchange: 16,
  Finished: 20
} as const

/**
 * The extensions that this package knows (RFC 6066, 8422, 5246, 7627, 5746).
 *
 * @since 0.1.0
 * @category constants
 */
export const ExtensionType = {
  ServerName: 0,
  SupportedGroups: 10,
  EcPointFormats: 11,
  SignatureAlgorithms: 13,
  ExtendedMasterSecret: 23,
  RenegotiationInfo: 0xff01
} as const

/**
 * The signalling suite TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 section 3.3).
 *
 * @since 0.1.0
 * @category constants
 */
export const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff

/**
 * Most plaintext that a record may carry (RFC 5246 section 6.2.1).
 *
 * @since 0.1.0
 * @category constants
 */
export const MAXIMUM_PLAINTEXT = 0x4000

/**
 * Record sequence numbers have 48 bits and must not wrap (RFC 6347 section 4.1).
 *
 * @since 0.1.0
 * @category constants
 */
export const MAXIMUM_SEQUENCE = 2 ** 48 - 1

/**
 * Bytes of a client's or a server's random, of a master secret and of a Finished (RFC 5246 sections 7.4.1.2, 8.1, 7.4.9).
 *
 * @since 0.1.0
 * @category constants
 */
export const RANDOM_LENGTH = 32

/**
 * @since 0.1.0
 * @category constants
 */
export const MASTER_SECRET_LENGTH = 48

/**
 * @since 0.1.0
 * @category constants
 */
export const VERIFY_DATA_LENGTH = 12
