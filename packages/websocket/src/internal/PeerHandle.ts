/**
 * The peers that the application sees: handles on connections of the driver.
 */
import { integer } from "@effect-enet/core/HostOptions"
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as NetAddress from "effect/net/NetAddress"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { CloseCode, isSendable, REASON_LIMIT } from "../protocol/CloseCode.ts"
import type * as Connection from "../protocol/Connection.ts"
import type { RawSocket } from "../WebSocketConnector.ts"
import { fromReason, PacketTooLarge, PeerDisconnected, QueueFull, type WebSocketError } from "../WebSocketError.ts"
import type { DisconnectReason } from "../WebSocketEvent.ts"
import { decodeOptions } from "../WebSocketOptions.ts"
import type { DisconnectOptions, SendOptions, WebSocketPeer } from "../WebSocketPeer.ts"
import { TypeId } from "../WebSocketPeer.ts"
import type { Driver } from "./Driver.ts"
import { Inbox } from "./Inbox.ts"

/** What one pull of `messages` takes at most. */
const PULL = 256

const encoder = new TextEncoder()

const DisconnectFields = Schema.Struct({
  code: Schema.Number.check(
    Schema.makeFilter(isSendable, { expected: "a code from 1000 to 1003, 1007 to 1011 or 3000 to 4999" })
  ),
  reason: Schema.String.check(
    Schema.makeFilter((reason: string) => encoder.encode(reason).length <= REASON_LIMIT, {
      expected: `a text of at most ${REASON_LIMIT} bytes`
    })
  ),
  linger: integer(0, 60_000)
})

export class PeerHandle implements WebSocketPeer {
  readonly [TypeId]: typeof TypeId = TypeId
  readonly id: number
  readonly address: NetAddress.InetAddress | undefined
  readonly protocol: string | undefined
  readonly socket: RawSocket
  connection: Connection.Connection
  /** Packets that wait for `messages`. */
  readonly inbox = new Inbox<Uint8Array>()
  private readonly driver: Driver
  /** Open unless a packet was refused for want of room since there was some. */
  private readonly room = Latch.makeUnsafe(true)
  private readonly end = Deferred.makeUnsafe<DisconnectReason>()
  private readonly rest = Latch.makeUnsafe(false)
  private hasEnded = false
  private hasBeenRead = false
  private readers = 0

  constructor(driver: Driver, connection: Connection.Connection, socket: RawSocket) {
    this.driver = driver
    this.id = connection.id
    this.connection = connection
    this.socket = socket
    this.address = socket.address
    this.protocol = socket.protocol
    this.closed = Deferred.await(this.end)
  }

  readonly closed: Effect.Effect<DisconnectReason>

  /** Packets wait for `messages` instead of going to the host's events. */
  get isHeld(): boolean {
    return this.driver.isServing || this.readers > 0
  }

  /** Packets of the inbox become events, since nobody is going to read them here. */
  release(): void {
    if (!this.isHeld && !this.hasEnded) this.driver.surrender(this)
  }

  /** The application is told that the connection is over. */
  finish(reason: DisconnectReason): void {
    this.hasEnded = true
    this.inbox.end()
    Deferred.doneUnsafe(this.end, Effect.succeed(reason))
    this.settle()
  }

  /** There is room, or never will be. */
  makeRoom(): void {
    this.room.openUnsafe()
  }

  /** Waits until the connection is gone and its last packets are read, if anybody reads them. */
  readonly finished: Effect.Effect<void> = Effect.suspend(() => this.rest.await)

  private settle(): void {
    if (this.hasEnded && this.readers === 0 && !(this.hasBeenRead && this.inbox.size > 0)) this.rest.openUnsafe()
  }

  get outgoingQueued(): Effect.Effect<Connection.Load> {
    return Effect.sync(() => this.connection.unsent)
  }

  readonly send = (packet: Uint8Array | string, options?: SendOptions): Effect.Effect<void, WebSocketError> =>
    Effect.suspend(() => this.trySend(copyOf(packet), options?.whenFull ?? "wait"))

  /** The packet is the driver's own. */
  trySend(bytes: Uint8Array, whenFull: "wait" | "fail" | "drop"): Effect.Effect<void, WebSocketError> {
    const refusal = this.driver.send(this, bytes)
    switch (refusal) {
      case undefined:
        return Effect.void
      case "NotConnected":
        return Effect.fail(fromReason(new PeerDisconnected({ peer: this.id })))
      case "PacketTooLarge":
        return Effect.fail(fromReason(
          new PacketTooLarge({ size: bytes.length, maximum: this.connection.limits.outboundBufferSize })
        ))
      case "QueueFull": {
        if (whenFull === "drop") return Effect.void
        if (whenFull === "fail") {
          const { bytes: queuedBytes, packets: queuedPackets } = this.connection.unsent
          return Effect.fail(fromReason(new QueueFull({ peer: this.id, queuedPackets, queuedBytes })))
        }
        this.room.closeUnsafe()
        return Effect.andThen(this.room.await, Effect.suspend(() => this.trySend(bytes, whenFull)))
      }
    }
  }

  readonly disconnect = (options: DisconnectOptions = {}): Effect.Effect<void, WebSocketError> => {
    const { code = CloseCode.Normal, force = false, linger = 0, reason = "" } = options
    return Effect.andThen(
      decodeOptions(DisconnectFields, { code, reason, linger }),
      Effect.suspend(() => {
        if (this.hasEnded) return Effect.fail(fromReason(new PeerDisconnected({ peer: this.id })))
        const close = Effect.sync(() => this.driver.apply(this, { _tag: "Disconnect", code, reason, force }))
        return linger === 0 ? close : Effect.andThen(Effect.sleep(linger), close)
      })
    )
  }

  /** While it is held, packets wait for `messages` instead of going to the host's events. */
  private readonly reading: Effect.Effect<void, never, Scope.Scope> = Effect.acquireRelease(
    Effect.sync(() => {
      this.hasBeenRead = true
      this.readers++
    }),
    () =>
      Effect.sync(() => {
        this.readers--
        this.release()
        this.settle()
      })
  )

  get messages(): Stream.Stream<Uint8Array> {
    const pull = Effect.suspend((): Effect.Effect<NonEmptyReadonlyArray<Uint8Array>, Cause.Done> => {
      const packets = this.inbox.take(PULL)
      if (isReadonlyArrayNonEmpty(packets)) {
        this.driver.taken(this, packets)
        return Effect.succeed(packets)
      }
      return this.inbox.isEnded ? Cause.done() : Effect.andThen(this.inbox.ready, pull)
    })
    return Stream.scoped(Stream.fromPull(Effect.as(this.reading, pull)))
  }

  readonly toString = (): string =>
    this.address === undefined ? String(this.id) : `${this.id} ${NetAddress.formatSocketAddress(this.address)}`
}

export const copyOf = (packet: Uint8Array | string): Uint8Array =>
  typeof packet === "string" ? encoder.encode(packet) : packet.slice()
