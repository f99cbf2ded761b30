import type { EnetEvent, EnetHost } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { type Cause, Effect, Queue, Stream } from "effect"
import * as Os from "node:os"

export const hasIpv6 = Object.values(Os.networkInterfaces()).flat().some((address) => address?.address === "::1")

/** All events of a host, in a queue: a stream that is cut short loses the rest of its last batch. */
export const eventsOf = Effect.fnUntraced(function*(host: EnetHost.EnetHost["Service"]) {
  const events = yield* Queue.unbounded<EnetEvent.EnetEvent>()
  yield* Effect.forkScoped(
    Stream.runForEachArray(host.events, (batch) => Queue.offerAll(events, batch)),
    { startImmediately: true }
  )
  return events
})

type Tag = EnetEvent.EnetEvent["_tag"]
type Tagged<T extends Tag> = Extract<EnetEvent.EnetEvent, { readonly _tag: T }>

const isTag = <T extends Tag>(event: EnetEvent.EnetEvent, tag: T): event is Tagged<T> => event._tag === tag

/** The next event, which must have this tag. */
export const expectEvent = <T extends Tag>(
  events: Queue.Dequeue<EnetEvent.EnetEvent>,
  tag: T
): Effect.Effect<Tagged<T>, Cause.TimeoutError> =>
  Effect.flatMap(
    Effect.timeout(Queue.take(events), "5 seconds"),
    (event) => isTag(event, tag) ? Effect.succeed(event) : Effect.die(new Error(`expected ${tag}, got ${event._tag}`))
  )

/** A server on loopback, a client, and a connection between them, with everything that either side sees. */
export const connected = Effect.fnUntraced(function*(options: {
  readonly server?: NodeEnetHost.Options
  readonly client?: NodeEnetHost.Options
  readonly address?: string
  readonly channels?: number
  readonly data?: number
} = {}) {
  const server = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" }, ...options.server })
  const client = yield* NodeEnetHost.make({ maxPeers: 1, ...options.client })
  const serverEvents = yield* eventsOf(server)
  const clientEvents = yield* eventsOf(client)
  const clientPeer = yield* client.connect({
    address: options.address ?? "127.0.0.1",
    port: server.address.port,
    channels: options.channels,
    data: options.data,
    timeout: 5000
  })
  const connect = yield* expectEvent(serverEvents, "Connect")
  yield* expectEvent(clientEvents, "Connect")
  return { server, client, serverEvents, clientEvents, clientPeer, connect, serverPeer: connect.peer }
})

/** Pseudo-random bytes. */
export const randomBytes = (length: number): Uint8Array => {
  let state = 0x2545f491
  return Uint8Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state
  })
}
