/**
 * Three ways into the room. Each is a host with a handler; what differs is the layer below.
 */
import { EnetHost } from "@effect-enet/core"
import { EnetLike, WebSocketHost, type WebSocketPeer } from "@effect-enet/websocket"
import { Effect, Stream } from "effect"
import type { Guest, Room, Transport } from "./room.ts"

const decoder = new TextDecoder()

/** ENet's disconnect has a number and no text: the reason is the last line. */
const guest = (via: Transport, peer: EnetLike.EnetLike): Guest => ({
  via,
  lines: Stream.map(peer.messages, ({ packet }) => decoder.decode(packet)),
  say: (line) => Effect.ignore(peer.send(0, line, { whenFull: "drop" })),
  kick: (reason) =>
    Effect.ignore(Effect.andThen(peer.send(0, `* you were kicked: ${reason}`), peer.disconnectLater(KICKED)))
})

/** For applications there are close codes from 4000. */
export const KICKED = 4001

/** A Close has room for a reason, of 123 bytes. */
const fromWebSocket = (peer: WebSocketPeer.WebSocketPeer): Guest => ({
  ...guest("WebSocket", EnetLike.fromPeer(peer)),
  kick: (reason) => Effect.ignore(peer.disconnect({ code: KICKED, reason: reason.slice(0, 40), linger: 100 }))
})

export const openEnet = (room: Room, via: Transport) =>
  Effect.flatMap(EnetHost.EnetHost, (host) => host.serve((peer) => room.attend(guest(via, peer))))

export const openWebSocket = (room: Room) =>
  Effect.flatMap(WebSocketHost.WebSocketHost, (host) => host.serve((peer) => room.attend(fromWebSocket(peer))))
