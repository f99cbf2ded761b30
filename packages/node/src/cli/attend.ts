/**
 * What `effect-enet serve` does with one peer: echo, and tell.
 */
import type { EnetPeer, Message } from "@effect-enet/core/EnetPeer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { connectLine, disconnectLine, receiveLine } from "./lines.ts"
import type { Output } from "./Output.ts"

/** What an echo needs of a peer: ENet's own, or another that is made to look like it. */
export type Echoed = Pick<EnetPeer, "id" | "address" | "channelCount" | "send" | "messages" | "closed">

const echo = (output: Output, peer: Echoed) => (messages: ReadonlyArray<Message>) =>
  Effect.andThen(
    output.print(messages.map((message) => receiveLine(peer, message))),
    Effect.forEach(
      messages,
      // To a peer that is gone already, there is nothing to send; what it had sent is still told.
      ({ channel, mode, packet }) => Effect.ignore(peer.send(channel, packet, { mode, whenFull: "wait" })),
      { discard: true }
    )
  )

// Uninterruptible, because a peer that goes is interrupted although packets of it may still be unread. `messages` ends
// by itself when the peer is gone, and `send` fails.
export const attend = (output: Output) => (peer: Echoed, data: number) =>
  output.print([connectLine(peer, data)]).pipe(
    Effect.andThen(Stream.runForEachArray(peer.messages, echo(output, peer))),
    Effect.andThen(peer.closed),
    Effect.flatMap((reason) => output.print([disconnectLine(peer, reason)])),
    Effect.uninterruptible
  )
