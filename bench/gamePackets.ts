/**
 * Packets as games send them: snapshots of moving objects, some state and text, with the usual regularities. The same
 * seed gives the same packets.
 */

const xorshift = (seed: number) => {
  let state = seed | 1
  return (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

const WORDS = ["move", "hit", "player", "ready", "score", "spawn", "red", "blue"].map((word) =>
  new TextEncoder().encode(word)
)

/** One object: kind, id, three 32-bit floats that change little, a heading, flags, health. */
const OBJECT_SIZE = 20

/** `count` packets of exactly `size` bytes. */
export const gamePackets = (count: number, size: number, seed = 1): ReadonlyArray<Uint8Array> => {
  const next = xorshift(seed)
  const objects = Array.from({ length: 64 }, (_, id) => ({
    id,
    kind: next() % 4,
    place: [next() % 500, next() % 500, next() % 20],
    heading: next() % 256,
    health: 100
  }))
  let tick = 0
  let turn = 0
  const packet = (): Uint8Array => {
    const bytes = new Uint8Array(size + OBJECT_SIZE + 16)
    const view = new DataView(bytes.buffer)
    view.setUint8(0, 3)
    view.setUint32(1, tick++, true)
    let end = 5
    if (next() % 4 === 0) {
      const word = WORDS[next() % WORDS.length]!
      bytes.set(word, end)
      end += word.length
    }
    for (; end < size; end += OBJECT_SIZE) {
      const object = objects[turn++ % objects.length]!
      object.place = object.place.map((at) => at + (next() % 9 - 4) / 8)
      object.heading = (object.heading + next() % 5) & 255
      if (next() % 16 === 0) object.health = Math.max(object.health - 5, 0)
      view.setUint8(end, object.kind)
      view.setUint16(end + 1, object.id, true)
      object.place.forEach((at, axis) => view.setFloat32(end + 3 + axis * 4, at, true))
      view.setUint8(end + 15, object.heading)
      view.setUint8(end + 16, 1)
      view.setUint16(end + 17, object.health, true)
    }
    return bytes.slice(0, size)
  }
  return Array.from({ length: count }, packet)
}

/** `count` packets of random bytes. */
export const randomPackets = (count: number, size: number, seed = 1): ReadonlyArray<Uint8Array> => {
  const next = xorshift(seed)
  return Array.from({ length: count }, () => Uint8Array.from({ length: size }, next))
}
