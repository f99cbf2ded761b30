/**
 * ClientKeyExchange of the ECDHE suites: an ephemeral public key (RFC 8422 section 5.7).
 *
 * @since 0.1.0
 */
import { Reader, vector } from "../Bytes.ts"

/**
 * The public key.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeClientKeyExchange = (body: Uint8Array): Uint8Array | undefined => {
  const reader = new Reader(body)
  const publicKey = reader.vector(1, 1, 255)
  return reader.complete ? publicKey : undefined
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeClientKeyExchange = (publicKey: Uint8Array): Uint8Array => vector(1, publicKey)
