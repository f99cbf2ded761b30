/**
 * ServerHello: what the server chose (RFC 5246 section 7.4.1.3).
 *
 * @since 0.1.0
 */
import { concat, Reader, uint, vector } from "../Bytes.ts"
import { RANDOM_LENGTH } from "../Constants.ts"
import { decodeExtensions, encodeExtensions, type Extension } from "../Extensions.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ServerHello {
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuite: number
  readonly compressionMethod: number
  readonly extensions: ReadonlyArray<Extension>
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const decodeServerHello = (body: Uint8Array): ServerHello | undefined => {
  const reader = new Reader(body)
  const version = reader.uint(2)
  const random = reader.take(RANDOM_LENGTH)
  const sessionId = reader.vector(1, 0, 32)
  const cipherSuite = reader.uint(2)
  const compressionMethod = reader.uint(1)
  const extensions = decodeExtensions(reader)
  if (extensions === undefined) return undefined
  return { version, random, sessionId, cipherSuite, compressionMethod, extensions }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeServerHello = (hello: ServerHello): Uint8Array =>
  concat(
    uint(2, hello.version),
    hello.random,
    vector(1, hello.sessionId),
    uint(2, hello.cipherSuite),
    uint(1, hello.compressionMethod),
    encodeExtensions(hello.extensions)
  )
