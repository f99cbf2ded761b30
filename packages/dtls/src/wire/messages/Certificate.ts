/**
 * Certificate: a chain, the sender's own certificate first (RFC 5246 section 7.4.2).
 *
 * @since 0.1.0
 */
import { Reader, vector } from "../Bytes.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Certificate {
  /** DER. */
  readonly chain: ReadonlyArray<Uint8Array>
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const decodeCertificate = (body: Uint8Array): Certificate | undefined => {
  const reader = new Reader(body)
  const list = new Reader(reader.vector(3, 0, 0xffffff))
  const chain: Array<Uint8Array> = []
  while (list.left > 0 && !list.failed) chain.push(list.vector(3, 1, 0xffffff))
  return reader.complete && list.complete ? { chain } : undefined
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeCertificate = ({ chain }: Certificate): Uint8Array =>
  vector(3, ...chain.map((certificate) => vector(3, certificate)))
