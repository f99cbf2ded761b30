/**
 * Ids of peers, and the message that gives one to a client.
 *
 * The server is 1; clients are 2 to 2,147,483,647. The first message of a server is the client's id as a 32-bit signed
 * integer, little-endian.
 *
 * @since 0.1.0
 */

/**
 * The server's id (`TARGET_PEER_SERVER`).
 *
 * @since 0.1.0
 * @category constants
 */
export const SERVER = 1

/**
 * Bytes of the id message.
 *
 * @since 0.1.0
 * @category constants
 */
export const ID_MESSAGE_LENGTH = 4

/**
 * @since 0.1.0
 * @category guards
 */
export const isClientId = (id: number): boolean => Number.isInteger(id) && id >= 2 && id <= 0x7fffffff

/**
 * The id that 32 random bits stand for, or the next one that is neither reserved nor taken (`generate_unique_id`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromBits = (bits: number, isTaken: (id: number) => boolean): number => {
  let id = bits & 0x7fffffff
  while (!isClientId(id) || isTaken(id)) id = (id + 1) & 0x7fffffff
  return id
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encode = (id: number): Uint8Array => {
  const bytes = new Uint8Array(ID_MESSAGE_LENGTH)
  new DataView(bytes.buffer).setInt32(0, id, true)
  return bytes
}

/**
 * The id of an id message; `undefined` when it has another length, or an id that no client has.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (bytes: Uint8Array): number | undefined => {
  if (bytes.length !== ID_MESSAGE_LENGTH) return undefined
  const id = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(0, true)
  return isClientId(id) ? id : undefined
}
