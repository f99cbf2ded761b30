/**
 * Servers on Node.
 *
 * The layer owns the port and every connection: closing its scope closes them.
 *
 * @since 0.1.0
 */
import { Entropy } from "@effect-enet/core/Entropy"
import { integer } from "@effect-enet/core/HostOptions"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"
import { Driver } from "./internal/Driver.ts"
import { Listener } from "./internal/Listener.ts"
import { makeHost } from "./internal/makeHost.ts"
import { serverContext } from "./internal/tls.ts"
import { listen, rawSocket, remoteOf } from "./internal/wsSocket.ts"
import * as Connection from "./protocol/Connection.ts"
import { fromBits, SERVER } from "./protocol/PeerId.ts"
import type { ServerTls } from "./TlsOptions.ts"
import { fromReason, SocketFailed, type WebSocketError } from "./WebSocketError.ts"
import { WebSocketHost } from "./WebSocketHost.ts"
import { decodeOptions, resolve, type ResolvedOptions, type WebSocketOptions } from "./WebSocketOptions.ts"

const ServerFields = Schema.Struct({
  port: integer(0, 65_535),
  bindAddress: Schema.String.check(
    Schema.makeFilter((address: string) => address === "*" || Net.isIP(address) !== 0, {
      expected: "an IP address, or \"*\" for all"
    })
  ).pipe(Schema.withDecodingDefaultKey(Effect.succeed("*"))),
  maxPeers: integer(1, 1_048_576).pipe(Schema.withDecodingDefaultKey(Effect.succeed(4095))),
  pendingLimit: integer(1, 65_536).pipe(Schema.withDecodingDefaultKey(Effect.succeed(256))),
  refuseNewConnections: Schema.Boolean.pipe(Schema.withDecodingDefaultKey(Effect.succeed(false)))
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends WebSocketOptions {
  /** 0 to 65,535; 0 takes a free one, which `WebSocketHost.address` tells. */
  readonly port: number
  /** An IP address, or `*` for all of them, IPv4 and IPv6. Default `*`. */
  readonly bindAddress?: string | undefined
  /** Left out: `ws`, without encryption. */
  readonly tls?: ServerTls | undefined
  /** Peers at a time, 1 to 1,048,576. Default 4,095. */
  readonly maxPeers?: number | undefined
  /** Unfinished handshakes at a time, 1 to 65,536; for a newcomer the oldest one is dropped. Default 256. */
  readonly pendingLimit?: number | undefined
  /** Refuse newcomers from the start. Default false. */
  readonly refuseNewConnections?: boolean | undefined
}

/**
 * Options of both sides, and a server's own, with the defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export type ResolvedServerOptions = ResolvedOptions & typeof ServerFields.Type

const details: Readonly<Record<string, string>> = {
  EADDRINUSE: "address in use",
  EADDRNOTAVAIL: "address not available",
  EACCES: "permission denied"
}

const listening = (server: Net.Server, options: Net.ListenOptions): Effect.Effect<void, WebSocketError> =>
  Effect.callback<void, WebSocketError>((resume) => {
    server.once("error", (cause: Error & { readonly code?: string }) => {
      const detail = details[cause.code ?? ""] ?? cause.message
      resume(Effect.fail(fromReason(new SocketFailed({ operation: "open", detail, cause }))))
    })
    server.listen(options, () => resume(Effect.void))
  })

/** All addresses: of both families where there are both. */
const listeningEverywhere = (server: Net.Server, port: number): Effect.Effect<void, WebSocketError> =>
  listening(server, { port, host: "::" }).pipe(
    Effect.catch((error) =>
      error.reason._tag === "SocketFailed" && error.reason.detail !== "address in use"
        ? listening(server, { port, host: "0.0.0.0" })
        : Effect.fail(error)
    )
  )

const addressOf = (server: Net.Server): NetAddress.InetAddress | undefined => {
  const bound = server.address()
  return bound === null || typeof bound === "string"
    ? undefined
    : NetAddress.inetAddressFromIpStringUnsafe(bound.address, bound.port)
}

/**
 * A server that listens (`create_server`). It belongs to the scope: when that closes, peers are told and the port is
 * free.
 *
 * Fails with `InvalidOption`, and with `SocketFailed`, for example because the port is taken.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  { bindAddress, maxPeers, pendingLimit, port, refuseNewConnections, tls, ...rest }: Options
): Effect.fn.Return<WebSocketHost["Service"], WebSocketError, Scope.Scope> {
  const own = yield* decodeOptions(ServerFields, { bindAddress, maxPeers, pendingLimit, port, refuseNewConnections })
  const options = yield* resolve(rest)
  const secureContext = tls === undefined ? undefined : yield* serverContext(tls)
  const entropy = yield* Entropy
  const nothing = () => {}
  const driver = new Driver(options, yield* Clock.Clock, {
    onConnected: nothing,
    onBadId: nothing,
    onEnd: nothing
  })
  const listener = new Listener(
    {
      options: () => ({ ...own, ...driver.options }),
      now: () => driver.now,
      peerCount: () => driver.peers.size,
      onUpgrade: (socket, tcp) => {
        const id = fromBits(entropy(), (id) => driver.peers.has(id))
        const raw = rawSocket(socket, remoteOf(tcp))
        listen(socket, driver.attach(raw, ...Connection.accept(id, driver.options)))
      },
      onDeadlineMoved: () => driver.deadlineMoved.openUnsafe()
    },
    secureContext,
    own.refuseNewConnections
  )
  yield* Effect.acquireRelease(
    own.bindAddress === "*"
      ? listeningEverywhere(listener.server, own.port)
      : listening(listener.server, { port: own.port, host: own.bindAddress }),
    () => {
      listener.close()
      return driver.close
    }
  )
  const keepingTime: Effect.Effect<never> = Effect.suspend(() => {
    listener.pass()
    driver.deadlineMoved.closeUnsafe()
    const { deadline } = listener
    const moved = driver.deadlineMoved.await
    return deadline === undefined ? moved : Effect.raceFirst(Effect.sleep(deadline - driver.now), moved)
  }).pipe(Effect.forever({ disableYield: true }))
  yield* Effect.forkScoped(keepingTime)

  return makeHost(driver, {
    isServer: true,
    address: addressOf(listener.server),
    status: () => driver.isClosed ? "Disconnected" : "Connected",
    uniqueId: () => driver.isClosed ? 0 : SERVER,
    connected: Effect.void,
    refuseNewConnections: (refuse) => listener.refuse(refuse),
    pending: () => listener.pending,
    refused: () => Object.fromEntries(listener.refused)
  })
})

/**
 * `make` as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<WebSocketHost, WebSocketError> =>
  Layer.effect(WebSocketHost, make(options))
