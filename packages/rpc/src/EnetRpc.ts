/**
 * Effect RPC over ENet: `RpcServer` and `RpcClient` with one reliable channel of a connection below them.
 *
 * ENet keeps the boundaries of messages and their order, splits large ones, and watches over the connection; so there is
 * neither framing nor ping here. Whatever is below the host stays below it: DTLS, compressors, simulated networks.
 *
 * @since 0.1.0
 */
import { Channel, ChannelSet, Encoding, TypedHost, type TypedPeer } from "@effect-enet/core"
import type { ChannelError } from "@effect-enet/core/ChannelError"
import type { EnetError } from "@effect-enet/core/EnetError"
import type { ConnectOptions, EnetHost } from "@effect-enet/core/EnetHost"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RpcClient from "effect/rpc/RpcClient"
import type * as RpcSerialization from "effect/rpc/RpcSerialization"
import * as RpcServer from "effect/rpc/RpcServer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as client from "./internal/client.ts"
import * as server from "./internal/server.ts"

/**
 * The disconnect data for a client that sent what is no RPC message.
 *
 * @since 0.1.0
 * @category constants
 */
export const MALFORMED = server.MALFORMED

/**
 * A channel for RPC, for a channel set that has other channels too.
 *
 * @since 0.1.0
 * @category channels
 */
export const channel = <const Name extends string>(
  name: Name,
  options: {
    /** The ENet channel, 0 to 253. */
    readonly id: number
    /** See `Channel.make`. Default 1 MiB. */
    readonly bufferLimit?: number | undefined
  }
): Channel.Channel<Name, Uint8Array> =>
  Channel.make(name, {
    id: options.id,
    schema: Schema.Uint8Array,
    encoding: Encoding.raw,
    bufferLimit: options.bufferLimit ?? 1_048_576
  })

/**
 * An `RpcServer.Protocol` for the peers that connect to a typed host. A handler's `client.id` is the `connection` of the
 * peer that calls. A peer that sends what is no RPC message is disconnected with `MALFORMED`; the calls of a peer that
 * is gone are interrupted.
 *
 * @since 0.1.0
 * @category protocols
 */
export const makeProtocolServer: <Channels extends Channel.Any, const Name extends Channels["name"]>(
  host: TypedHost.TypedHost<Channels>,
  channel: Channel.Channel<Name, Uint8Array> & Channels
) => Effect.Effect<
  RpcServer.Protocol["Service"],
  never,
  RpcSerialization.RpcSerialization | Scope.Scope
> = server.makeProtocol

/**
 * An `RpcClient.Protocol` for one peer. When the peer is gone, calls fail with an `RpcClientError` whose reason is a
 * `SocketCloseError` with the disconnect data as its code, or a `SocketReadError` after a timeout. It does not connect
 * again: make a new one for a new connection.
 *
 * @since 0.1.0
 * @category protocols
 */
export const makeProtocolClient: <Channels extends Channel.Any, const Name extends Channels["name"]>(
  peer: TypedPeer.TypedPeer<Channels>,
  channel: Channel.Channel<Name, Uint8Array> & Channels
) => Effect.Effect<
  RpcClient.Protocol["Service"],
  never,
  RpcSerialization.RpcSerialization | Scope.Scope
> = client.makeProtocol

const only = (id: number | undefined) => {
  const rpc = channel("rpc", { id: id ?? 0 })
  return { rpc, set: ChannelSet.make([rpc]) }
}

/**
 * `makeProtocolServer` on a host that does nothing else: all its packets are for RPC. Where it has other channels as well,
 * make a `TypedHost` with all of them and use `makeProtocolServer`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerServer = (options?: {
  /** The ENet channel, 0 to 253. Default 0. */
  readonly channel?: number | undefined
}): Layer.Layer<RpcServer.Protocol, EnetError, EnetHost | RpcSerialization.RpcSerialization> =>
  Layer.effect(
    RpcServer.Protocol,
    Effect.suspend(() => {
      const { rpc, set } = only(options?.channel)
      return Effect.flatMap(TypedHost.make(set), (host) => makeProtocolServer(host, rpc))
    })
  )

/**
 * Connects, and gives `makeProtocolClient` of the connection; the peer is disconnected when the layer's scope closes.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerClient = (
  options: Omit<ConnectOptions, "channels"> & {
    /** The server's. Default 0. */
    readonly channel?: number | undefined
  }
): Layer.Layer<RpcClient.Protocol, EnetError | ChannelError, EnetHost | RpcSerialization.RpcSerialization> =>
  Layer.effect(
    RpcClient.Protocol,
    Effect.suspend(() => {
      const { channel, ...connect } = options
      const { rpc, set } = only(channel)
      return TypedHost.make(set).pipe(
        Effect.flatMap((host) => host.connect(connect)),
        Effect.flatMap((peer) => makeProtocolClient(peer, rpc))
      )
    })
  )
