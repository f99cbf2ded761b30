/**
 * `serve --websocket` and `client --url`: the same command over WebSocket. Its peers are made to look like ENet's, with
 * one channel, so that the events are the same.
 */
import { type EnetError, fromReason, PacketTooLarge, PeerDisconnected } from "@effect-enet/core/EnetError"
import type { DisconnectReason } from "@effect-enet/core/EnetEvent"
import * as NodeWebSocketClient from "@effect-enet/websocket/NodeWebSocketClient"
import * as NodeWebSocketServer from "@effect-enet/websocket/NodeWebSocketServer"
import type { WebSocketError } from "@effect-enet/websocket/WebSocketError"
import type * as WebSocketEvent from "@effect-enet/websocket/WebSocketEvent"
import type { WebSocketHost } from "@effect-enet/websocket/WebSocketHost"
import type { DisconnectOptions, WebSocketPeer } from "@effect-enet/websocket/WebSocketPeer"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { attend } from "./attend.ts"
import type { Exchange } from "./Exchange.ts"
import type { Output } from "./Output.ts"
import * as Session from "./session.ts"

export const serverFlags = {
  websocket: Flag.Boolean("websocket").pipe(
    Flag.withDescription("Listen for WebSockets, as Godot's WebSocketMultiplayerPeer does, instead of UDP"),
    Flag.withDefault(false)
  )
}

export const clientFlags = {
  url: Flag.String("url").pipe(
    Flag.withMetavar("url"),
    Flag.withDescription("Connect to a WebSocket server, ws:// or wss://, instead of --host and --port"),
    Flag.optional
  )
}

/** Packets of the size that ENet's hosts take. */
const sizes = { inboundBufferSize: 33_554_432, outboundBufferSize: 33_554_432 }

/** Godot reads what arrives before a Close, not what arrives with it. */
const LINGER = 100

/** What a server says that ends. */
const GOING_AWAY = 1001

const complain = (message: string | undefined): Effect.Effect<void, CliError.ValidationError> =>
  message === undefined ? Effect.void : Effect.fail(new CliError.ValidationError({ message }))

/** What only hosts on UDP have. */
interface DatagramFlags {
  readonly checksum: boolean
  readonly compress: string
  readonly record: Option.Option<string>
  readonly dtls: boolean
}

const notHere = (mode: string, { checksum, compress, dtls, record }: DatagramFlags): string | undefined => {
  if (dtls) return `--dtls makes no sense with ${mode}`
  if (checksum) return `--checksum makes no sense with ${mode}`
  if (compress !== "none") return `--compress makes no sense with ${mode}`
  return Option.isSome(record) ? `--record makes no sense with ${mode}` : undefined
}

export const validateServer = (
  flags: DatagramFlags & { readonly websocket: boolean; readonly top: boolean; readonly stats: boolean }
) => {
  if (!flags.websocket) return Effect.void
  const watching = flags.top ? "--top" : flags.stats ? "--stats" : undefined
  return complain(
    watching === undefined ? notHere("--websocket", flags) : `${watching} makes no sense with --websocket`
  )
}

export const validateClient = (
  flags: DatagramFlags & {
    readonly url: Option.Option<string>
    readonly host: string
    readonly port: number
    readonly channel: number
    readonly mode: string
  }
) => {
  const { channel, host, mode, port, url } = flags
  if (Option.isNone(url)) return complain(host === "" || port === 0 ? "needs --host and --port, or --url" : undefined)
  if (host !== "" || port !== 0) return complain("--url says host and port already")
  if (channel !== 0 || mode !== "reliable") return complain("--url has one channel, and reliable packets only")
  return complain(notHere("--url", flags))
}

const userError = (what: string) => (error: WebSocketError) =>
  new CliError.UserError({
    cause: error,
    userMessage: error.reason._tag === "SocketFailed" ? `${what}: ${error.reason.detail}` : error.message
  })

const sendError = ({ reason }: WebSocketError): EnetError => {
  const { _tag } = reason
  return fromReason(
    _tag === "PacketTooLarge"
      ? new PacketTooLarge({ size: reason.size, maximum: reason.maximum })
      : new PeerDisconnected({ peer: _tag === "PeerDisconnected" ? reason.peer : 0 })
  )
}

const reasonOf = (reason: WebSocketEvent.DisconnectReason): DisconnectReason => {
  switch (reason._tag) {
    case "Remote":
      return { _tag: "Remote", data: reason.code }
    case "Local":
      return { _tag: "Local" }
    case "Lost":
      return { _tag: "Timeout" }
    case "Violation":
    case "Closed":
      return { _tag: "Closed" }
  }
}

const nowhere = NetAddress.inetAddressUnsafe(NetAddress.ipv4Unspecified, 0)

/** A peer as ENet has them. Its number of a disconnect is the code of the Close, 0 the normal one. */
const asEnet = (peer: WebSocketPeer): Session.Remote => {
  const disconnect = (options: DisconnectOptions) => (data = 0) =>
    Effect.mapError(peer.disconnect({ ...options, ...(data !== 0 && { code: data }) }), sendError)
  return {
    id: peer.id,
    address: peer.address ?? nowhere,
    channelCount: 1,
    send: (_, packet, options) => Effect.mapError(peer.send(packet, { whenFull: options?.whenFull }), sendError),
    messages: Stream.map(peer.messages, (packet) => ({ channel: 0, packet, mode: "reliable" })),
    closed: Effect.map(peer.closed, reasonOf),
    disconnect: disconnect({}),
    disconnectLater: disconnect({ linger: LINGER }),
    disconnectNow: disconnect({ force: true }),
    // the protocol has nothing to measure it by
    statistics: Effect.succeed({ roundTripTime: 0 })
  }
}

/** Disconnects all peers; the server's scope waits until they are gone. */
const farewell = (server: WebSocketHost["Service"]): Effect.Effect<void> =>
  Effect.flatMap(
    server.peers,
    (peers) => Effect.forEach(peers, (peer) => Effect.ignore(peer.disconnect({ code: GOING_AWAY })), { discard: true })
  )

/** Echoes until it is interrupted; then the peers are told. */
export const serve = Effect.fnUntraced(
  function*(flags: { readonly host: string; readonly port: number; readonly maxPeers: number }, output: Output) {
    const { maxPeers, port } = flags
    const server = yield* NodeWebSocketServer.make({ port, bindAddress: flags.host, maxPeers, ...sizes })
    const host = server.address === undefined ? flags.host : NetAddress.formatIp(server.address.address)
    yield* output.print([{ event: "listening", host, port: server.address?.port ?? port }])
    const serving = yield* Effect.forkScoped(server.serve((peer) => attend(output)(asEnet(peer), 0)))
    return yield* Fiber.join(serving).pipe(Effect.onInterrupt(() => farewell(server)))
  },
  Effect.scoped,
  (effect, { host, port }) => Effect.mapError(effect, userError(`cannot listen on ${host}:${port}`))
)

/** Connects, exchanges, disconnects. */
export const session = Effect.fnUntraced(
  function*(url: string, options: Session.SessionOptions, exchange: Exchange, output: Output) {
    const client = yield* NodeWebSocketClient.make({ url, handshakeTimeout: options.timeoutMs, ...sizes }).pipe(
      Effect.mapError(userError(url))
    )
    const peer = yield* Effect.mapError(client.peer(1), userError(url))
    yield* Session.converse(asEnet(peer), options, exchange, output)
  },
  Effect.scoped
)
