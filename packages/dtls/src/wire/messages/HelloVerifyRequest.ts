/**
 * HelloVerifyRequest: "come again, with this cookie" (RFC 6347 section 4.2.1).
 *
 * @since 0.1.0
 */
import { concat, Reader, uint, vector } from "../Bytes.ts"
import { DTLS_1_0, DTLS_1_2 } from "../Constants.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HelloVerifyRequest {
  /** No part of the negotiation: a server of DTLS 1.2 may say DTLS 1.0 here. */
  readonly version: number
  readonly cookie: Uint8Array
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const decodeHelloVerifyRequest = (body: Uint8Array): HelloVerifyRequest | undefined => {
  const reader = new Reader(body)
  const version = reader.uint(2)
  const cookie = reader.vector(1, 1, 255)
  if (!reader.complete || (version !== DTLS_1_2 && version !== DTLS_1_0)) return undefined
  return { version, cookie }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeHelloVerifyRequest = (message: HelloVerifyRequest): Uint8Array =>
  concat(uint(2, message.version), vector(1, message.cookie))
