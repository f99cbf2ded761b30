/**
 * `effect-enet serve`: echoes each packet on its channel with its delivery mode.
 *
 * One fiber per peer reads that peer's packets and sends them back with `whenFull: "wait"`. A peer that does not take its
 * echoes stops only its own fiber: its packets stay unread, so ENet makes the sender wait. Nothing reliable is dropped,
 * memory stays within the host's limits, and no other peer notices.
 */
import { EnetHost } from "@effect-enet/core/EnetHost"
import type { EnetPeer, Message } from "@effect-enet/core/EnetPeer"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as NodeEnetHost from "../NodeEnetHost.ts"
import { userError } from "./errors.ts"
import { farewell } from "./farewell.ts"
import * as Flags from "./flags.ts"
import { connectLine, disconnectLine, receiveLine, statsLine } from "./lines.ts"
import * as Output from "./Output.ts"
import { hostServices } from "./services.ts"

const echo = (output: Output.Output, peer: EnetPeer) => (messages: ReadonlyArray<Message>) =>
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
const attend = (output: Output.Output) => (peer: EnetPeer, data: number) =>
  output.print([connectLine(peer, data)]).pipe(
    Effect.andThen(Stream.runForEachArray(peer.messages, echo(output, peer))),
    Effect.andThen(peer.closed),
    Effect.flatMap((reason) => output.print([disconnectLine(peer, reason)])),
    Effect.uninterruptible
  )

const serving = Effect.fnUntraced(function*(output: Output.Output, options: { readonly stats: boolean }) {
  const host = yield* EnetHost
  const { address, port } = host.address
  yield* output.print([{ event: "listening", host: NetAddress.formatIp(address), port }])
  if (options.stats) {
    const print = Effect.flatMap(host.popStatistics, (statistics) => output.print([statsLine(statistics)]))
    yield* Effect.forkScoped(Effect.repeat(print, Schedule.spaced("1 second")))
  }
  const server = yield* Effect.forkScoped(host.serve(attend(output)))
  return yield* Fiber.join(server).pipe(Effect.onInterrupt(() => farewell(host)))
}, Effect.scoped)

export const serve = Command.make(
  "serve",
  {
    port: Flags.int("port", 0, 65_535, "Port to listen on; 0 takes a free one"),
    host: Flag.String("host").pipe(
      Flag.withDescription("Address to listen on; :: takes IPv4 and IPv6 (default 0.0.0.0)"),
      Flag.withDefault("0.0.0.0")
    ),
    maxPeers: Flags.intOr(32, "max-peers", 1, 4095, "Connections at a time"),
    channels: Flags.intOr(255, "channels", 0, 255, "Most channels per connection; 0 means 255"),
    inBandwidth: Flags.intOr(0, "in-bandwidth", 0, Flags.U32, "Bytes per second that may come in; 0 means unlimited"),
    outBandwidth: Flags.intOr(0, "out-bandwidth", 0, Flags.U32, "Bytes per second that may go out; 0 means unlimited"),
    mtu: Flags.intOr(1392, "mtu", 576, 4096, "Largest datagram in bytes"),
    checksum: Flags.checksum,
    compress: Flags.compress,
    record: Flags.record,
    stats: Flag.Boolean("stats").pipe(
      Flag.withDescription("Print every second what came, went and was dropped, by reason"),
      Flag.withDefault(false)
    ),
    json: Flags.json
  },
  Effect.fnUntraced(function*(flags) {
    const output = yield* Output.make(flags)
    const host = NodeEnetHost.layer({
      bind: { address: flags.host, port: flags.port },
      maxPeers: flags.maxPeers,
      channelLimit: flags.channels,
      incomingBandwidth: flags.inBandwidth,
      outgoingBandwidth: flags.outBandwidth,
      mtu: flags.mtu
    }).pipe(Layer.provide(hostServices(flags)))
    return yield* serving(output, flags).pipe(
      Effect.provide(host),
      Effect.mapError((error) => userError(error, `${flags.host}:${flags.port}`))
    )
  })
).pipe(
  Command.withDescription("Listen and echo each packet on its channel, with its delivery mode"),
  Command.withExamples([
    { command: "effect-enet serve --port 7777", description: "Echo on every IPv4 address" },
    { command: "effect-enet serve --port 7777 --host :: --json", description: "IPv4 and IPv6, for other programs" }
  ])
)
