/**
 * The pseudorandom function of TLS 1.2 (RFC 5246 section 5).
 *
 * @since 0.1.0
 */
import { concat, fromText } from "../wire/Bytes.ts"
import type { HashAlgorithm } from "../wire/CipherSuite.ts"
import type { CryptoProvider } from "./CryptoProvider.ts"

/**
 * `PRF(secret, label, seed) = P_hash(secret, label + seed)`, cut to `length` bytes.
 *
 * @since 0.1.0
 * @category hashing
 */
export const prf = (
  crypto: CryptoProvider,
  algorithm: HashAlgorithm,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number
): Uint8Array => {
  const hmac = crypto.hmac(algorithm, secret)
  const labelled = concat(fromText(label), seed)
  const parts: Array<Uint8Array> = []
  let a = labelled
  for (let have = 0; have < length;) {
    a = hmac(a)
    const part = hmac(a, labelled)
    parts.push(part)
    have += part.length
  }
  return concat(...parts).slice(0, length)
}
