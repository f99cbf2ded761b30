/**
 * ServerKeyExchange of the ECDHE suites: an ephemeral public key and a signature over it (RFC 8422 section 5.4).
 *
 * @since 0.1.0
 */
import { concat, Reader, uint, vector } from "../Bytes.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface KeyExchangeParameters {
  readonly group: number
  readonly publicKey: Uint8Array
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ServerKeyExchange extends KeyExchangeParameters {
  /** Hash and signature algorithm. */
  readonly scheme: number
  readonly signature: Uint8Array
}

/** `ECCurveType.named_curve`; curves given by their numbers are a thing of the past (RFC 8422 section 5.4). */
const NAMED_CURVE = 3

/**
 * @since 0.1.0
 * @category decoding
 */
export const decodeServerKeyExchange = (body: Uint8Array): ServerKeyExchange | undefined => {
  const reader = new Reader(body)
  const curveType = reader.uint(1)
  const group = reader.uint(2)
  const publicKey = reader.vector(1, 1, 255)
  const scheme = reader.uint(2)
  const signature = reader.vector(2, 0, 0xffff)
  if (!reader.complete || curveType !== NAMED_CURVE) return undefined
  return { group, publicKey, scheme, signature }
}

/**
 * `ServerECDHParams`: the part that is signed.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeParameters = ({ group, publicKey }: KeyExchangeParameters): Uint8Array =>
  concat(uint(1, NAMED_CURVE), uint(2, group), vector(1, publicKey))

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeServerKeyExchange = (message: ServerKeyExchange): Uint8Array =>
  concat(encodeParameters(message), uint(2, message.scheme), vector(2, message.signature))
