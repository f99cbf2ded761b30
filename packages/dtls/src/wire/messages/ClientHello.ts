/**
 * ClientHello with its cookie (RFC 6347 section 4.2.1).
 *
 * @since 0.1.0
 */
import { concat, Reader, uint, uint16s, vector } from "../Bytes.ts"
import { RANDOM_LENGTH } from "../Constants.ts"
import { decodeExtensions, encodeExtensions, type Extension } from "../Extensions.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ClientHello {
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cookie: Uint8Array
  readonly cipherSuites: ReadonlyArray<number>
  readonly compressionMethods: Uint8Array
  readonly extensions: ReadonlyArray<Extension>
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const decodeClientHello = (body: Uint8Array): ClientHello | undefined => {
  const reader = new Reader(body)
  const version = reader.uint(2)
  const random = reader.take(RANDOM_LENGTH)
  const sessionId = reader.vector(1, 0, 32)
  const cookie = reader.vector(1, 0, 255)
  const cipherSuites = reader.uint16s(2, 2, 0xfffe)
  const compressionMethods = reader.vector(1, 1, 255)
  const extensions = decodeExtensions(reader)
  if (extensions === undefined) return undefined
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions }
}

/**
 * What a client must repeat unchanged in its second ClientHello (RFC 6347 section 4.2.1), and nothing else.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeInvariantFields = (hello: ClientHello): Uint8Array =>
  concat(
    uint(2, hello.version),
    hello.random,
    vector(1, hello.sessionId),
    uint16s(2, hello.cipherSuites),
    vector(1, hello.compressionMethods)
  )

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeClientHello = (hello: ClientHello): Uint8Array =>
  concat(
    uint(2, hello.version),
    hello.random,
    vector(1, hello.sessionId),
    vector(1, hello.cookie),
    uint16s(2, hello.cipherSuites),
    vector(1, hello.compressionMethods),
    encodeExtensions(hello.extensions)
  )
