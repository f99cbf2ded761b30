/**
 * The packets that `effect-enet client` sends: pseudo-random bytes that depend on the packet's index alone, so that an
 * echo can be checked without keeping what was sent.
 */

const xorshift32 = (state: number): number => {
  const a = state ^ (state << 13)
  const b = a ^ (a >>> 17)
  return b ^ (b << 5)
}

/** A seed for each index, never 0: xorshift stays at 0. */
const seedOf = (index: number): number => Math.imul(index + 1, 0x9e3779b1) | 0 || 1

/** How many bytes of a numbered packet hold its index. */
const indexLength = (size: number): number => Math.min(4, size)

/** Fills `target` with the packet of an index. A numbered packet starts with its index, as far as it has room. */
export const fill = (target: Uint8Array, index: number, numbered: boolean): void => {
  let state = seedOf(index)
  for (let i = 0; i < target.length; i += 4) {
    state = xorshift32(state)
    // Writes behind the end of a typed array do nothing.
    target[i] = state
    target[i + 1] = state >>> 8
    target[i + 2] = state >>> 16
    target[i + 3] = state >>> 24
  }
  if (!numbered) return
  for (let i = 0; i < indexLength(target.length); i++) target[i] = index >>> (8 * i)
}

/** The index that a numbered packet starts with, modulo what its length can tell. */
export const readIndex = (packet: Uint8Array): number => {
  let index = 0
  for (let i = 0; i < indexLength(packet.length); i++) index |= (packet[i] ?? 0) << (8 * i)
  return index >>> 0
}
