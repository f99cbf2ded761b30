/**
 * The cipher suites of this package: ephemeral elliptic curves, an AEAD, and a hash for the PRF.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export type HashAlgorithm = "sha256" | "sha384" | "sha512"

/**
 * @since 0.1.0
 * @category models
 */
export type AeadAlgorithm = "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305"

/**
 * How a server proves who it is.
 *
 * @since 0.1.0
 * @category models
 */
export type Authentication = "ECDSA" | "RSA"

/**
 * @since 0.1.0
 * @category models
 */
export interface CipherSuite {
  readonly id: number
  /** IANA's name without `TLS_`. */
  readonly name: CipherSuiteName
  readonly authentication: Authentication
  readonly aead: AeadAlgorithm
  /** Of the PRF and of the transcript (RFC 5246 section 5, RFC 5289 section 3). */
  readonly hash: HashAlgorithm
  readonly keyLength: number
  /** `fixed_iv_length`: 4 bytes of salt for GCM (RFC 5288 section 3), the whole nonce for ChaCha20 (RFC 7905 section 2). */
  readonly fixedIvLength: number
  /** Bytes of the nonce that each record carries. */
  readonly explicitNonceLength: number
}

/**
 * @since 0.1.0
 * @category models
 */
export type CipherSuiteName =
  | "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
  | "ECDHE_RSA_WITH_AES_128_GCM_SHA256"
  | "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
  | "ECDHE_RSA_WITH_AES_256_GCM_SHA384"
  | "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
  | "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"

const aes128 = {
  aead: "aes-128-gcm",
  hash: "sha256",
  keyLength: 16,
  fixedIvLength: 4,
  explicitNonceLength: 8
} as const

const aes256 = { ...aes128, aead: "aes-256-gcm", hash: "sha384", keyLength: 32 } as const

const chacha20 = {
  aead: "chacha20-poly1305",
  hash: "sha256",
  keyLength: 32,
  fixedIvLength: 12,
  explicitNonceLength: 0
} as const

/**
 * All suites, the preferred ones first (RFC 5289 section 3.2, RFC 7905 section 3).
 *
 * @since 0.1.0
 * @category constants
 */
export const cipherSuites: ReadonlyArray<CipherSuite> = [
  { id: 0xc02b, name: "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", authentication: "ECDSA", ...aes128 },
  { id: 0xc02f, name: "ECDHE_RSA_WITH_AES_128_GCM_SHA256", authentication: "RSA", ...aes128 },
  { id: 0xc02c, name: "ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", authentication: "ECDSA", ...aes256 },
  { id: 0xc030, name: "ECDHE_RSA_WITH_AES_256_GCM_SHA384", authentication: "RSA", ...aes256 },
  { id: 0xcca9, name: "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", authentication: "ECDSA", ...chacha20 },
  { id: 0xcca8, name: "ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", authentication: "RSA", ...chacha20 }
]

/**
 * @since 0.1.0
 * @category constants
 */
export const cipherSuiteNames: ReadonlyArray<CipherSuiteName> = cipherSuites.map(({ name }) => name)
