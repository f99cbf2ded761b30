/**
 * One connection of `effect-enet client`, from the handshake to the disconnect.
 *
 * Three fibers share an `Exchange`: one sends while the window has room, one checks echoes, one gives up when nothing
 * comes back for too long.
 */
import type { DeliveryMode } from "@effect-enet/core/DeliveryMode"
import type { EnetError } from "@effect-enet/core/EnetError"
import { EnetHost } from "@effect-enet/core/EnetHost"
import type { EnetPeer, Message } from "@effect-enet/core/EnetPeer"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Echoed } from "./attend.ts"
import type { Exchange } from "./Exchange.ts"
import { farewell } from "./farewell.ts"
import { connectLine, disconnectLine, receiveLine } from "./lines.ts"
import type { Output } from "./Output.ts"

export interface SessionOptions {
  readonly address: string
  readonly port: number
  readonly data: number
  readonly channel: number
  readonly channels: number
  readonly mode: DeliveryMode
  readonly disconnect: "now" | "later" | "normal"
  readonly disconnectData: number
  readonly timeoutMs: number
}

/** What a session needs of a peer: ENet's own, or another that is made to look like it. */
export interface Remote extends Echoed, Pick<EnetPeer, "disconnect" | "disconnectLater" | "disconnectNow"> {
  readonly statistics: Effect.Effect<{ readonly roundTripTime: number }, EnetError>
}

/** For people, the first echoes are enough. */
const READABLE_ECHOES = 16

const TICK_MS = 50

/** Unreliable echoes that did not come within this time, or four round trips, are taken for lost. */
const OVERDUE_MS = 500

/** Keeps the round trip time in mind, which is gone when the peer is. */
const measure = (peer: Remote, exchange: Exchange) =>
  peer.statistics.pipe(
    Effect.map(({ roundTripTime }) => {
      exchange.rttMs = roundTripTime
    }),
    Effect.ignore
  )

const send = (peer: Remote, exchange: Exchange, room: Latch.Latch, options: SessionOptions) =>
  Effect.gen(function*() {
    while (exchange.sent < exchange.messages) {
      if (exchange.canSend) {
        yield* peer.send(options.channel, exchange.next(), { mode: options.mode })
      } else {
        room.closeUnsafe()
        yield* room.await
      }
    }
    return yield* Effect.never
  }).pipe(
    // The receiver notices as well, after the echoes that still came.
    Effect.catchReason("EnetError", "PeerDisconnected", () => Effect.never)
  )

const check = (peer: Remote, exchange: Exchange, room: Latch.Latch, output: Output) => {
  const printed = (messages: ReadonlyArray<Message>) =>
    output.json ? messages : messages.slice(0, Math.max(0, READABLE_ECHOES - exchange.received))
  return peer.messages.pipe(
    Stream.mapArrayEffect((messages) => {
      const lines = printed(messages).map((message) => receiveLine(peer, message))
      for (const { packet } of messages) exchange.echo(packet)
      room.openUnsafe()
      return Effect.as(output.print(lines), messages)
    }),
    Stream.takeUntil(() => exchange.complete),
    Stream.runDrain
  )
}

const giveUp = (peer: Remote, exchange: Exchange, room: Latch.Latch, options: SessionOptions) =>
  Effect.gen(function*() {
    let seen = exchange.activity
    let quiet = 0
    while (true) {
      yield* Effect.sleep(TICK_MS)
      quiet = exchange.activity === seen ? quiet + TICK_MS : 0
      seen = exchange.activity
      yield* measure(peer, exchange)
      const patience = exchange.reliable ? options.timeoutMs : Math.max(OVERDUE_MS, 4 * exchange.rttMs)
      if (quiet < Math.min(patience, options.timeoutMs)) continue
      if (exchange.reliable || exchange.sent === exchange.messages) return
      exchange.forgetOverdue()
      room.openUnsafe()
    }
  })

const status = (exchange: Exchange) => () =>
  `${exchange.received.toLocaleString("en-US")} of ${exchange.messages.toLocaleString("en-US")} echoed`

const leave = (peer: Remote, { disconnect, disconnectData }: SessionOptions) => {
  switch (disconnect) {
    case "normal":
      return peer.disconnect(disconnectData)
    case "later":
      return peer.disconnectLater(disconnectData)
    case "now":
      return peer.disconnectNow(disconnectData)
  }
}

/** Exchanges and disconnects. */
export const converse = Effect.fnUntraced(
  function*(peer: Remote, options: SessionOptions, exchange: Exchange, output: Output) {
    yield* output.print([connectLine(peer, 0)])
    const room = Latch.makeUnsafe(true)
    if (exchange.messages > 0) {
      yield* Effect.raceAllFirst([
        send(peer, exchange, room, options),
        check(peer, exchange, room, output),
        giveUp(peer, exchange, room, options)
      ]).pipe((effect) => output.withStatus(effect, status(exchange)))
    }
    const unprinted = exchange.received - READABLE_ECHOES
    if (unprinted > 0) yield* output.note(`  ... ${unprinted.toLocaleString("en-US")} more, which --json prints`)
    yield* measure(peer, exchange)
    yield* Effect.ignore(leave(peer, options))
    const reason = yield* Effect.timeoutOption(peer.closed, options.timeoutMs)
    yield* output.print([disconnectLine(peer, Option.getOrElse(reason, () => ({ _tag: "Closed" } as const)))])
  }
)

/** Connects, exchanges, disconnects. */
export const run = Effect.fnUntraced(function*(options: SessionOptions, exchange: Exchange, output: Output) {
  const host = yield* EnetHost
  yield* Effect.gen(function*() {
    const connecting = host.connect({
      address: options.address,
      port: options.port,
      channels: options.channels,
      data: options.data,
      timeout: options.timeoutMs
    })
    const peer = yield* output.withStatus(connecting, () => `waiting for ${options.address} to answer`)
    yield* converse(peer, options, exchange, output)
  }).pipe(Effect.onInterrupt(() => farewell(host)))
}, Effect.scoped)
