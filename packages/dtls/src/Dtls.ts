/**
 * DTLS 1.2 between a host and its socket. The program on top does not change:
 *
 * ```ts
 * import { EnetHost } from "@effect-enet/core"
 * import { Dtls } from "@effect-enet/dtls"
 * import { NodeEnetHost } from "@effect-enet/node"
 * import { Layer } from "effect"
 * import { readFileSync } from "node:fs"
 *
 * export const host = EnetHost.layer({ maxPeers: 64 }).pipe(
 *   Layer.provide(Dtls.layerServer({
 *     key: readFileSync("server.key", "utf8"),
 *     certificate: readFileSync("server.pem", "utf8")
 *   })),
 *   Layer.provide(NodeEnetHost.layerSocket({ bind: { port: 7777 } }))
 * )
 * ```
 *
 * There is one association for each remote address. They are closed with the scope of the socket's reader, and the other
 * sides are told.
 *
 * @since 0.1.0
 */
import { type LostRemote, LostRemotes } from "@effect-enet/core/LostRemotes"
import { SocketDrops } from "@effect-enet/core/SocketDrops"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as DatagramSocket from "effect/socket/DatagramSocket"
import * as Stream from "effect/Stream"
import type { DtlsError } from "./DtlsError.ts"
import type { ClientOptions, ServerOptions } from "./DtlsOptions.ts"
import { type DtlsEvent, DtlsSocket } from "./DtlsSocket.ts"
import { ClientEndpoint } from "./internal/ClientEndpoint.ts"
import { receiveBuffer, resolveClient, resolveServer } from "./internal/config.ts"
import { ServerEndpoint } from "./internal/ServerEndpoint.ts"
import { type DtlsParts, makeSocket } from "./internal/socket.ts"

/** So that hosts learn of associations that have ended, or did not come about. */
const lostRemotes = (events: Stream.Stream<DtlsEvent>): Stream.Stream<LostRemote> =>
  Stream.flatMap(events, (event) =>
    event._tag === "Ended"
      ? Stream.succeed({ address: event.address, detail: event.error.message, cause: event.error })
      : Stream.empty)

/** So that hosts count what DTLS has ignored, under names of its own. */
const socketDrops = (dropped: DtlsParts["dropped"]): SocketDrops => () =>
  Object.fromEntries(Object.entries(dropped()).map(([reason, count]) => [`Dtls${reason}`, count]))

const services = ({ dropped, service, socket }: DtlsParts) =>
  Context.make(DatagramSocket.DatagramSocket, socket).pipe(
    Context.add(DtlsSocket, service),
    Context.add(LostRemotes, lostRemotes(service.events)),
    Context.add(SocketDrops, socketDrops(dropped))
  )

/**
 * Encrypts as a server: clients begin associations, and whoever has none cannot be written to.
 *
 * Fails with `InvalidOption` when the key and the certificate cannot be used, or another option is out of range.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerServer = (
  options: ServerOptions
): Layer.Layer<DatagramSocket.DatagramSocket | DtlsSocket, DtlsError, DatagramSocket.DatagramSocket> =>
  Layer.effectContext(Effect.gen(function*() {
    const { config, limits, isRefusing } = yield* resolveServer(options)
    let refusing = isRefusing
    const parts = yield* makeSocket(
      (sink, random, time) => new ServerEndpoint(config, limits, refusing, sink, random, time),
      yield* receiveBuffer(options),
      (endpoint, refuse) => {
        refusing = refuse
        if (endpoint instanceof ServerEndpoint) endpoint.isRefusing = refuse
      }
    )
    return services(parts)
  }))

/**
 * Encrypts as a client: the first datagram to an address begins an association with it, and waits for it.
 *
 * Fails with `InvalidOption`; in particular when there are neither trusted certificates nor the word that none are wanted.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (
  options: ClientOptions
): Layer.Layer<DatagramSocket.DatagramSocket | DtlsSocket, DtlsError, DatagramSocket.DatagramSocket> =>
  Layer.effectContext(Effect.gen(function*() {
    const { configFor } = yield* resolveClient(options)
    const parts = yield* makeSocket(
      (sink, random) => new ClientEndpoint(configFor, sink, random),
      yield* receiveBuffer(options),
      () => {}
    )
    return services(parts)
  }))
