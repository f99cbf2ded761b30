/**
 * `serve --websocket` and `client --url`: the same command over WebSocket. Its peers are made to look like ENet's, with
 * one channel, so that the events are the same.
 */
import * as EnetLike from "@effect-enet/websocket/EnetLike"
import * as NodeWebSocketClient from "@effect-enet/websocket/NodeWebSocketClient"
import * as NodeWebSocketServer from "@effect-enet/websocket/NodeWebSocketServer"
import { isSendable } from "@effect-enet/websocket/protocol"
import type { WebSocketError } from "@effect-enet/websocket/WebSocketError"
import type { WebSocketHost } from "@effect-enet/websocket/WebSocketHost"
import type { WebSocketPeer } from "@effect-enet/websocket/WebSocketPeer"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { attend } from "./attend.ts"
import type { ClientFlags, ServerFlags } from "./dtls.ts"
import type { Exchange } from "./Exchange.ts"
import { readText } from "./files.ts"
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

/** The first of these flags that was given. */
const firstGiven = (given: Readonly<Record<string, boolean>>): string | undefined =>
  Object.keys(given).find((flag) => given[flag])

const notHere = (
  mode: string,
  { checksum, compress, dtls, record }: DatagramFlags,
  others: Readonly<Record<string, boolean>>
): string | undefined => {
  const flag = firstGiven({
    "--dtls": dtls,
    "--checksum": checksum,
    "--compress": compress !== "none",
    "--record": Option.isSome(record),
    ...others
  })
  return flag === undefined ? undefined : `${flag} makes no sense with ${mode}`
}

export const validateServer = (
  flags: DatagramFlags & ServerFlags & {
    readonly websocket: boolean
    readonly channels: Option.Option<number>
    readonly inBandwidth: Option.Option<number>
    readonly outBandwidth: Option.Option<number>
    readonly mtu: Option.Option<number>
    readonly top: boolean
    readonly stats: boolean
  }
) => {
  if (!flags.websocket) return Effect.void
  const wrong = notHere("--websocket", flags, {
    "--channels": Option.isSome(flags.channels),
    "--in-bandwidth": Option.isSome(flags.inBandwidth),
    "--out-bandwidth": Option.isSome(flags.outBandwidth),
    "--mtu": Option.isSome(flags.mtu),
    "--top": flags.top,
    "--stats": flags.stats
  })
  const isHalf = Option.isSome(flags.cert) !== Option.isSome(flags.key)
  return complain(wrong ?? (isHalf ? "wss needs both --cert and --key" : undefined))
}

const withTls = (url: string, { ca, hostname, insecure }: ClientFlags): string | undefined => {
  if (insecure && Option.isSome(hostname)) return "--hostname is not checked with --insecure: leave one of them out"
  const given = firstGiven({ "--ca": Option.isSome(ca), "--hostname": Option.isSome(hostname), "--insecure": insecure })
  return given === undefined || /^wss:/i.test(url) ? undefined : `${given} needs a URL with wss://`
}

export const validateClient = (
  flags: DatagramFlags & ClientFlags & {
    readonly url: Option.Option<string>
    readonly host: string
    readonly port: number
    readonly data: Option.Option<number>
    readonly channel: number
    readonly channels: Option.Option<number>
    readonly mode: string
    readonly disconnectData: number
  }
) => {
  const { channel, disconnectData, host, mode, port, url } = flags
  if (Option.isNone(url)) return complain(host === "" || port === 0 ? "needs --host and --port, or --url" : undefined)
  if (host !== "" || port !== 0) return complain("--url says host and port already")
  if (channel !== 0 || mode !== "reliable") return complain("--url has one channel, and reliable packets only")
  if (disconnectData !== 0 && !isSendable(disconnectData)) {
    return complain("--disconnect-data is a Close code with --url: 1000 to 1003, 1007 to 1011, 3000 to 4999, or 0")
  }
  const others = { "--data": Option.isSome(flags.data), "--channels": Option.isSome(flags.channels) }
  return complain(notHere("--url", flags, others) ?? withTls(url.value, flags))
}

const userError = (what: string) => (error: WebSocketError | CliError.UserError) =>
  error._tag === "UserError" ? error : new CliError.UserError({
    cause: error,
    userMessage: error.reason._tag === "SocketFailed" ? `${what}: ${error.reason.detail}` : error.message
  })

/** For flags that `validateServer` has let pass. */
const serverTls = Effect.fnUntraced(function*({ cert, key }: ServerFlags) {
  if (Option.isNone(cert) || Option.isNone(key)) return undefined
  return { key: Redacted.make(yield* readText(key.value)), certificate: yield* readText(cert.value) }
})

/** For flags that `validateClient` has let pass. */
const clientTls = Effect.fnUntraced(function*({ ca, hostname, insecure }: ClientFlags) {
  const roots = Option.isSome(ca) ? yield* readText(ca.value) : undefined
  return { roots, hostName: Option.getOrUndefined(hostname), unsafe: insecure }
})

/** The protocol has nothing to measure a round trip by. */
const asRemote = (peer: WebSocketPeer): Session.Remote => ({
  ...EnetLike.fromPeer(peer),
  statistics: Effect.succeed({ roundTripTime: 0 })
})

/** Disconnects all peers; the server's scope waits until they are gone. */
const farewell = (server: WebSocketHost["Service"]): Effect.Effect<void> =>
  Effect.flatMap(
    server.peers,
    (peers) => Effect.forEach(peers, (peer) => Effect.ignore(peer.disconnect({ code: GOING_AWAY })), { discard: true })
  )

/** Echoes until it is interrupted; then the peers are told. */
export const serve = Effect.fnUntraced(
  function*(
    flags: ServerFlags & { readonly host: string; readonly port: number; readonly maxPeers: number },
    output: Output
  ) {
    const { maxPeers, port } = flags
    const tls = yield* serverTls(flags)
    const server = yield* NodeWebSocketServer.make({ port, bindAddress: flags.host, maxPeers, tls, ...sizes })
    const host = server.address === undefined ? flags.host : NetAddress.formatIp(server.address.address)
    yield* output.print([{ event: "listening", host, port: server.address?.port ?? port }])
    const serving = yield* Effect.forkScoped(server.serve((peer) => attend(output)(EnetLike.fromPeer(peer), 0)))
    return yield* Fiber.join(serving).pipe(Effect.onInterrupt(() => farewell(server)))
  },
  Effect.scoped,
  (effect, { host, port }) => Effect.mapError(effect, userError(`cannot listen on ${host}:${port}`))
)

/** Connects, exchanges, disconnects. */
export const session = Effect.fnUntraced(
  function*(url: string, flags: ClientFlags, options: Session.SessionOptions, exchange: Exchange, output: Output) {
    const tls = /^wss:/i.test(url) ? yield* clientTls(flags) : undefined
    const connecting = NodeWebSocketClient.make({ url, tls, handshakeTimeout: options.timeoutMs, ...sizes })
    const client = yield* output.withStatus(connecting, () => `waiting for ${url} to answer`).pipe(
      Effect.mapError(userError(url))
    )
    const peer = yield* Effect.mapError(client.peer(1), userError(url))
    yield* Session.converse(asRemote(peer), options, exchange, output)
  },
  Effect.scoped
)
