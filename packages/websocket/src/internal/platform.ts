/**
 * The platform's own `WebSocket` as a connector.
 *
 * It cannot pause: what arrives waits in the application's queue, within the bound that the protocol sets. Nor does it
 * say when a message is written, only how many bytes are not.
 */
import type { Connector, RawSocket, SocketListener } from "../WebSocketConnector.ts"

/** How often the unsent bytes are looked at while there are any, milliseconds. */
const LOOK = 10

/** Scripts may only send 1000 and 3000 to 4999; other codes move there: 1009 becomes 4009. */
const scriptCode = (code: number): number => code === 1000 || code >= 3000 ? code : 3000 + code

const encoder = new TextEncoder()

const bytesOf = (data: unknown): Uint8Array =>
  data instanceof ArrayBuffer ? new Uint8Array(data) : encoder.encode(String(data))

interface Unwritten {
  readonly bytes: number
  readonly written: () => void
}

const rawSocket = (socket: WebSocket): RawSocket => {
  const unwritten: Array<Unwritten> = []
  let unsent = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    timer = undefined
    // the first ones are written first
    while (unwritten[0] !== undefined && unsent - unwritten[0].bytes >= socket.bufferedAmount) {
      const [first] = unwritten.splice(0, 1)
      unsent -= first?.bytes ?? 0
      first?.written()
    }
    if (unwritten.length > 0 && socket.readyState === socket.OPEN) timer ??= setTimeout(look, LOOK)
  }
  const close = (code: number, reason: string) => socket.close(scriptCode(code), reason)
  return {
    address: undefined,
    protocol: socket.protocol === "" ? undefined : socket.protocol,
    transmit: (bytes, written) => {
      if (socket.readyState !== socket.OPEN) return
      socket.send(new Uint8Array(bytes))
      unwritten.push({ bytes: bytes.length, written })
      unsent += bytes.length
      timer ??= setTimeout(look, 0)
    },
    close,
    terminate: () => close(1000, ""),
    pause: () => {},
    resume: () => {}
  }
}

export const platformConnector: Connector = {
  canSendHeaders: false,
  connect: ({ protocols, url }, { onFailure, onOpen }) => {
    const socket = new WebSocket(url, [...protocols])
    socket.binaryType = "arraybuffer"
    let listener: SocketListener | undefined
    socket.addEventListener("open", () => {
      listener = onOpen(rawSocket(socket))
    })
    socket.addEventListener("message", ({ data }) => listener?.onMessage(bytesOf(data)))
    socket.addEventListener("close", ({ code, reason }) => {
      if (listener === undefined) return onFailure("the platform does not say why", code)
      listener.onEnd(code === 1006 ? { _tag: "Lost" } : { _tag: "Remote", code, reason })
      listener.onClose()
    })
    // close follows, and tells as much
    socket.addEventListener("error", () => {})
    return () => {
      if (listener === undefined) socket.close()
    }
  }
}
