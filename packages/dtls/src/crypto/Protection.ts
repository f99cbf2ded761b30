/**
 * Protection of records by an AEAD (RFC 5246 section 6.2.3.3).
 *
 * @since 0.1.0
 */
import { concat, view, writeUint } from "../wire/Bytes.ts"
import type { CipherSuite } from "../wire/CipherSuite.ts"
import { MAXIMUM_PLAINTEXT } from "../wire/Constants.ts"
import type { DtlsRecord } from "../wire/Record.ts"
import type { Aead } from "./CryptoProvider.ts"

const TAG_LENGTH = 16

/**
 * A record without its content.
 *
 * @since 0.1.0
 * @category models
 */
export type RecordHeader = Omit<DtlsRecord, "fragment">

/**
 * The key of one direction and epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Protection {
  /** Bytes that protection adds to a record. */
  readonly overhead: number
  /** The protected fragment. A header must never come twice. */
  readonly seal: (header: RecordHeader, plaintext: Uint8Array) => Uint8Array
  /** The plaintext of a fragment; `undefined` when it is not authentic, or longer than a record may be. */
  readonly open: (header: RecordHeader, fragment: Uint8Array) => Uint8Array | undefined
}

/** Epoch and sequence number as the 64-bit number that TLS counts (RFC 6347 section 4.1.2.1). */
const writeNumber = (bytes: Uint8Array, offset: number, { epoch, sequence }: RecordHeader): void => {
  writeUint(bytes, offset, 2, epoch)
  writeUint(bytes, offset + 2, 6, sequence)
}

const additionalData = (header: RecordHeader, length: number): Uint8Array => {
  const bytes = new Uint8Array(13)
  writeNumber(bytes, 0, header)
  writeUint(bytes, 8, 1, header.type)
  writeUint(bytes, 9, 2, header.version)
  writeUint(bytes, 11, 2, length)
  return bytes
}

/**
 * GCM: the salt, then 8 bytes that the record carries. They are the record's number, which never repeats (RFC 5288
 * section 3).
 */
const explicitNonces = (aead: Aead, salt: Uint8Array): Protection => ({
  overhead: 8 + TAG_LENGTH,
  seal: (header, plaintext) => {
    const nonce = new Uint8Array(12)
    nonce.set(salt)
    writeNumber(nonce, 4, header)
    return concat(view(nonce, 4, 8), aead.seal(nonce, additionalData(header, plaintext.length), plaintext))
  },
  open: (header, fragment) => {
    const length = fragment.length - 8 - TAG_LENGTH
    if (length < 0 || length > MAXIMUM_PLAINTEXT) return undefined
    const nonce = concat(salt, view(fragment, 0, 8))
    return aead.open(nonce, additionalData(header, length), view(fragment, 8, fragment.length - 8))
  }
})

/**
 * ChaCha20-Poly1305: the IV, and the record's number over its last 8 bytes (RFC 7905 section 2).
 */
const impliedNonces = (aead: Aead, iv: Uint8Array): Protection => {
  const nonceOf = (header: RecordHeader): Uint8Array => {
    const nonce = new Uint8Array(12)
    writeNumber(nonce, 4, header)
    for (let i = 0; i < 12; i++) nonce[i]! ^= iv[i]!
    return nonce
  }
  return {
    overhead: TAG_LENGTH,
    seal: (header, plaintext) => aead.seal(nonceOf(header), additionalData(header, plaintext.length), plaintext),
    open: (header, fragment) => {
      const length = fragment.length - TAG_LENGTH
      if (length < 0 || length > MAXIMUM_PLAINTEXT) return undefined
      return aead.open(nonceOf(header), additionalData(header, length), fragment)
    }
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const protection = (aead: Aead, suite: CipherSuite, fixedIv: Uint8Array): Protection =>
  suite.explicitNonceLength === 0 ? impliedNonces(aead, fixedIv) : explicitNonces(aead, fixedIv)
