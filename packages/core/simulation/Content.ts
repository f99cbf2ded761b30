/**
 * What packets of the simulation contain: who sent them and which packet it is, and bytes that follow from both, so
 * that a receiver can tell what it got and whether it got it whole.
 */

/** Packets of at least this many bytes say what they are; smaller ones are recognised by their bytes only. */
export const NAMED = 8

/** Packets from this number on are broadcasts: alike for all receivers, so they are of no side. */
export const BROADCAST = 0x80000000

const scratch = { bytes: new Uint8Array(0) }

const fill = (bytes: Uint8Array, length: number, sender: number, packet: number): void => {
  const side = packet >= BROADCAST ? 0 : sender
  let at = 0
  if (length >= NAMED) {
    const numbers = [side, packet]
    for (const number of numbers) {
      for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = number >>> shift
    }
  }
  // every fourth packet is easy to compress
  let state = (Math.imul(side, 0x9e3779b1) ^ Math.imul(packet, 0x85ebca6b)) | 1
  const varies = packet % 4 !== 0
  for (; at < length; at++) {
    if (varies) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
    }
    bytes[at] = state
  }
}

export const make = (side: number, packet: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  fill(bytes, length, side, packet)
  return bytes
}

const word = (bytes: Uint8Array, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0

/** Which packet it says it is; `undefined` for one that is too small to say. */
export const nameOf = (bytes: Uint8Array): { readonly side: number; readonly packet: number } | undefined =>
  bytes.length < NAMED ? undefined : { side: word(bytes, 0), packet: word(bytes, 4) }

export const isIntact = (bytes: Uint8Array, side: number, packet: number): boolean => {
  const { length } = bytes
  if (scratch.bytes.length < length) scratch.bytes = new Uint8Array(2 * length)
  fill(scratch.bytes, length, side, packet)
  for (let i = 0; i < length; i++) if (bytes[i] !== scratch.bytes[i]) return false
  return true
}
