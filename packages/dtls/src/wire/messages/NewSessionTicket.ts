/**
 * NewSessionTicket (RFC 5077 section 3.3). It is only checked for its form: this package does not resume sessions.
 *
 * @since 0.1.0
 */
import { Reader } from "../Bytes.ts"

/**
 * @since 0.1.0
 * @category guards
 */
export const isNewSessionTicket = (body: Uint8Array): boolean => {
  const reader = new Reader(body)
  reader.uint(4)
  reader.vector(2, 0, 0xffff)
  return reader.complete
}
