/**
 * The client's protocol. Several clients may share a connection: an answer goes to the one that asked.
 */
import type { Channel, EnetError, EnetEvent, TypedPeer } from "@effect-enet/core"
import * as Effect from "effect/Effect"
import * as RpcClient from "effect/rpc/RpcClient"
import { RpcClientDefect, RpcClientError } from "effect/rpc/RpcClientError"
import type { FromClientEncoded, FromServerEncoded } from "effect/rpc/RpcMessage"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import { SocketCloseError, SocketReadError } from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import { decode, encode, packetsOf } from "./message.ts"

/** WebSocket's code for "the connection is closed as intended". */
const NORMAL = 1000

/** And its code for "the other side does not keep to the protocol". */
const PROTOCOL_ERROR = 1002

const closed = (code: number, closeReason: string) =>
  new RpcClientError({ reason: new SocketCloseError({ code, closeReason }) })

const errorOf = (reason: EnetEvent.DisconnectReason): RpcClientError => {
  switch (reason._tag) {
    case "Remote":
      return closed(reason.data, "the server disconnected")
    case "Refused":
      return closed(reason.data, "the server refused the connection")
    case "BudgetExceeded":
    case "ProtocolViolation":
      return closed(PROTOCOL_ERROR, "the server sent what this side does not take")
    case "Local":
    case "Closed":
      return closed(NORMAL, "the connection is closed on this side")
    case "Unreachable":
      return new RpcClientError({ reason: new SocketReadError({ cause: reason.cause }) })
    case "SocketFailed":
      return new RpcClientError({ reason: new SocketReadError({ cause: new Error("the socket failed") }) })
    case "Timeout":
      return new RpcClientError({
        reason: new SocketReadError({ cause: new Error("the server does not answer any more") })
      })
  }
}

const defect = (message: string, cause: unknown) =>
  new RpcClientError({ reason: new RpcClientDefect({ message, cause }) })

export const makeProtocol = Effect.fnUntraced(function*<Channels extends Channel.Any, Name extends Channels["name"]>(
  peer: TypedPeer.TypedPeer<Channels>,
  channel: Channel.Channel<Name, Uint8Array> & Channels
) {
  const serialization = yield* RpcSerialization.RpcSerialization
  const parser = serialization.makeUnsafe()
  /** Who asked. */
  const askers = new Map<string | number, number>()
  let failure: RpcClientError | undefined = undefined

  return yield* RpcClient.Protocol.make(Effect.fnUntraced(function*(write, clientIds) {
    const toAll = (response: FromServerEncoded) =>
      Effect.forEach([...clientIds], (clientId) => write(clientId, response), { discard: true })

    const failAll = (error: RpcClientError) => {
      askers.clear()
      return Effect.uninterruptible(toAll({ _tag: "ClientProtocolError", error }))
    }

    const receiveOne = (response: FromServerEncoded): Effect.Effect<void> => {
      if (response._tag === "Defect") askers.clear()
      const asker = "requestId" in response ? askers.get(response.requestId) : undefined
      if (asker === undefined || !("requestId" in response)) return toAll(response)
      if (response._tag === "Exit") askers.delete(response.requestId)
      return write(asker, response)
    }

    const receive = (packet: Uint8Array): Effect.Effect<void> => {
      const decoded = decode(parser, packet)
      if ("cause" in decoded) return failAll(defect("the server sent what is no RPC message", decoded.cause))
      // a server that sends other tags is ignored
      const responses = decoded.messages as ReadonlyArray<FromServerEncoded>
      return Effect.forEach(responses, receiveOne, { discard: true })
    }

    yield* packetsOf(peer, channel).pipe(
      Stream.runForEach(receive),
      Effect.andThen(peer.closed),
      Effect.flatMap((reason) => {
        failure = errorOf(reason)
        return failAll(failure)
      }),
      Effect.forkScoped({ startImmediately: true })
    )

    /** A peer that is about to be gone says why when it is. */
    const failed = (error: EnetError.EnetError): Effect.Effect<never, RpcClientError> =>
      error.reason._tag === "PeerDisconnected"
        ? Effect.flatMap(peer.closed, (reason) => Effect.fail(failure ?? errorOf(reason)))
        : Effect.fail(defect(error.message, error))

    const transmit = (request: FromClientEncoded): Effect.Effect<void, RpcClientError> => {
      const bytes = encode(parser, request)
      return bytes === undefined
        ? Effect.void
        : peer.send(channel, bytes).pipe(Effect.catchTag("ChannelError", Effect.die), Effect.catch(failed))
    }

    return {
      send: (clientId, request) =>
        Effect.suspend(() => {
          if (failure !== undefined) return Effect.fail(failure)
          if (request._tag === "Interrupt") askers.delete(request.requestId)
          if (request._tag !== "Request") return transmit(request)
          askers.set(request.id, clientId)
          return Effect.onError(transmit(request), () => Effect.sync(() => askers.delete(request.id)))
        }),
      supportsAck: true,
      supportsTransferables: false,
      codecFor: serialization.codecFor
    }
  }))
})
