/**
 * A server's TCP connections until they are WebSockets: accepted, counted, held, timed, upgraded.
 *
 * TCP, TLS and HTTP are Node's, the upgrade is that of `ws`; which connection gets how far is decided by the protocol.
 */
import * as Http from "node:http"
import * as Net from "node:net"
import type { Duplex } from "node:stream"
import * as Tls from "node:tls"
import { type WebSocket, WebSocketServer } from "ws"
import type { ResolvedServerOptions } from "../NodeWebSocketServer.ts"
import * as Admission from "../protocol/Admission.ts"
import { parse } from "../protocol/Subprotocol.ts"
import { hold } from "./hold.ts"

/** Bytes of a request with all of its headers, as in Godot. */
const MAX_HEADER_SIZE = 4096

interface Newcomer {
  readonly socket: Net.Socket
  /** Ends the waiting for its turn. */
  readonly release: () => void
  request: { readonly message: Http.IncomingMessage; readonly socket: Duplex; readonly head: Buffer } | undefined
}

export interface ListenerHost {
  readonly options: () => ResolvedServerOptions
  readonly now: () => number
  readonly peerCount: () => number
  readonly onUpgrade: (socket: WebSocket, tcp: Net.Socket) => void
  readonly onDeadlineMoved: () => void
}

const isWellFormed = ({ headers, httpVersion, method }: Http.IncomingMessage): boolean =>
  method === "GET" && httpVersion === "1.1" &&
  headers.upgrade?.toLowerCase() === "websocket" &&
  headers["sec-websocket-version"] === "13" &&
  /^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"] ?? "")

export class Listener {
  readonly server: Net.Server
  /** Connections that never became peers, by reason. */
  readonly refused: Map<Admission.Refusal, number> = new Map()
  private readonly host: ListenerHost
  private readonly secureContext: Tls.SecureContext | undefined
  private readonly http: Http.Server
  private readonly newcomers: Map<number, Newcomer> = new Map()
  private readonly keys: WeakMap<Duplex, number> = new WeakMap()
  private admission: Admission.Admission
  private count = 0

  constructor(host: ListenerHost, secureContext: Tls.SecureContext | undefined, isRefusing: boolean) {
    this.host = host
    this.secureContext = secureContext
    this.admission = Admission.make(isRefusing)
    this.server = Net.createServer({ noDelay: true, keepAlive: true }, (socket) => this.accept(socket))
    // an accept that fails, for want of file descriptors say, is one connection less and nothing more
    this.server.on("error", () => {})
    // it listens nowhere: connections are handed to it when it is their turn
    this.http = Http.createServer({ maxHeaderSize: MAX_HEADER_SIZE, requireHostHeader: false })
    this.http.headersTimeout = 0
    this.http.requestTimeout = 0
    this.http.keepAliveTimeout = 0
    this.http.on("upgrade", (message: Http.IncomingMessage, socket: Duplex, head: Buffer) => {
      const key = this.keys.get(socket)
      const newcomer = key === undefined ? undefined : this.newcomers.get(key)
      if (key === undefined || newcomer === undefined) {
        socket.destroy()
        return
      }
      newcomer.request = { message, socket, head }
      this.step({
        _tag: "Requested",
        key,
        isWellFormed: isWellFormed(message),
        protocols: parse(message.headers["sec-websocket-protocol"]),
        peers: this.host.peerCount()
      })
    })
    this.http.on("request", (_, response) => {
      this.tally("MalformedRequest")
      response.writeHead(426, { Upgrade: "websocket", Connection: "close" }).end()
    })
  }

  get pending(): number {
    return this.newcomers.size
  }

  /** Milliseconds. */
  get deadline(): number | undefined {
    return Admission.deadline(this.admission, this.host.options())
  }

  /** Gives up what is overdue. */
  pass(): void {
    this.step({ _tag: "Passed", now: this.host.now() })
  }

  refuse(refuse: boolean): void {
    this.step({ _tag: "Refuse", refuse, now: this.host.now() })
  }

  /** Stops to listen, and drops who is not a peer. */
  close(): void {
    this.server.close()
    for (const { socket } of this.newcomers.values()) socket.destroy()
  }

  private step(input: Admission.AdmissionInput): void {
    const [admission, outputs] = Admission.step(this.admission, this.host.options(), input)
    this.admission = admission
    for (const output of outputs) {
      const newcomer = this.newcomers.get(output.key)
      if (newcomer === undefined) continue
      switch (output._tag) {
        case "Attend":
          newcomer.release()
          this.attend(output.key, newcomer.socket)
          break
        case "Drop":
          this.tally(output.refusal)
          this.newcomers.delete(output.key)
          newcomer.socket.destroy()
          break
        case "Deny":
          this.tally(output.refusal)
          this.newcomers.delete(output.key)
          deny(newcomer, output.status)
          break
        case "Upgrade":
          this.newcomers.delete(output.key)
          this.upgrade(newcomer, output.protocol)
          break
      }
    }
    this.host.onDeadlineMoved()
  }

  private accept(socket: Net.Socket): void {
    const key = this.count++
    this.newcomers.set(key, { socket, release: hold(socket), request: undefined })
    socket.on("error", () => socket.destroy())
    socket.once("close", () => {
      if (this.newcomers.delete(key)) this.step({ _tag: "Gone", key })
    })
    this.step({ _tag: "Accepted", key, now: this.host.now() })
  }

  private attend(key: number, socket: Net.Socket): void {
    if (this.secureContext === undefined) return this.serve(key, socket)
    const secure = new Tls.TLSSocket(socket, { isServer: true, secureContext: this.secureContext })
    secure.on("error", () => socket.destroy())
    secure.once("close", () => socket.destroy())
    secure.once("secure", () => this.serve(key, secure))
  }

  private serve(key: number, socket: Net.Socket): void {
    this.keys.set(socket, key)
    this.http.emit("connection", socket)
    socket.resume()
  }

  private upgrade({ request, socket: tcp }: Newcomer, protocol: string | undefined): void {
    if (request === undefined) return
    const { closeTimeout, handshakeHeaders, inboundBufferSize } = this.host.options()
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: inboundBufferSize,
      closeTimeout,
      handleProtocols: () => protocol ?? (false as const)
    }
    const server = new WebSocketServer(options)
    server.on("headers", (headers) => headers.push(...handshakeHeaders))
    server.handleUpgrade(request.message, request.socket, request.head, (socket) => this.host.onUpgrade(socket, tcp))
  }

  private tally(refusal: Admission.Refusal): void {
    this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1)
  }
}

const deny = ({ request, socket }: Newcomer, status: number): void => {
  const stream = request?.socket ?? socket
  stream.once("finish", () => stream.destroy())
  stream.end(`HTTP/1.1 ${status} ${Http.STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
