/**
 * Three ways into the room. Each is a host with a handler; what differs is the layer below.
 */
import { EnetHost, type EnetPeer } from "@effect-enet/core"
import { WebSocketHost, type WebSocketPeer } from "@effect-enet/websocket"
import { Effect, Stream } from "effect"
import type { Guest, Room, Transport } from "./room.ts"

const decoder = new TextDecoder()

/** ENet's disconnect has a number and no text: the reason is the last line. */
const fromEnet = (via: Transport, peer: EnetPeer.EnetPeer): Guest => ({
  via,
  lines: Stream.map(peer.messages, ({ packet }) => decoder.decode(packet)),
  say: (line) => Effect.ignore(peer.send(0, line, { whenFull: "drop" })),
  kick: (reason) =>
    Effect.ignore(Effect.andThen(peer.send(0, `* you were kicked: ${reason}`), peer.disconnectLater(KICKED)))
})

/** For applications there are close codes from 4000. */
export const KICKED = 4001

const fromWebSocket = (peer: WebSocketPeer.WebSocketPeer): Guest => ({
  via: "WebSocket",
  lines: Stream.map(peer.messages, (packet) => decoder.decode(packet)),
  say: (line) => Effect.ignore(peer.send(line, { whenFull: "drop" })),
  // a Close has room for 123 bytes
  kick: (reason) => Effect.ignore(peer.disconnect({ code: KICKED, reason: reason.slice(0, 40), linger: 100 }))
})

export const openEnet = (room: Room, via: Transport) =>
  Effect.flatMap(EnetHost.EnetHost, (host) => host.serve((peer) => room.attend(fromEnet(via, peer))))

export const openWebSocket = (room: Room) =>
  Effect.flatMap(WebSocketHost.WebSocketHost, (host) => host.serve((peer) => room.attend(fromWebSocket(peer))))
