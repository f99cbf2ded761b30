/**
 * The only place that touches the socket: datagrams in, datagrams out. The socket belongs to the scope.
 */
import { isReadonlyArrayNonEmpty } from "effect/Array"
import * as Effect from "effect/Effect"
import type { InetAddress } from "effect/net/NetAddress"
import type * as Scope from "effect/Scope"
import * as DatagramSocket from "effect/socket/DatagramSocket"
import * as DirectSocket from "../DirectSocket.ts"
import { type EnetError, fromReason, SocketFailed } from "../EnetError.ts"
import type { Transmit } from "../protocol/Output.ts"
import { SocketDrops } from "../SocketDrops.ts"
import { Signal } from "./Signal.ts"
import { toInet, toNative } from "./SocketAddress.ts"

/** Datagrams that may wait for the socket; more are lost, as with a full socket buffer. */
const OUTBOX_LIMIT = 16_384

export interface SocketLoop {
  readonly address: InetAddress
  /** Waits for datagrams and gives all that are there. */
  readonly receive: Effect.Effect<ReadonlyArray<DatagramSocket.Datagram>, EnetError>
  /** Hands datagrams to the socket, without waiting for it. Gives how many had to be given up. */
  readonly send: (datagrams: ReadonlyArray<Transmit>) => number
  /**
   * Whether nobody looks any more at the bytes of what `send` was given: the system has copied them, and what waits for a
   * writer is a copy. Never where there is nothing but a writer, which may keep for long what it is given.
   */
  readonly hasLetGo: () => boolean
  /** One raw datagram, waited for. */
  readonly sendRaw: (destination: InetAddress, payload: Uint8Array | string) => Effect.Effect<void, EnetError>
  /** Waits until everything handed over has gone to the socket. */
  readonly drain: Effect.Effect<void>
  /** Datagrams that came in faster than they were read. */
  readonly overflowed: () => number
  readonly failedWrites: () => number
  /** What the socket itself ignored, by reason. */
  readonly dropped: SocketDrops
}

const describe = (error: DatagramSocket.DatagramSocketError): string => {
  const reason = error.reason
  switch (reason._tag) {
    case "DatagramSocketOpenError":
      return reason.kind === "AddressInUse"
        ? "the address is in use"
        : reason.kind === "AddressNotAvailable"
        ? "the address is not available on this machine"
        : reason.kind === "PermissionDenied"
        ? "permission denied"
        : messageOf(reason.cause)
    case "DatagramSocketReadError":
    case "DatagramSocketWriteError":
      return reason.kind === "Unknown" ? messageOf(reason.cause) : reason.kind
    case "DatagramSocketClosedError":
      return "the socket is closed"
    case "DatagramSocketUnsupportedError":
      return error.message
  }
}

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/** Where a socket was to be bound, which systems say in fields of their errors. A free port has no number yet. */
const bindAddressOf = ({ reason }: DatagramSocket.DatagramSocketError): { readonly address?: string } => {
  const cause = reason._tag === "DatagramSocketOpenError" ? reason.cause : undefined
  if (!(cause instanceof Error) || !("address" in cause) || typeof cause.address !== "string") return {}
  const host = cause.address.includes(":") ? `[${cause.address}]` : cause.address
  return { address: "port" in cause ? `${host}:${String(cause.port)}` : host }
}

const socketFailed = (operation: "open" | "read" | "write") => (cause: DatagramSocket.DatagramSocketError): EnetError =>
  fromReason(new SocketFailed({ operation, detail: describe(cause), ...bindAddressOf(cause), cause }))

export const make: Effect.Effect<SocketLoop, EnetError, DatagramSocket.DatagramSocket | Scope.Scope> = Effect.gen(
  function*() {
    const socket = yield* DatagramSocket.DatagramSocket
    const reader = yield* Effect.mapError(socket.reader, socketFailed("open"))
    const writer = yield* socket.writer
    const sendNow = DirectSocket.sendOf(socket)
    const filled = new Signal()
    const drained = new Signal()
    let outbox: Array<DatagramSocket.OutgoingDatagram> = []
    let writing = false
    /** Datagrams that the system has not reported on. */
    let inFlight = 0
    let isSending = false
    let failedWrites = 0
    const isIdle = () => outbox.length === 0 && !writing && inFlight === 0

    const sent = (error?: unknown) => {
      // to the protocol a failed write is a lost datagram
      if (error !== undefined && error !== null) failedWrites++
      inFlight--
      if (isIdle()) drained.notify()
    }

    const write = Effect.suspend(() => {
      const version = filled.version
      const batch = outbox
      if (!isReadonlyArrayNonEmpty(batch)) {
        writing = false
        if (isIdle()) drained.notify()
        return filled.waitAfter(version)
      }
      outbox = []
      writing = true
      return Effect.catch(writer.writeAll(batch), () =>
        Effect.sync(() => {
          failedWrites++
        }))
    })
    yield* Effect.forkScoped(Effect.forever(write, { disableYield: true }), { startImmediately: true })

    return {
      address: reader.address,
      receive: Effect.mapError(reader.pull, socketFailed("read")),
      send: (datagrams) => {
        let lost = 0
        const isWithin = isSending
        isSending = true
        for (const { address, bytes } of datagrams) {
          const native = toNative(address)
          if (outbox.length + inFlight >= OUTBOX_LIMIT) lost++
          else if (sendNow !== undefined && native !== undefined && outbox.length === 0) {
            inFlight++
            sendNow(bytes, native, sent)
          } else {
            outbox.push({ address: toInet(address), payload: sendNow === undefined ? bytes : bytes.slice() })
          }
        }
        isSending = isWithin
        if (outbox.length > 0) filled.notify()
        return lost
      },
      // in the midst of `send`, none may be in flight and others still to be sent
      hasLetGo: () => sendNow !== undefined && inFlight === 0 && !isSending,
      sendRaw: (address, payload) => Effect.mapError(writer.write({ address, payload }), socketFailed("write")),
      drain: drained.waitUnless(isIdle),
      overflowed: reader.dropped,
      failedWrites: () => failedWrites,
      dropped: yield* SocketDrops
    }
  }
)
