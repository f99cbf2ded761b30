/**
 * The server's protocol: one fiber for each peer, so that a peer that is slow to take its answers holds up nobody else.
 */
import type { Channel, EnetError, TypedHost, TypedPeer } from "@effect-enet/core"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type { FromClientEncoded } from "effect/rpc/RpcMessage"
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import * as RpcServer from "effect/rpc/RpcServer"
import * as Stream from "effect/Stream"
import { decode, encode, packetsOf } from "./message.ts"

export const MALFORMED = 0x52500001

type Write = (clientId: number, message: FromClientEncoded) => Effect.Effect<void>

interface Client {
  readonly parser: RpcSerialization.Parser
  readonly send: (bytes: Uint8Array) => Effect.Effect<void>
}

/** Who is gone needs no answer; that an answer is too large is a defect of its call. */
const unlessGone = (error: EnetError.EnetError): Effect.Effect<void> =>
  error.reason._tag === "PeerDisconnected" ? Effect.void : Effect.die(error)

export const makeProtocol = Effect.fnUntraced(function*<Channels extends Channel.Any, Name extends Channels["name"]>(
  host: TypedHost.TypedHost<Channels>,
  channel: Channel.Channel<Name, Uint8Array> & Channels
) {
  const serialization = yield* RpcSerialization.RpcSerialization
  const disconnects = yield* Queue.make<number>()
  const fibers = yield* FiberSet.make()
  const clients = new Map<number, Client>()

  const receive = (peer: TypedPeer.TypedPeer<Channels>, client: Client, write: Write) => (packet: Uint8Array) => {
    const decoded = decode(client.parser, packet)
    if ("cause" in decoded) return Effect.fail(decoded.cause)
    // what the server does not know of it, it answers with a defect
    const messages = decoded.messages as ReadonlyArray<FromClientEncoded>
    return Effect.forEach(messages, (message) => write(peer.connection, message), { discard: true })
  }

  const attend = (peer: TypedPeer.TypedPeer<Channels>, write: Write): Effect.Effect<void> => {
    const id = peer.connection
    const client: Client = {
      parser: serialization.makeUnsafe(),
      send: (bytes) =>
        peer.send(channel, bytes).pipe(Effect.catchTag("ChannelError", Effect.die), Effect.catch(unlessGone))
    }
    clients.set(id, client)
    const onPacket = receive(peer, client, write)
    return packetsOf(peer, channel).pipe(
      Stream.runForEach(onPacket),
      Effect.catchCause(() => Effect.ignore(peer.raw.disconnect(MALFORMED))),
      Effect.ensuring(Effect.suspend(() => {
        clients.delete(id)
        return Queue.offer(disconnects, id)
      }))
    )
  }

  return yield* RpcServer.Protocol.make((write) =>
    Effect.as(
      Effect.forkScoped(
        Effect.ignore(Stream.runForEach(host.connections, ({ _tag, peer }) =>
          _tag === "Connected" && !peer.isOutgoing ? FiberSet.run(fibers, attend(peer, write)) : Effect.void))
      ),
      {
        disconnects,
        send: (clientId, response) =>
          Effect.suspend(() => {
            const client = clients.get(clientId)
            const bytes = client && encode(client.parser, response)
            return client === undefined || bytes === undefined ? Effect.void : client.send(bytes)
          }),
        end: () =>
          Effect.void,
        clientIds: Effect.sync(() => new Set(clients.keys())),
        initialMessage: Effect.succeed(Option.none()),
        supportsAck: true,
        supportsTransferables: false,
        supportsSpanPropagation: true,
        supportsNotifications: true,
        codecFor: serialization.codecFor
      }
    )
  )
})
