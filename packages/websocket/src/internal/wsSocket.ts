/**
 * Sockets of `ws` as the driver wants them.
 */
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Net from "node:net"
import type { WebSocket } from "ws"
import { CloseCode } from "../protocol/CloseCode.ts"
import type { RawSocket, SocketListener } from "../WebSocketConnector.ts"

/** The Close codes by which `ws` answers what it does not accept. */
const violations: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: CloseCode.InvalidPayload,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CloseCode.TooBig,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CloseCode.TooBig,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CloseCode.PolicyViolation
}

const violationOf = (error: Error & { readonly code?: unknown }): number | undefined =>
  typeof error.code === "string" && error.code.startsWith("WS_ERR_")
    ? violations[error.code] ?? CloseCode.ProtocolError
    : undefined

/** Where a TCP connection comes from; IPv4 addresses of a dual-stack socket as IPv4. */
export const remoteOf = ({ remoteAddress, remotePort }: Net.Socket): NetAddress.InetAddress | undefined => {
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  const address = Option.getOrUndefined(
    Result.getSuccess(NetAddress.inetAddressFromHostString(remoteAddress, remotePort))
  )
  return address === undefined ? undefined : NetAddress.toCanonical(address)
}

const bytesOf = (data: ArrayBuffer | Buffer | ReadonlyArray<Buffer>): Uint8Array => {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  // a view of the chunk that the socket read, which it would keep
  return new Uint8Array(Buffer.isBuffer(data) ? data : Buffer.concat(data))
}

const message = { binary: true, compress: false, fin: true } as const

export const rawSocket = (socket: WebSocket, address: NetAddress.InetAddress | undefined): RawSocket => ({
  address,
  protocol: socket.protocol === "" ? undefined : socket.protocol,
  transmit: (bytes, written) => {
    socket.send(bytes, message, (error) => {
      if (error === undefined || error === null) written()
    })
  },
  close: (code, reason) => socket.close(code, reason),
  terminate: () => socket.terminate(),
  pause: () => socket.pause(),
  resume: () => socket.resume()
})

/** Tells the listener of everything from now on. */
export const listen = (socket: WebSocket, listener: SocketListener): void => {
  let hasEnded = false
  const end: SocketListener["onEnd"] = (reason) => {
    if (hasEnded) return
    hasEnded = true
    listener.onEnd(reason)
  }
  socket.on("message", (data) => {
    if (!hasEnded) listener.onMessage(bytesOf(data))
  })
  socket.on("error", (error) => {
    const code = violationOf(error)
    if (code !== undefined) end({ _tag: "Violation", code, detail: error.message })
  })
  socket.on("close", (code, reason) => {
    end(code === CloseCode.Abnormal ? { _tag: "Lost" } : { _tag: "Remote", code, reason: reason.toString("utf8") })
    listener.onClose()
  })
}
