/**
 * ENet hosts on UDP sockets of Node.
 *
 * `layer` is an `EnetHost` with everything that Node provides: the socket, name resolution, kernel buffers. `layerSocket`
 * is the socket alone, for programs that put something between it and the host.
 *
 * The layer owns the socket: closing its scope disconnects the peers and frees the port.
 *
 * @since 0.1.0
 */
import * as DirectSocket from "@effect-enet/core/DirectSocket"
import type { EnetError } from "@effect-enet/core/EnetError"
import * as EnetHost from "@effect-enet/core/EnetHost"
import type { HostOptions } from "@effect-enet/core/HostOptions"
import * as NodeDatagramSocket from "@effect/platform-node/NodeDatagramSocket"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AddressResolver from "effect/net/AddressResolver"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as DatagramSocket from "effect/socket/DatagramSocket"
import type * as Dgram from "node:dgram"
import * as Net from "node:net"
import * as Resolver from "./internal/resolver.ts"
import { openSocket, sendNow } from "./internal/socket.ts"
import { type Family, resolve, type ResolvedSocketOptions, type SocketOptions } from "./SocketOptions.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends HostOptions, SocketOptions {}

// More datagrams than a full kernel buffer holds: after a long turn of the event loop they arrive all at once.
const receiveBuffer = { capacity: 4096, strategy: "dropping" } as const

const resolverFor = (family: Family | undefined) =>
  Effect.flatMap(
    Effect.serviceOption(AddressResolver.AddressResolver),
    Option.match({ onNone: () => Resolver.make(family), onSome: Effect.succeed })
  )

const lookupBind = Effect.fnUntraced(function*(options: ResolvedSocketOptions) {
  if (Net.isIP(options.address) !== 0) return options
  const resolver = yield* resolverFor(options.family)
  // A dual-stack socket binds an IPv6 address, whatever it talks to.
  const wanted = options.family === "dual" ? "IPv6" : Resolver.ipFamily(options.family)
  const found = yield* Resolver.first(resolver, options.address, options.port, wanted)
  const family: Family = options.family ?? (NetAddress.isInetAddressV6(found) ? "ipv6" : "ipv4")
  return { ...options, address: NetAddress.formatHost(found), family }
})

const prepare = Effect.fnUntraced(function*(given: SocketOptions) {
  const options = yield* Effect.flatMap(resolve(given), lookupBind)
  let open: Dgram.Socket | undefined
  const opening = openSocket({ ...options, ipv6: options.family !== "ipv4", ipv6Only: options.family === "ipv6" })
  const socket = yield* NodeDatagramSocket.fromSocket(
    Effect.tap(opening, (native) =>
      Effect.sync(() => {
        open = native
      })),
    { receiveBuffer }
  )
  return {
    socket: DirectSocket.make(socket, (payload, destination, done) => sendNow(open, payload, destination, done)),
    resolver: yield* resolverFor(options.family)
  }
})

/**
 * The socket of a host as a layer, to build a host with something in between: `EnetHost.layer(..)` on top of that
 * something, on top of `layerSocket(..)`. It opens when a host reads from it; a port that is taken fails there.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerSocket = (options: SocketOptions = {}): Layer.Layer<DatagramSocket.DatagramSocket, EnetError> =>
  Layer.effect(DatagramSocket.DatagramSocket, Effect.map(prepare(options), ({ socket }) => socket))

/**
 * A host on a UDP socket, which lives as long as the scope.
 *
 * Fails with `InvalidOption`, with `AddressNotResolved` when the bind address is an unknown name, and with `SocketFailed`,
 * for example because the port is taken. Host names are resolved by the system, unless an `AddressResolver` is provided.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options = {}
): Effect.fn.Return<EnetHost.EnetHost["Service"], EnetError, Scope.Scope> {
  const { resolver, socket } = yield* prepare(options)
  return yield* EnetHost.make(options).pipe(
    Effect.provideService(DatagramSocket.DatagramSocket, socket),
    Effect.provideService(AddressResolver.AddressResolver, resolver)
  )
})

/**
 * `make` as a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<EnetHost.EnetHost, EnetError> =>
  Layer.effect(EnetHost.EnetHost, make(options))
