/**
 * From the shared secret to the keys of the records and the contents of the Finished messages.
 *
 * @since 0.1.0
 */
import { concat, view } from "../wire/Bytes.ts"
import type { CipherSuite } from "../wire/CipherSuite.ts"
import { MASTER_SECRET_LENGTH, VERIFY_DATA_LENGTH } from "../wire/Constants.ts"
import type { CryptoProvider } from "./CryptoProvider.ts"
import { prf } from "./Prf.ts"
import { type Protection, protection } from "./Protection.ts"

/**
 * RFC 7627 section 4: bound to everything up to and including ClientKeyExchange, so that no two sessions share it.
 *
 * @since 0.1.0
 * @category derivation
 */
export const extendedMasterSecret = (
  crypto: CryptoProvider,
  suite: CipherSuite,
  premasterSecret: Uint8Array,
  transcript: ReadonlyArray<Uint8Array>
): Uint8Array =>
  prf(
    crypto,
    suite.hash,
    premasterSecret,
    "extended master secret",
    crypto.hash(suite.hash, ...transcript),
    MASTER_SECRET_LENGTH
  )

/**
 * Keys of the two directions.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionKeys {
  readonly client: Protection
  readonly server: Protection
}

/**
 * `key_block` (RFC 5246 section 6.3), of which an AEAD takes keys and fixed parts of nonces, but no MAC keys.
 *
 * @since 0.1.0
 * @category derivation
 */
export const keyBlock = (
  crypto: CryptoProvider,
  suite: CipherSuite,
  masterSecret: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array
): Uint8Array =>
  prf(
    crypto,
    suite.hash,
    masterSecret,
    "key expansion",
    concat(serverRandom, clientRandom),
    2 * (suite.keyLength + suite.fixedIvLength)
  )

/**
 * @since 0.1.0
 * @category derivation
 */
export const sessionKeys = (
  crypto: CryptoProvider,
  suite: CipherSuite,
  masterSecret: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array
): SessionKeys => {
  const block = keyBlock(crypto, suite, masterSecret, clientRandom, serverRandom)
  const { fixedIvLength, keyLength } = suite
  const key = (index: number) => view(block, index * keyLength, keyLength)
  const iv = (index: number) => view(block, 2 * keyLength + index * fixedIvLength, fixedIvLength).slice()
  return {
    client: protection(crypto.aead(suite.aead, key(0)), suite, iv(0)),
    server: protection(crypto.aead(suite.aead, key(1)), suite, iv(1))
  }
}

/**
 * `verify_data` of a Finished (RFC 5246 section 7.4.9), over all messages before it.
 *
 * @since 0.1.0
 * @category derivation
 */
export const verifyData = (
  crypto: CryptoProvider,
  suite: CipherSuite,
  masterSecret: Uint8Array,
  sender: "client" | "server",
  transcript: ReadonlyArray<Uint8Array>
): Uint8Array =>
  prf(
    crypto,
    suite.hash,
    masterSecret,
    `${sender} finished`,
    crypto.hash(suite.hash, ...transcript),
    VERIFY_DATA_LENGTH
  )
