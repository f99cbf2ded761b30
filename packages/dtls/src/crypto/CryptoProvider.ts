/**
 * The cryptography that the protocol needs, as plain synchronous functions. The state machines know nothing else of it,
 * so that they run wherever an implementation does.
 *
 * Every function gives the same result for the same arguments, except that signatures may draw randomness of their own.
 *
 * @since 0.1.0
 */
import type { AeadAlgorithm, Authentication, HashAlgorithm } from "../wire/CipherSuite.ts"
import type { GroupName, SignatureScheme } from "../wire/Groups.ts"

/**
 * Gives so many unpredictable bytes.
 *
 * @since 0.1.0
 * @category models
 */
export type Random = (length: number) => Uint8Array

/**
 * A key for one direction.
 *
 * @since 0.1.0
 * @category models
 */
export interface Aead {
  /** The ciphertext with its tag of 16 bytes. A nonce must never come twice. */
  readonly seal: (nonce: Uint8Array, additionalData: Uint8Array, plaintext: Uint8Array) => Uint8Array
  /** The plaintext, or `undefined` when the tag does not fit. */
  readonly open: (nonce: Uint8Array, additionalData: Uint8Array, sealed: Uint8Array) => Uint8Array | undefined
}

/**
 * An ephemeral key pair.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyShare {
  readonly publicKey: Uint8Array
  /**
   * The shared secret; `undefined` when the other side's key is no point of the group, or the result would be the same
   * for every private key (RFC 7748 section 6.1, RFC 8422 section 5.11).
   */
  readonly agree: (publicKey: Uint8Array) => Uint8Array | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PrivateKey {
  readonly authentication: Authentication
  /** The group of an ECDSA key, if it is one that hellos can name. */
  readonly group: GroupName | undefined
  readonly sign: (scheme: SignatureScheme, bytes: Uint8Array) => Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PublicKey {
  readonly authentication: Authentication
  readonly verify: (scheme: SignatureScheme, bytes: Uint8Array, signature: Uint8Array) => boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CryptoProvider {
  readonly hash: (algorithm: HashAlgorithm, ...parts: ReadonlyArray<Uint8Array>) => Uint8Array
  /** With the key prepared once for many calls. */
  readonly hmac: (
    algorithm: HashAlgorithm,
    key: Uint8Array
  ) => (...parts: ReadonlyArray<Uint8Array>) => Uint8Array
  readonly aead: (algorithm: AeadAlgorithm, key: Uint8Array) => Aead
  readonly keyShare: (group: GroupName, random: Random) => KeyShare
  /** Compares in a time that depends on the lengths only. */
  readonly equal: (a: Uint8Array, b: Uint8Array) => boolean
}
