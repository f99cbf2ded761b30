/**
 * CertificateRequest (RFC 5246 section 7.4.4). It is only checked for its form: the answer is always "none".
 *
 * @since 0.1.0
 */
import { Reader } from "../Bytes.ts"

/**
 * @since 0.1.0
 * @category guards
 */
export const isCertificateRequest = (body: Uint8Array): boolean => {
  const reader = new Reader(body)
  reader.vector(1, 1, 255)
  reader.uint16s(2, 2, 0xfffe)
  const authorities = new Reader(reader.vector(2, 0, 0xffff))
  while (authorities.left > 0 && !authorities.failed) authorities.vector(2, 1, 0xffff)
  return reader.complete && authorities.complete
}
