/**
 * The other side, byte by byte: a TCP connection that speaks as much WebSocket as a test wants, right or wrong.
 */
import { Effect } from "effect"
import * as Crypto from "node:crypto"
import * as Net from "node:net"

export const Opcode = { Continuation: 0, Text: 1, Binary: 2, Close: 8, Ping: 9, Pong: 10 } as const

export interface Frame {
  readonly fin: boolean
  readonly opcode: number
  readonly isMasked: boolean
  readonly payload: Buffer
}

export interface FrameOptions {
  readonly fin?: boolean
  readonly mask?: boolean
  readonly rsv?: number
}

const MASK = Buffer.from([1, 2, 3, 4])

/** A frame as a client sends it, masked, unless told otherwise. */
export const frame = (opcode: number, content: Uint8Array | string, options: FrameOptions = {}): Buffer => {
  const payload = Buffer.from(content)
  const { fin = true, mask = true, rsv = 0 } = options
  const { length } = payload
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const head = Buffer.alloc(2 + size)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (mask ? 0x80 : 0) | (size === 0 ? length : size === 2 ? 126 : 127)
  if (size === 2) head.writeUInt16BE(length, 2)
  if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
  if (!mask) return Buffer.concat([head, payload])
  return Buffer.concat([head, MASK, payload.map((byte, index) => byte ^ MASK[index % 4]!)])
}

export const closeBody = (code: number, reason = ""): Buffer => {
  const body = Buffer.from(`..${reason}`)
  body.writeUInt16BE(code)
  return body
}

export const accept = (key: string): string =>
  Crypto.createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64")

export class Wire {
  readonly socket: Net.Socket
  private received: Buffer = Buffer.alloc(0)
  private isClosed = false
  private changed: () => void = () => {}

  constructor(socket: Net.Socket) {
    this.socket = socket
    socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
      this.changed()
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      this.isClosed = true
      this.changed()
    })
  }

  /** Waits until there is a result. */
  private until<A>(what: string, look: () => A | undefined): Effect.Effect<A> {
    return Effect.callback<A>((resume) => {
      const attempt = () => {
        const found = look()
        if (found !== undefined) resume(Effect.succeed(found))
        else if (this.isClosed) resume(Effect.die(new Error(`closed, no ${what}: ${this.received.toString("latin1")}`)))
      }
      this.changed = attempt
      attempt()
    }).pipe(
      Effect.timeout("10 seconds"),
      Effect.orDie
    )
  }

  readonly send = (...parts: ReadonlyArray<Uint8Array | string>): Effect.Effect<void> =>
    Effect.sync(() => {
      this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))))
    })

  /** Everything up to and with the end of a header block. */
  readonly headers: Effect.Effect<string> = Effect.suspend(() =>
    this.until("header block", () => {
      const end = this.received.indexOf("\r\n\r\n")
      return end < 0 ? undefined : this.consume(end + 4).toString("latin1")
    })
  )

  readonly frame: Effect.Effect<Frame> = Effect.suspend(() =>
    this.until("frame", () => {
      const [first, second] = this.received
      if (first === undefined || second === undefined) return undefined
      const isMasked = (second & 0x80) !== 0
      const short = second & 0x7f
      const size = short === 126 ? 2 : short === 127 ? 8 : 0
      const head = 2 + size + (isMasked ? 4 : 0)
      if (this.received.length < head) return undefined
      const length = size === 2
        ? this.received.readUInt16BE(2)
        : size === 8
        ? Number(this.received.readBigUInt64BE(2))
        : short
      if (this.received.length < head + length) return undefined
      const mask = this.received.subarray(head - 4, head)
      const body = this.consume(head + length).subarray(head)
      const payload = isMasked ? body.map((byte, index) => byte ^ mask[index % 4]!) : body
      return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, isMasked, payload: Buffer.from(payload) }
    })
  )

  /** The next frame, which must be a Close: its code, 0 without one. */
  readonly closeCode: Effect.Effect<number> = Effect.map(this.frame, ({ opcode, payload }) => {
    if (opcode !== Opcode.Close) throw new Error(`a frame with opcode ${opcode} instead of a Close`)
    return payload.length < 2 ? 0 : payload.readUInt16BE()
  })

  /** Waits until the TCP connection is gone; what came before it. */
  readonly closed: Effect.Effect<string> = Effect.suspend(() =>
    this.until("end", () => this.isClosed ? this.received.toString("latin1") : undefined)
  )

  private consume(length: number): Buffer {
    const taken = this.received.subarray(0, length)
    this.received = this.received.subarray(length)
    return taken
  }
}

export const connect = (port: number, host = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.callback<Wire>((resume) => {
      const socket = Net.connect({ host, port, noDelay: true })
      const wire = new Wire(socket)
      socket.once("connect", () => resume(Effect.succeed(wire)))
      socket.once("error", (error) => resume(Effect.die(error)))
    }),
    (wire) => Effect.sync(() => wire.socket.destroy())
  )

export const KEY = "AAECAwQFBgcICQoLDA0ODw=="

const fields = {
  Host: "localhost",
  Upgrade: "websocket",
  Connection: "Upgrade",
  "Sec-WebSocket-Key": KEY,
  "Sec-WebSocket-Version": "13"
}

/** A request for an upgrade, as Godot writes it; a field that is `undefined` is left out. */
export const request = (changes: Readonly<Record<string, string | undefined>> = {}, line = "GET / HTTP/1.1"): string =>
  [
    line,
    ...Object.entries({ ...fields, ...changes }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`]
    ),
    "",
    ""
  ].join("\r\n")

/** A client that is connected, with its id. */
export const join = Effect.fnUntraced(function*(port: number) {
  const wire = yield* connect(port)
  yield* wire.send(request())
  const answer = yield* wire.headers
  const { payload } = yield* wire.frame
  return { wire, answer, id: payload.readInt32LE() }
})

/** A server of one connection at a time, each given to a handler. */
export const listen = <E>(handler: (wire: Wire) => Effect.Effect<unknown, E>) =>
  Effect.acquireRelease(
    Effect.callback<Net.Server & { readonly port: number }>((resume) => {
      const server = Net.createServer({ noDelay: true }, (socket) => {
        Effect.runFork(Effect.ignore(handler(new Wire(socket))))
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed(Object.assign(server, { port })))
      })
    }),
    (server) => Effect.sync(() => server.close())
  )

/** Answers an upgrade. */
export const upgrade = Effect.fnUntraced(function*(wire: Wire, lines: ReadonlyArray<string> = []) {
  const asked = yield* wire.headers
  const key = /^sec-websocket-key: *(\S+)/im.exec(asked)?.[1] ?? ""
  const answer = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept(key)}`,
    ...lines,
    "",
    ""
  ]
  yield* wire.send(answer.join("\r\n"))
  return asked
})
