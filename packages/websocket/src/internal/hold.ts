/**
 * A TCP connection that is kept waiting.
 */
import type * as Net from "node:net"

/** Bytes that it may say in the meantime: more than a request, or the beginning of TLS, has. */
const LIMIT = 16_384

/**
 * Reads what comes, because otherwise nobody would notice that the other side has given up. The function that it
 * returns puts the bytes back.
 */
export const hold = (socket: Net.Socket): () => void => {
  const chunks: Array<Buffer> = []
  let length = 0
  const onData = (chunk: Buffer) => {
    chunks.push(chunk)
    length += chunk.length
    if (length > LIMIT) socket.destroy()
  }
  socket.on("data", onData)
  return () => {
    socket.off("data", onData)
    socket.pause()
    if (length > 0) socket.unshift(Buffer.concat(chunks))
  }
}
