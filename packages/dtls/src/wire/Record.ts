/**
 * Records (RFC 6347 section 4.1): what a datagram consists of.
 *
 * @since 0.1.0
 */
import { concat, Reader, uint } from "./Bytes.ts"
import { ContentType, DTLS_1_0, DTLS_1_2, MAXIMUM_PLAINTEXT } from "./Constants.ts"

/**
 * @since 0.1.0
 * @category constants
 */
export const RECORD_HEADER_LENGTH = 13

/**
 * RFC 5246 section 6.2.3: with what protection may add.
 */
const MAXIMUM_PROTECTED = MAXIMUM_PLAINTEXT + 2048

/**
 * @since 0.1.0
 * @category models
 */
export interface DtlsRecord {
  readonly type: number
  readonly version: number
  readonly epoch: number
  /** 48 bits. */
  readonly sequence: number
  /** Plaintext in epoch 0, later protected. */
  readonly fragment: Uint8Array
}

const types: ReadonlyArray<number> = Object.values(ContentType)

/**
 * The records of a datagram, up to the first bytes that are none: RFC 6347 section 4.1.2.7 has invalid records discarded,
 * and behind one with a wrong length nothing can be found. Fragments are views of the datagram.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeRecords = (
  datagram: Uint8Array
): { readonly records: ReadonlyArray<DtlsRecord>; readonly complete: boolean } => {
  const reader = new Reader(datagram)
  const records: Array<DtlsRecord> = []
  while (reader.left > 0) {
    const type = reader.uint(1)
    const version = reader.uint(2)
    const epoch = reader.uint(2)
    const sequence = reader.uint(6)
    const fragment = reader.vector(2, 0, epoch === 0 ? MAXIMUM_PLAINTEXT : MAXIMUM_PROTECTED)
    if (reader.failed || !types.includes(type) || (version !== DTLS_1_2 && version !== DTLS_1_0)) {
      return { records, complete: false }
    }
    records.push({ type, version, epoch, sequence, fragment })
  }
  return { records, complete: true }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeRecord = (record: DtlsRecord): Uint8Array =>
  concat(
    uint(1, record.type),
    uint(2, record.version),
    uint(2, record.epoch),
    uint(6, record.sequence),
    uint(2, record.fragment.length),
    record.fragment
  )
