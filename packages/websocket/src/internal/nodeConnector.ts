/**
 * Clients' sockets of `ws`.
 */
import type { InetAddress } from "effect/net/NetAddress"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { type ClientOptions, WebSocket } from "ws"
import type { Connector } from "../WebSocketConnector.ts"
import type { ClientSecurity } from "./tls.ts"
import { listen, rawSocket, remoteOf } from "./wsSocket.ts"

/** As much as Godot takes of an answer, with room for those who say more. */
const MAX_HEADER_SIZE = 16_384

const details: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "unknown host",
  EAI_AGAIN: "the name server does not answer",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ECONNRESET: "the server closed the connection",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself, and is not a certificate that is trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate was not issued by a trusted CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate was not issued by a trusted CA",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate was not issued by a trusted CA",
  CERT_HAS_EXPIRED: "its certificate has expired"
}

/** What OpenSSL says of a record that is none, as the answer of a server without TLS. */
const notTls = /:(?:wrong version number|packet length too long|http request):/

/** `error:CODE:library:function:reason:file:line` in the messages of OpenSSL. */
const reasonInTls = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/

const detailOf = (error: Error & { readonly code?: unknown }): string => {
  const known = typeof error.code === "string" ? details[error.code] : undefined
  if (known !== undefined) return known
  if (notTls.test(error.message)) return "the server does not speak TLS"
  const tls = reasonInTls.exec(error.message)?.[1]
  return tls === undefined ? error.message.split("\n")[0] ?? "unknown" : `no TLS with this server: ${tls}`
}

export const nodeConnector = (security: ClientSecurity): Connector => ({
  canSendHeaders: true,
  connect: ({ closeTimeout, headers, maxPayload, protocols, url }, { onFailure, onOpen }) => {
    const { hostname, port, protocol } = new URL(url)
    const host = hostname.replace(/^\[|\]$/g, "")
    // through no agent: a TLS session that an earlier connection left is not resumed, so every certificate is looked at
    const connect = () =>
      protocol === "wss:"
        ? Tls.connect({ host, port: Number(port || 443), ...security })
        : Net.connect({ host, port: Number(port || 80) })
    const options: ClientOptions & { readonly closeTimeout: number; readonly maxHeaderSize: number } = {
      createConnection: connect,
      maxHeaderSize: MAX_HEADER_SIZE,
      maxPayload,
      closeTimeout,
      perMessageDeflate: false,
      followRedirects: false,
      finishRequest: (request) => {
        for (const line of headers) {
          const colon = line.indexOf(":")
          request.appendHeader(line.slice(0, colon), line.slice(colon + 1).trim())
        }
        request.end()
      }
    }
    const socket = new WebSocket(url, [...protocols], options)
    let address: InetAddress | undefined
    let isSettled = false
    socket.on("upgrade", (response) => {
      address = remoteOf(response.socket)
    })
    socket.on("open", () => {
      isSettled = true
      listen(socket, onOpen(rawSocket(socket, address)))
    })
    socket.on("error", (error) => {
      if (isSettled) return
      isSettled = true
      onFailure(detailOf(error), error)
    })
    return () => {
      if (isSettled) return
      isSettled = true
      socket.terminate()
    }
  }
})
