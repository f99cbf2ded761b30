/**
 * Puts handshake messages together and in order (RFC 6347 sections 4.2.2 and 4.2.3).
 *
 * Fragments of a handshake are not authenticated, so everything here is bounded: how far ahead a message may be, how long
 * it may say that it is, how many pieces and bytes may wait. Memory grows with the bytes that came, not with the length
 * that they claim.
 *
 * @since 0.1.0
 */
import { concat, view } from "../wire/Bytes.ts"
import type { Fragment, HandshakeMessage } from "../wire/Handshake.ts"

/** Messages ahead of the next one that may wait. The longest flight has seven. */
const AHEAD = 8

const MAXIMUM_PIECES = 256

const MAXIMUM_BYTES = 65_536

interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

interface Partial {
  readonly type: number
  readonly sequence: number
  readonly length: number
  readonly epoch: number
  /** In order, without overlaps. */
  readonly pieces: ReadonlyArray<Piece>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Reassembly {
  /** `message_seq` of the message that is to be handled next. */
  readonly next: number
  readonly partials: ReadonlyArray<Partial>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const emptyReassembly = (next: number): Reassembly => ({ next, partials: [] })

/** Adds what is not covered yet; what came first stays. */
const insert = (pieces: ReadonlyArray<Piece>, offset: number, bytes: Uint8Array): ReadonlyArray<Piece> => {
  const result: Array<Piece> = []
  let at = offset
  const end = offset + bytes.length
  const fill = (until: number) => {
    const stop = Math.min(until, end)
    // a copy: the datagram is the caller's
    if (at < stop) result.push({ offset: at, bytes: view(bytes, at - offset, stop - at).slice() })
  }
  for (const piece of pieces) {
    fill(piece.offset)
    result.push(piece)
    at = Math.max(at, piece.offset + piece.bytes.length)
  }
  fill(end)
  return result
}

const bytesOf = (partials: ReadonlyArray<Partial>): number => {
  let bytes = 0
  for (const { pieces } of partials) for (const piece of pieces) bytes += piece.bytes.length
  return bytes
}

const piecesOf = (partials: ReadonlyArray<Partial>): number => {
  let count = 0
  for (const { pieces } of partials) count += pieces.length
  return count
}

/**
 * Takes a fragment, which is not of a message before `next`. `undefined` when it is refused, because it contradicts what
 * is there or goes beyond a limit.
 *
 * @since 0.1.0
 * @category combinators
 */
export const addFragment = (
  self: Reassembly,
  fragment: Fragment,
  epoch: number,
  maximumLength: number
): Reassembly | undefined => {
  const { bytes, length, offset, sequence, type } = fragment
  if (sequence >= self.next + AHEAD || length > maximumLength) return undefined
  if (bytes.length === 0 && length > 0) return undefined
  const known = self.partials.find((partial) => partial.sequence === sequence)
  const fits = known !== undefined && known.type === type && known.length === length && known.epoch === epoch
  // what is authenticated goes before what is not
  if (known !== undefined && !fits && epoch <= known.epoch) return undefined
  const others = self.partials.filter((partial) => partial.sequence !== sequence)
  const pieces = insert(fits ? known.pieces : [], offset, bytes)
  const partials = [...others, { type, sequence, length, epoch, pieces }]
  if (bytesOf(partials) > MAXIMUM_BYTES || piecesOf(partials) > MAXIMUM_PIECES) return undefined
  return { next: self.next, partials }
}

/**
 * Takes out the next message if all of it is there.
 *
 * @since 0.1.0
 * @category combinators
 */
export const takeMessage = (
  self: Reassembly
): { readonly taken: HandshakeMessage; readonly rest: Reassembly } | undefined => {
  const partial = self.partials.find(({ sequence }) => sequence === self.next)
  if (partial === undefined) return undefined
  const { length, pieces, sequence, type } = partial
  // without overlaps, enough bytes are all bytes
  if (bytesOf([partial]) < length) return undefined
  const body = concat(...pieces.map(({ bytes }) => bytes))
  return {
    taken: { type, sequence, body },
    rest: { next: self.next + 1, partials: self.partials.filter((other) => other !== partial) }
  }
}
