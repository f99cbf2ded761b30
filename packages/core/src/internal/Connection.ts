/**
 * `EnetHost.connect`: from the options to an established connection, or to the reason why there is none.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import {
  ConnectRefused,
  ConnectRejected,
  ConnectTimeout,
  type EnetError,
  fromReason,
  HostClosed,
  NoFreeSlot,
  PeerDisconnected,
  Unreachable
} from "../EnetError.ts"
import type { ConnectOptions } from "../EnetHost.ts"
import type { EnetPeer } from "../EnetPeer.ts"
import { decodeOptions, integer } from "../HostOptions.ts"
import type { Dropped } from "../protocol/Host.ts"
import type { DisconnectEvent } from "../protocol/Output.ts"
import type { Attempt } from "./Books.ts"
import type { Driver } from "./Driver.ts"
import { abandon, forget } from "./leaving.ts"
import { rejectionHint, timeoutHint } from "./mismatch.ts"
import type { PeerHandle } from "./PeerHandle.ts"
import { type Resolve, unmapped } from "./SocketAddress.ts"

const fallback = <S extends Schema.Top>(schema: S, value: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(value)))

const Options = Schema.Struct({
  channels: fallback(integer(1, 255), 1),
  data: fallback(integer(0, 0xffffffff), 0),
  timeout: Schema.optionalKey(integer(1, 0x7fffffff))
})

const timedOut = (driver: Driver, unreadable: Dropped, address: string): ConnectTimeout =>
  new ConnectTimeout({ address, ...timeoutHint(unreadable, driver.settings) })

const failed = (driver: Driver, event: DisconnectEvent, unreadable: Dropped, address: string) => {
  switch (event.reason) {
    case "Remote":
    case "Refused":
      return new ConnectRefused({ address, data: event.data })
    case "Rejected":
      return new ConnectRejected({ address, ...rejectionHint(driver.settings) })
    case "BudgetExceeded":
    case "Local":
    case "ProtocolViolation":
    case "Timeout":
      return timedOut(driver, unreadable, address)
  }
}

const closed = fromReason(new HostClosed({}))

const resultOf = (attempt: Attempt, driver: Driver, address: string): Effect.Effect<void, EnetError> => {
  switch (attempt._tag) {
    case "Connected":
      return Effect.void
    case "Failed":
      return Effect.fail(fromReason(failed(driver, attempt.event, attempt.unreadable, address)))
    case "Dropped":
      return Effect.fail(fromReason(new PeerDisconnected({ peer: attempt.peer })))
    case "Unreachable":
      return Effect.fail(fromReason(new Unreachable({ address, detail: attempt.detail, cause: attempt.cause })))
    case "Closed":
      return Effect.fail(driver.failure ?? closed)
  }
}

/** Waits for the outcome; a connection that comes to nothing frees its slot at once. */
const outcome = (
  driver: Driver,
  handle: PeerHandle,
  attempt: Deferred.Deferred<void, EnetError>,
  timeout: number | undefined,
  address: string
): Effect.Effect<void, EnetError> => {
  const wait = Deferred.await(attempt)
  const limited = timeout === undefined ? wait : Effect.timeoutOrElse(wait, {
    duration: timeout,
    orElse: () => Effect.suspend(() => Effect.fail(fromReason(timedOut(driver, handle.unreadable, address))))
  })
  return Effect.onError(limited, () => Effect.sync(() => forget(driver, handle)))
}

export const connect = (
  driver: Driver,
  local: NetAddress.InetAddress,
  resolve: Resolve,
  entropy: () => number,
  options: ConnectOptions
): Effect.Effect<EnetPeer, EnetError, Scope.Scope> =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const { address: host, port, ...rest } = options
    const { channels, data, timeout } = yield* decodeOptions(Options, rest)
    const address = yield* restore(resolve({ address: host, port }, local))
    const shown = NetAddress.formatSocketAddress(unmapped(address.inet))
    if (driver.isClosed) return yield* Effect.fail(driver.failure ?? closed)
    const attempt = Deferred.makeUnsafe<void, EnetError>()
    const handle = driver.connect(address, { channelCount: channels, data, connectID: entropy() }, (result) => {
      Deferred.doneUnsafe(attempt, resultOf(result, driver, shown))
    })
    if (typeof handle === "string") {
      return yield* Effect.fail(fromReason(new NoFreeSlot({ maxPeers: driver.options.maxPeers })))
    }
    // before the wait, so that no interruption can lose the connection
    yield* Effect.addFinalizer(() => Effect.sync(() => abandon(driver, handle)))
    yield* restore(Effect.withSpan(outcome(driver, handle, attempt, timeout, shown), "EnetHost.handshake"))
    return handle
  }))
