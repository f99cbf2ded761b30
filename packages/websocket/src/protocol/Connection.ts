/**
 * One connection behind its upgrade, seen from either side: a pure state machine.
 *
 * It decides about the id message, the limits of both queues, when to stop reading, and what the application is told.
 * Sockets, time and randomness are somebody else's.
 *
 * @since 0.1.0
 */
import { CloseCode } from "./CloseCode.ts"
import * as PeerId from "./PeerId.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ConnectionLimits {
  /** Bytes of the largest message, and received bytes that may wait for the application. */
  readonly inboundBufferSize: number
  /** Unsent payload bytes; 0 = unlimited. */
  readonly outboundBufferSize: number
  /** Packets that may wait, in each direction. */
  readonly maxQueuedPackets: number
}

/**
 * Why a connection is over.
 *
 * - `Remote`: the other side closed it; code 1005 stands for a Close without a code.
 * - `Local`: this side closed it.
 * - `Violation`: the other side broke the protocol or a limit; `code` is what it was told.
 * - `Lost`: the TCP connection ended without a Close.
 * - `Closed`: this side dropped it without waiting for the other.
 *
 * @since 0.1.0
 * @category models
 */
export type DisconnectReason =
  | { readonly _tag: "Remote"; readonly code: number; readonly reason: string }
  | { readonly _tag: "Local" }
  | { readonly _tag: "Violation"; readonly code: number; readonly detail: string }
  | { readonly _tag: "Lost" }
  | { readonly _tag: "Closed" }

/**
 * @since 0.1.0
 * @category models
 */
export interface Load {
  readonly packets: number
  readonly bytes: number
}

/**
 * - `AwaitingId`: a client whose server has not said the id.
 * - `Rejected`: a client that did not like the id.
 * - `Closing`: this side has sent a Close, and does not listen any more.
 *
 * @since 0.1.0
 * @category models
 */
export type Phase = "AwaitingId" | "Rejected" | "Open" | "Closing" | "Closed"

/**
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  readonly side: "server" | "client"
  readonly phase: Phase
  /** The remote peer's id. */
  readonly id: number
  /** This side's id; 0 while a client has none. */
  readonly uniqueId: number
  readonly limits: ConnectionLimits
  /** Received, and not taken by the application. */
  readonly waiting: Load
  /** Given to the socket, and not written. */
  readonly unsent: Load
  readonly isPaused: boolean
  /** The application knows of the connection, and not of its end. */
  readonly isAnnounced: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export type ConnectionInput =
  | { readonly _tag: "Message"; readonly bytes: Uint8Array }
  /** The application took packets. */
  | ({ readonly _tag: "Taken" } & Load)
  | { readonly _tag: "Send"; readonly bytes: Uint8Array }
  /** The socket has written a packet. */
  | { readonly _tag: "Written"; readonly bytes: number }
  | { readonly _tag: "Disconnect"; readonly code: number; readonly reason: string; readonly force: boolean }
  /** The socket is closed. */
  | { readonly _tag: "Ended"; readonly reason: Exclude<DisconnectReason, { readonly _tag: "Local" }> }

/**
 * @since 0.1.0
 * @category models
 */
export type ConnectionOutput =
  | { readonly _tag: "Connected" }
  | { readonly _tag: "Packet"; readonly bytes: Uint8Array }
  | { readonly _tag: "Disconnected"; readonly reason: DisconnectReason }
  | { readonly _tag: "Transmit"; readonly bytes: Uint8Array }
  | { readonly _tag: "Close"; readonly code: number; readonly reason: string }
  | { readonly _tag: "Terminate" }
  | { readonly _tag: "Pause" }
  | { readonly _tag: "Resume" }
  /** A packet that did not fit may fit now. */
  | { readonly _tag: "Room" }
  /** The packet of `Send` is refused. */
  | { readonly _tag: "Refused"; readonly because: "NotConnected" | "PacketTooLarge" | "QueueFull" }
  /** The server gave an id that no client has. */
  | { readonly _tag: "BadId" }

type Result = readonly [state: Connection, outputs: ReadonlyArray<ConnectionOutput>]

const nothing: Load = { packets: 0, bytes: 0 }

const fresh = (limits: ConnectionLimits) => ({
  limits,
  waiting: nothing,
  unsent: nothing,
  isPaused: false,
  isAnnounced: false
})

/**
 * A server's side, right behind the upgrade: the client gets its id.
 *
 * @since 0.1.0
 * @category constructors
 */
export const accept = (id: number, limits: ConnectionLimits): Result => {
  const bytes = PeerId.encode(id)
  return [
    {
      ...fresh(limits),
      side: "server",
      phase: "Open",
      id,
      uniqueId: PeerId.SERVER,
      unsent: { packets: 1, bytes: bytes.length },
      isAnnounced: true
    },
    [{ _tag: "Transmit", bytes }, { _tag: "Connected" }]
  ]
}

/**
 * A client's side: the server's first message will be the id.
 *
 * @since 0.1.0
 * @category constructors
 */
export const begin = (limits: ConnectionLimits): Connection => ({
  ...fresh(limits),
  side: "client",
  phase: "AwaitingId",
  id: PeerId.SERVER,
  uniqueId: 0
})

/**
 * Where a socket cannot be paused, so much more than the limits may wait before the connection is closed. A paused
 * socket still gives what it has read already, which is less.
 *
 * @since 0.1.0
 * @category constants
 */
export const OVERRUN: Load & { readonly factor: number } = { factor: 64, packets: 65_536, bytes: 1_048_576 }

const isFull = ({ limits, waiting }: Connection): boolean =>
  waiting.packets >= limits.maxQueuedPackets || waiting.bytes >= limits.inboundBufferSize

const isOverrun = ({ limits, waiting }: Connection): boolean =>
  waiting.packets > OVERRUN.factor * limits.maxQueuedPackets + OVERRUN.packets ||
  waiting.bytes > OVERRUN.factor * limits.inboundBufferSize + OVERRUN.bytes

const violation = (state: Connection, code: number, detail: string): Result => [
  { ...state, phase: "Closing", isAnnounced: false, isPaused: false },
  [
    { _tag: "Close", code, reason: "" },
    ...(state.isPaused ? [{ _tag: "Resume" } as const] : []),
    ...(state.isAnnounced ? [{ _tag: "Disconnected", reason: { _tag: "Violation", code, detail } } as const] : [])
  ]
]

const idMessage = (state: Connection, bytes: Uint8Array): Result => {
  const uniqueId = PeerId.decode(bytes)
  return uniqueId === undefined
    ? [{ ...state, phase: "Rejected" }, [{ _tag: "BadId" }, { _tag: "Close", code: CloseCode.Normal, reason: "" }]]
    : [{ ...state, phase: "Open", uniqueId, isAnnounced: true }, [{ _tag: "Connected" }]]
}

const message = (state: Connection, bytes: Uint8Array): Result => {
  if (bytes.length > state.limits.inboundBufferSize && state.phase !== "Closing" && state.phase !== "Closed") {
    return violation(state, CloseCode.TooBig, `a message of ${bytes.length} bytes`)
  }
  if (state.phase === "AwaitingId") return idMessage(state, bytes)
  // an empty message is no packet
  if (state.phase !== "Open" || bytes.length === 0) return [state, []]
  const waiting = { packets: state.waiting.packets + 1, bytes: state.waiting.bytes + bytes.length }
  const next = { ...state, waiting }
  if (isOverrun(next)) return violation(state, CloseCode.PolicyViolation, "more packets than are read")
  const packet = { _tag: "Packet", bytes } as const
  return isFull(next) && !state.isPaused
    ? [{ ...next, isPaused: true }, [packet, { _tag: "Pause" }]]
    : [next, [packet]]
}

const send = (state: Connection, bytes: Uint8Array): Result => {
  const { limits, phase, unsent } = state
  if (phase !== "Open") return [state, [{ _tag: "Refused", because: "NotConnected" }]]
  if (bytes.length === 0) return [state, []]
  const limit = limits.outboundBufferSize === 0 ? Infinity : limits.outboundBufferSize
  if (bytes.length > limit) return [state, [{ _tag: "Refused", because: "PacketTooLarge" }]]
  if (unsent.packets >= limits.maxQueuedPackets || unsent.bytes + bytes.length > limit) {
    return [state, [{ _tag: "Refused", because: "QueueFull" }]]
  }
  const next = { packets: unsent.packets + 1, bytes: unsent.bytes + bytes.length }
  return [{ ...state, unsent: next }, [{ _tag: "Transmit", bytes }]]
}

const taken = (state: Connection, { bytes, packets }: Load): Result => {
  const waiting = { packets: state.waiting.packets - packets, bytes: state.waiting.bytes - bytes }
  const next = { ...state, waiting }
  return state.isPaused && !isFull(next)
    ? [{ ...next, isPaused: false }, [{ _tag: "Resume" }]]
    : [next, []]
}

const disconnect = (
  state: Connection,
  { code, force, reason }: Extract<ConnectionInput, { readonly _tag: "Disconnect" }>
): Result => {
  if (state.phase === "Closed" || (state.phase === "Closing" && !force)) return [state, []]
  // the reply to the Close must be read
  const resume: ReadonlyArray<ConnectionOutput> = state.isPaused ? [{ _tag: "Resume" }] : []
  const close: ReadonlyArray<ConnectionOutput> = state.phase === "Closing"
    ? []
    : [{ _tag: "Close", code, reason }, ...resume]
  const next: Connection = { ...state, phase: "Closing", isPaused: false }
  if (force) {
    const told: ReadonlyArray<ConnectionOutput> = state.isAnnounced
      ? [{ _tag: "Disconnected", reason: { _tag: "Closed" } }]
      : []
    return [{ ...next, isAnnounced: false }, [...close, { _tag: "Terminate" }, ...told]]
  }
  // a server forgets the peer at once, a client waits for the server's Close
  return state.side === "server" && state.isAnnounced
    ? [{ ...next, isAnnounced: false }, [...close, { _tag: "Disconnected", reason: { _tag: "Local" } }]]
    : [next, close]
}

const ended = (state: Connection, reason: DisconnectReason): Result => {
  if (state.phase === "Closed") return [state, []]
  const next: Connection = { ...state, phase: "Closed", isAnnounced: false, isPaused: false }
  if (!state.isAnnounced) return [next, [{ _tag: "Room" }]]
  const shown: DisconnectReason = state.phase === "Closing" ? { _tag: "Local" } : reason
  return [next, [{ _tag: "Disconnected", reason: shown }, { _tag: "Room" }]]
}

/**
 * @since 0.1.0
 * @category transitions
 */
export const step = (state: Connection, input: ConnectionInput): Result => {
  switch (input._tag) {
    case "Message":
      return message(state, input.bytes)
    case "Taken":
      return taken(state, input)
    case "Send":
      return send(state, input.bytes)
    case "Written": {
      const unsent = { packets: state.unsent.packets - 1, bytes: state.unsent.bytes - input.bytes }
      return [{ ...state, unsent }, [{ _tag: "Room" }]]
    }
    case "Disconnect":
      return disconnect(state, input)
    case "Ended":
      return ended(state, input.reason)
  }
}
