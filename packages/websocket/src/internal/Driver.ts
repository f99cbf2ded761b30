/**
 * Where sockets meet the protocol: feeds connections their inputs, and passes on what comes out.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { CloseCode } from "../protocol/CloseCode.ts"
import * as Connection from "../protocol/Connection.ts"
import type { RawSocket, SocketListener } from "../WebSocketConnector.ts"
import type { DisconnectReason, WebSocketEvent } from "../WebSocketEvent.ts"
import type { ResolvedOptions } from "../WebSocketOptions.ts"
import { Inbox } from "./Inbox.ts"
import { PeerHandle } from "./PeerHandle.ts"

export type SendRefusal = Extract<Connection.ConnectionOutput, { readonly _tag: "Refused" }>["because"]

/** What only one of the two sides cares about. */
export interface Hooks {
  readonly onConnected: (peer: PeerHandle) => void
  readonly onBadId: () => void
  /** The socket gives no more messages. */
  readonly onEnd: (reason: DisconnectReason) => void
}

export class Driver {
  options: ResolvedOptions
  /** Peers that the application was told of. */
  readonly peers: Map<number, PeerHandle> = new Map()
  readonly inbox = new Inbox<WebSocketEvent>()
  isClosed = false
  /** Opened when a deadline may have moved; who waits closes it. */
  readonly deadlineMoved = Latch.makeUnsafe(false)
  private readonly clock: Clock.Clock
  private readonly hooks: Hooks
  /** All connections whose TCP connection is there. */
  private readonly handles: Set<PeerHandle> = new Set()
  private readonly noSockets = Latch.makeUnsafe(true)
  private servers = 0

  constructor(options: ResolvedOptions, clock: Clock.Clock, hooks: Hooks) {
    this.options = options
    this.clock = clock
    this.hooks = hooks
  }

  /** Milliseconds. */
  get now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  }

  configure(options: ResolvedOptions): void {
    this.options = options
    this.deadlineMoved.openUnsafe()
  }

  /** Takes over a socket, in the state in which its protocol begins. */
  attach(
    socket: RawSocket,
    connection: Connection.Connection,
    outputs: ReadonlyArray<Connection.ConnectionOutput>
  ): SocketListener {
    const handle = new PeerHandle(this, connection, socket)
    this.handles.add(handle)
    this.noSockets.closeUnsafe()
    if (this.isClosed) this.apply(handle, leaving(connection, true))
    else this.perform(handle, outputs)
    return {
      onMessage: (bytes) => this.apply(handle, { _tag: "Message", bytes }),
      onEnd: (reason) => {
        this.apply(handle, { _tag: "Ended", reason })
        this.hooks.onEnd(reason)
      },
      onClose: () => {
        this.handles.delete(handle)
        if (this.handles.size === 0) this.noSockets.openUnsafe()
      }
    }
  }

  apply(handle: PeerHandle, input: Connection.ConnectionInput): void {
    const [connection, outputs] = Connection.step(handle.connection, input)
    handle.connection = connection
    this.perform(handle, outputs)
  }

  /** Why the packet is refused, if it is. */
  send(handle: PeerHandle, bytes: Uint8Array): SendRefusal | undefined {
    const [connection, outputs] = Connection.step(handle.connection, { _tag: "Send", bytes })
    handle.connection = connection
    const [first] = outputs
    if (first?._tag === "Refused") return first.because
    this.perform(handle, outputs)
    return undefined
  }

  /** The application has packets of a peer. */
  taken(handle: PeerHandle, packets: ReadonlyArray<Uint8Array>): void {
    const bytes = packets.reduce((sum, packet) => sum + packet.length, 0)
    this.apply(handle, { _tag: "Taken", packets: packets.length, bytes })
  }

  /** Events for the application, which has them from now on. */
  takeEvents(limit: number): ReadonlyArray<WebSocketEvent> {
    const events = this.inbox.take(limit)
    for (const event of events) {
      if (event._tag === "Packet" && event.peer instanceof PeerHandle) this.taken(event.peer, [event.bytes])
    }
    return events
  }

  get isServing(): boolean {
    return this.servers > 0
  }

  /** From now on packets wait for the `messages` of their peers, those too that wait already. */
  startServing(): void {
    if (this.servers++ > 0) return
    for (const event of this.inbox.take()) {
      if (event._tag === "Packet" && event.peer instanceof PeerHandle) event.peer.inbox.offer(event.bytes)
      else this.inbox.offer(event)
    }
  }

  stopServing(): void {
    if (--this.servers > 0) return
    for (const peer of this.peers.values()) peer.release()
  }

  /** Packets of a peer become events. */
  surrender(peer: PeerHandle): void {
    for (const bytes of peer.inbox.take()) this.inbox.offer({ _tag: "Packet", from: peer.id, peer, bytes })
  }

  /** Closes every connection; waits until they are gone, but not for long. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.isClosed = true
    for (const handle of this.handles) this.apply(handle, leaving(handle.connection, false))
    this.inbox.end()
    return this.noSockets.await.pipe(
      Effect.timeoutOption(this.options.closeTimeout),
      Effect.andThen(Effect.sync(() => {
        for (const handle of this.handles) handle.socket.terminate()
      }))
    )
  })

  private perform(handle: PeerHandle, outputs: ReadonlyArray<Connection.ConnectionOutput>): void {
    for (const output of outputs) this.drive(handle, output)
    // last, because whoever is told may call back at once
    for (const output of outputs) this.tell(handle, output)
  }

  /** What an output means for the socket. */
  private drive(handle: PeerHandle, output: Connection.ConnectionOutput): void {
    const { socket } = handle
    switch (output._tag) {
      case "Transmit": {
        const { length } = output.bytes
        return socket.transmit(output.bytes, () => this.apply(handle, { _tag: "Written", bytes: length }))
      }
      case "Close":
        return socket.close(output.code, output.reason)
      case "Terminate":
        return socket.terminate()
      case "Pause":
        return socket.pause()
      case "Resume":
        return socket.resume()
      default:
        return
    }
  }

  /** What an output means for the application. */
  private tell(handle: PeerHandle, output: Connection.ConnectionOutput): void {
    const { id } = handle
    switch (output._tag) {
      case "Connected":
        this.peers.set(id, handle)
        this.inbox.offer({ _tag: "PeerConnected", id, peer: handle })
        return this.hooks.onConnected(handle)
      case "Packet":
        return handle.isHeld
          ? handle.inbox.offer(output.bytes)
          : this.inbox.offer({ _tag: "Packet", from: id, peer: handle, bytes: output.bytes })
      case "Disconnected":
        this.peers.delete(id)
        this.inbox.offer({ _tag: "PeerDisconnected", id, peer: handle, reason: output.reason })
        handle.finish(output.reason)
        return handle.makeRoom()
      case "Room":
        return handle.makeRoom()
      case "BadId":
        return this.hooks.onBadId()
      default:
        return
    }
  }
}

/** A server goes away, a client is done; scripts in browsers may not say more. */
const leaving = ({ side }: Connection.Connection, force: boolean): Connection.ConnectionInput => ({
  _tag: "Disconnect",
  code: side === "server" ? CloseCode.GoingAway : CloseCode.Normal,
  reason: "",
  force
})
