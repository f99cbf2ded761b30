/**
 * Named groups and signature schemes.
 *
 * @since 0.1.0
 */
import type { Authentication, HashAlgorithm } from "./CipherSuite.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type GroupName = "x25519" | "secp256r1" | "secp384r1"

/**
 * @since 0.1.0
 * @category models
 */
export interface NamedGroup {
  readonly id: number
  readonly name: GroupName
  /** Bytes of a public key: a u-coordinate, or an uncompressed point (RFC 8422 sections 5.4 and 5.11). */
  readonly publicKeyLength: number
  readonly privateKeyLength: number
}

/**
 * RFC 8422 section 5.1.1, the preferred ones first.
 *
 * @since 0.1.0
 * @category constants
 */
export const namedGroups: ReadonlyArray<NamedGroup> = [
  { id: 0x001d, name: "x25519", publicKeyLength: 32, privateKeyLength: 32 },
  { id: 0x0017, name: "secp256r1", publicKeyLength: 65, privateKeyLength: 32 },
  { id: 0x0018, name: "secp384r1", publicKeyLength: 97, privateKeyLength: 48 }
]

/**
 * @since 0.1.0
 * @category constants
 */
export const groupNames: ReadonlyArray<GroupName> = namedGroups.map(({ name }) => name)

/**
 * A hash and a signature algorithm (RFC 5246 section 7.4.1.4.1), as one number.
 *
 * @since 0.1.0
 * @category models
 */
export interface SignatureScheme {
  readonly id: number
  readonly hash: HashAlgorithm
  readonly authentication: Authentication
}

/**
 * ECDSA and RSASSA-PKCS1-v1_5 with SHA-2; SHA-1 and MD5 are not there (RFC 9155 section 2).
 *
 * @since 0.1.0
 * @category constants
 */
export const signatureSchemes: ReadonlyArray<SignatureScheme> = [
  { id: 0x0403, hash: "sha256", authentication: "ECDSA" },
  { id: 0x0503, hash: "sha384", authentication: "ECDSA" },
  { id: 0x0603, hash: "sha512", authentication: "ECDSA" },
  { id: 0x0401, hash: "sha256", authentication: "RSA" },
  { id: 0x0501, hash: "sha384", authentication: "RSA" },
  { id: 0x0601, hash: "sha512", authentication: "RSA" }
]
