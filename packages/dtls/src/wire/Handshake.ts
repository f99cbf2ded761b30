/**
 * Handshake messages and their fragments (RFC 6347 section 4.2.2).
 *
 * @since 0.1.0
 */
import { concat, Reader, uint, view } from "./Bytes.ts"

/**
 * @since 0.1.0
 * @category constants
 */
export const HANDSHAKE_HEADER_LENGTH = 12

/**
 * A whole message.
 *
 * @since 0.1.0
 * @category models
 */
export interface HandshakeMessage {
  readonly type: number
  /** `message_seq`: the place of the message in its sender's handshake. */
  readonly sequence: number
  readonly body: Uint8Array
}

/**
 * A message or a part of one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fragment {
  readonly type: number
  readonly sequence: number
  /** Of the whole message. */
  readonly length: number
  readonly offset: number
  readonly bytes: Uint8Array
}

/**
 * The fragments in a record: one as a rule, several if they are small (RFC 6347 section 4.2.3). `undefined` when the
 * record is not made of fragments. Bytes are views.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeFragments = (bytes: Uint8Array): ReadonlyArray<Fragment> | undefined => {
  const reader = new Reader(bytes)
  const fragments: Array<Fragment> = []
  do {
    const type = reader.uint(1)
    const length = reader.uint(3)
    const sequence = reader.uint(2)
    const offset = reader.uint(3)
    const part = reader.vector(3, 0, length)
    if (reader.failed || offset + part.length > length) return undefined
    fragments.push({ type, sequence, length, offset, bytes: part })
  } while (reader.left > 0)
  return fragments
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeFragment = (fragment: Fragment): Uint8Array =>
  concat(
    uint(1, fragment.type),
    uint(3, fragment.length),
    uint(2, fragment.sequence),
    uint(3, fragment.offset),
    uint(3, fragment.bytes.length),
    fragment.bytes
  )

/**
 * A part of a message.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fragmentOf = (message: HandshakeMessage, offset: number, length: number): Fragment => ({
  type: message.type,
  sequence: message.sequence,
  length: message.body.length,
  offset,
  bytes: view(message.body, offset, length)
})

/**
 * The message as a single fragment, which is also what transcripts are made of: RFC 6347 section 4.2.6 hashes messages as
 * if each had been sent in one piece.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeMessage = (message: HandshakeMessage): Uint8Array =>
  encodeFragment(fragmentOf(message, 0, message.body.length))
