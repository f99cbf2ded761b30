/**
 * The header of a datagram (`ENetProtocolHeader`): two bytes, or four with a sent time.
 *
 * @since 0.1.0
 */
import { readUint16, writeUint16 } from "./Bytes.ts"
import {
  PROTOCOL_HEADER_FLAG_COMPRESSED,
  PROTOCOL_HEADER_FLAG_SENT_TIME,
  PROTOCOL_HEADER_SESSION_MASK,
  PROTOCOL_HEADER_SESSION_SHIFT,
  PROTOCOL_MAXIMUM_PEER_ID
} from "./Constants.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Header {
  /** The slot at the receiver, or 0xFFF before it is known. */
  readonly peerID: number
  /** Two bits that tell the connections of one slot apart. */
  readonly sessionID: number
  readonly compressed: boolean
  /** Low 16 bits of the sender's time in milliseconds; there exactly when a command wants an acknowledgement. */
  readonly sentTime: number | undefined
}

/** The first word of every datagram; readers take it apart with the functions below, without allocating. */
export const peerWord = (bytes: Uint8Array): number => readUint16(bytes, 0)

export const peerIDOf = (word: number): number => word & PROTOCOL_MAXIMUM_PEER_ID

export const sessionIDOf = (word: number): number =>
  (word & PROTOCOL_HEADER_SESSION_MASK) >>> PROTOCOL_HEADER_SESSION_SHIFT

export const isCompressed = (word: number): boolean => (word & PROTOCOL_HEADER_FLAG_COMPRESSED) !== 0

export const hasSentTime = (word: number): boolean => (word & PROTOCOL_HEADER_FLAG_SENT_TIME) !== 0

/** Bytes before the commands, or before the checksum where there is one. */
export const headerSize = (word: number): number => hasSentTime(word) ? 4 : 2

/**
 * Reads the header; `undefined` when the datagram is shorter than its own header.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (bytes: Uint8Array): Header | undefined => {
  if (bytes.length < 2) return undefined
  const word = peerWord(bytes)
  if (bytes.length < headerSize(word)) return undefined
  return {
    peerID: peerIDOf(word),
    sessionID: sessionIDOf(word),
    compressed: isCompressed(word),
    sentTime: hasSentTime(word) ? readUint16(bytes, 2) : undefined
  }
}

/**
 * Writes the header at `offset` and returns the offset behind it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (header: Header, bytes: Uint8Array, offset = 0): number => {
  const word = header.peerID | (header.sessionID << PROTOCOL_HEADER_SESSION_SHIFT) |
    (header.compressed ? PROTOCOL_HEADER_FLAG_COMPRESSED : 0) |
    (header.sentTime === undefined ? 0 : PROTOCOL_HEADER_FLAG_SENT_TIME)
  writeUint16(bytes, offset, word)
  if (header.sentTime === undefined) return offset + 2
  writeUint16(bytes, offset + 2, header.sentTime)
  return offset + 4
}
