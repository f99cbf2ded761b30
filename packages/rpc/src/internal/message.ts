/**
 * Between packets and RPC messages.
 */
import type { Channel, TypedPeer } from "@effect-enet/core"
import type { Parser } from "effect/rpc/RpcSerialization"
import * as Stream from "effect/Stream"

const encoder = new TextEncoder()

/** The bytes of a message; `undefined` where the serialization has nothing to say. Throws what the serialization throws. */
export const encode = (parser: Parser, message: unknown): Uint8Array | undefined => {
  const encoded = parser.encode(message)
  return typeof encoded === "string" ? encoder.encode(encoded) : encoded
}

const isMessage = (value: unknown): value is { readonly _tag: string } =>
  typeof value === "object" && value !== null && "_tag" in value && typeof value._tag === "string"

/** The messages of a packet, or the reason why there are none. */
export const decode = (
  parser: Parser,
  packet: Uint8Array
): { readonly messages: ReadonlyArray<{ readonly _tag: string }> } | { readonly cause: unknown } => {
  try {
    const decoded = parser.decode(packet)
    const messages = decoded.filter(isMessage)
    return messages.length === decoded.length ? { messages } : { cause: new Error("a message without a tag") }
  } catch (cause) {
    return { cause }
  }
}

/** The packets of a peer on a channel. They are all bytes, which the compiler cannot see while the channel is generic. */
export const packetsOf = <Channels extends Channel.Any, Name extends Channels["name"]>(
  peer: TypedPeer.TypedPeer<Channels>,
  channel: Channel.Channel<Name, Uint8Array> & Channels
): Stream.Stream<Uint8Array> =>
  Stream.filter(
    Stream.map(peer.messages(channel), ({ message }): unknown => message),
    (message) => message instanceof Uint8Array
  )
