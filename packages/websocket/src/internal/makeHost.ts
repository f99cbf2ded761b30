/**
 * The service that the application sees, on a driver of either side.
 */
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type { InetAddress } from "effect/net/NetAddress"
import * as Stream from "effect/Stream"
import { CloseCode } from "../protocol/CloseCode.ts"
import { fromClient, recipients } from "../protocol/Target.ts"
import { fromReason, HostClosed, PeerDisconnected, UnknownPeer, type WebSocketError } from "../WebSocketError.ts"
import type { WebSocketEvent } from "../WebSocketEvent.ts"
import type { ConnectionStatus, WebSocketHost } from "../WebSocketHost.ts"
import { resolve } from "../WebSocketOptions.ts"
import type { WhenFull } from "../WebSocketPeer.ts"
import type { Driver } from "./Driver.ts"
import { copyOf, PeerHandle } from "./PeerHandle.ts"

/** What one pull of `events` takes at most. */
const PULL = 1024

export const closed = fromReason(new HostClosed({}))

const unknownPeer = (peer: number) => Effect.fail(fromReason(new UnknownPeer({ peer })))

const events = (driver: Driver): WebSocketHost["Service"]["events"] => {
  const pull = Effect.suspend((): Effect.Effect<NonEmptyReadonlyArray<WebSocketEvent>, Cause.Done> => {
    const ready = driver.takeEvents(PULL)
    if (isReadonlyArrayNonEmpty(ready)) return Effect.succeed(ready)
    return driver.inbox.isEnded ? Cause.done() : Effect.andThen(driver.inbox.ready, pull)
  })
  return Stream.fromPull(Effect.succeed(pull))
}

/** One fiber for each peer, as long as the effect runs. */
const serve = (driver: Driver): WebSocketHost["Service"]["serve"] => (handler) =>
  Effect.scoped(Effect.gen(function*() {
    const fibers = yield* FiberSet.make()
    yield* Effect.acquireRelease(
      Effect.sync(() => driver.startServing()),
      () => Effect.sync(() => driver.stopServing())
    )
    const serveOne = (peer: PeerHandle) =>
      handler(peer).pipe(
        Effect.raceFirst(peer.finished),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : Effect.andThen(
              Effect.logError(`the handler of peer ${peer.toString()} failed`, cause),
              Effect.ignore(peer.disconnect({ code: CloseCode.InternalError }))
            )
        ),
        Effect.ensuring(Effect.ignore(peer.disconnect()))
      )
    yield* Stream.runForEach(
      events(driver),
      (event) =>
        event._tag === "PeerConnected" && event.peer instanceof PeerHandle
          ? FiberSet.run(fibers, serveOne(event.peer))
          : Effect.void
    )
    return yield* Effect.fail(closed)
  }))

const send = (driver: Driver, isServer: boolean): WebSocketHost["Service"]["send"] => (to, packet, options) =>
  Effect.suspend((): Effect.Effect<void, WebSocketError> => {
    if (driver.isClosed) return Effect.fail(closed)
    const ids = isServer ? recipients(to, driver.peers.keys()) : fromClient
    if (ids === undefined) return unknownPeer(typeof to === "number" ? to : 0)
    const bytes = copyOf(packet)
    const sendTo = (id: number, whenFull: WhenFull) =>
      driver.peers.get(id)?.trySend(bytes, whenFull) ?? Effect.fail(fromReason(new PeerDisconnected({ peer: id })))
    if (!isServer || typeof to === "number") {
      return Effect.forEach(ids, (id) => sendTo(id, options?.whenFull ?? "wait"), { discard: true })
    }
    return Effect.forEach(
      ids,
      // who went away in the meantime is nobody's fault
      (id) =>
        Effect.catchReason(
          sendTo(id, options?.whenFull ?? "drop"),
          "WebSocketError",
          "PeerDisconnected",
          () => Effect.void
        ).pipe(Effect.result),
      { concurrency: "unbounded" }
    ).pipe(
      Effect.flatMap((results) => Effect.forEach(results, (result) => Effect.fromResult(result), { discard: true }))
    )
  })

/** What the two sides add to what they share. */
export interface Side {
  readonly isServer: boolean
  readonly address: InetAddress | undefined
  readonly status: () => ConnectionStatus
  readonly uniqueId: () => number
  readonly connected: Effect.Effect<void, WebSocketError>
  readonly refuseNewConnections: (refuse: boolean) => void
  readonly pending: () => number
  readonly refused: () => Readonly<Record<string, number>>
}

export const makeHost = (driver: Driver, side: Side): WebSocketHost["Service"] => {
  const peer = (id: number) =>
    Effect.suspend(() => {
      const handle = driver.peers.get(id)
      return handle === undefined ? unknownPeer(id) : Effect.succeed(handle)
    })
  return {
    address: side.address,
    status: Effect.sync(side.status),
    uniqueId: Effect.sync(side.uniqueId),
    connected: side.connected,
    events: events(driver),
    serve: serve(driver),
    peer,
    peers: Effect.sync(() => [...driver.peers.values()]),
    send: send(driver, side.isServer),
    disconnectPeer: (id, options) => Effect.flatMap(peer(id), (handle) => handle.disconnect(options)),
    refuseNewConnections: (refuse) => Effect.sync(() => side.refuseNewConnections(refuse)),
    options: Effect.sync(() => driver.options),
    configure: (options) =>
      Effect.suspend(() => resolve({ ...driver.options, ...definedOnly(options) })).pipe(
        Effect.map((resolved) => driver.configure(resolved))
      ),
    statistics: Effect.sync(() => ({ peers: driver.peers.size, pending: side.pending(), refused: side.refused() }))
  }
}

const definedOnly = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
