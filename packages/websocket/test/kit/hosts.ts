import type { WebSocketEvent, WebSocketHost } from "@effect-enet/websocket"
import { NodeWebSocketClient, NodeWebSocketServer } from "@effect-enet/websocket"
import { type Cause, Effect, Queue, Stream } from "effect"

export type Host = WebSocketHost.WebSocketHost["Service"]

/** All events of a host, in a queue. */
export const eventsOf = Effect.fnUntraced(function*(host: Host) {
  const events = yield* Queue.unbounded<WebSocketEvent.WebSocketEvent>()
  yield* Effect.forkScoped(
    Stream.runForEachArray(host.events, (batch) => Queue.offerAll(events, batch)),
    { startImmediately: true }
  )
  return events
})

type Tag = WebSocketEvent.WebSocketEvent["_tag"]
type Tagged<T extends Tag> = Extract<WebSocketEvent.WebSocketEvent, { readonly _tag: T }>

const isTag = <T extends Tag>(event: WebSocketEvent.WebSocketEvent, tag: T): event is Tagged<T> => event._tag === tag

/** The next event, which must have this tag. */
export const expectEvent = <T extends Tag>(
  events: Queue.Dequeue<WebSocketEvent.WebSocketEvent>,
  tag: T
): Effect.Effect<Tagged<T>, Cause.TimeoutError> =>
  Effect.flatMap(
    Effect.timeout(Queue.take(events), "10 seconds"),
    (event) => isTag(event, tag) ? Effect.succeed(event) : Effect.die(new Error(`expected ${tag}, got ${event._tag}`))
  )

export const portOf = (host: Host): number => host.address?.port ?? 0

export const urlOf = (host: Host): string => `ws://127.0.0.1:${portOf(host)}/`

export const serverOn = (options: Partial<NodeWebSocketServer.Options> = {}) =>
  NodeWebSocketServer.make({ port: 0, bindAddress: "127.0.0.1", ...options })

/** A server with one client, and what both see from now on. */
export const connected = Effect.fnUntraced(function*(options: {
  readonly server?: Partial<NodeWebSocketServer.Options>
  readonly client?: Partial<NodeWebSocketClient.Options>
} = {}) {
  const server = yield* serverOn(options.server)
  const serverEvents = yield* eventsOf(server)
  const client = yield* NodeWebSocketClient.make({ url: urlOf(server), ...options.client })
  const clientEvents = yield* eventsOf(client)
  const { peer } = yield* expectEvent(serverEvents, "PeerConnected")
  yield* expectEvent(clientEvents, "PeerConnected")
  return { server, serverEvents, client, clientEvents, peer, id: peer.id }
})

/** The reason of a failure. */
export const reasonOf = <A, E extends { readonly reason: unknown }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

/** Waits until a condition holds. */
export const eventually = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.andThen(Effect.sleep("5 millis"), condition).pipe(
    Effect.repeat({ until: (holds) => holds }),
    Effect.timeout("10 seconds")
  )

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
