/**
 * `effect-enet client`: sends packets to an echo server and checks what comes back.
 */
import { DeliveryMode } from "@effect-enet/core/DeliveryMode"
import * as EnetHost from "@effect-enet/core/EnetHost"
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Resolver from "../internal/resolver.ts"
import * as NodeEnetHost from "../NodeEnetHost.ts"
import * as Dtls from "./dtls.ts"
import { Unsuccessful, userError } from "./errors.ts"
import { Exchange } from "./Exchange.ts"
import * as Flags from "./flags.ts"
import type { Line } from "./lines.ts"
import * as Output from "./Output.ts"
import { hostServices } from "./services.ts"
import * as Session from "./session.ts"
import * as WebSocket from "./websocket.ts"

// Looked up here, because the socket's family depends on what the name stands for.
const resolve = Effect.fnUntraced(function*(host: string, port: number) {
  const resolver = yield* Resolver.make(undefined)
  return yield* Resolver.first(resolver, host, port, undefined)
}, Effect.scoped)

const summary = (exchange: Exchange, ok: boolean): Line => ({
  event: "summary",
  sent: exchange.sent,
  received: exchange.received,
  mismatched: exchange.mismatched,
  lost: exchange.lost,
  rttMs: exchange.rttMs,
  ok
})

const flags = {
  ...WebSocket.clientFlags,
  host: Flag.String("host").pipe(Flag.withDescription("Host name or address of the server"), Flag.withDefault("")),
  port: Flags.int("port", 1, 65_535, "Port of the server").pipe(Flag.withDefault(0)),
  data: Flags.intIfGiven(0, "data", 0, Flags.U32, "Number for the server's connect event"),
  messages: Flags.intOr(10, "messages", 0, Flags.U32, "Packets to send"),
  size: Flags.intOr(64, "size", 0, 33_554_432, "Bytes per packet"),
  channel: Flags.intOr(0, "channel", 0, 254, "Channel to send on"),
  channels: Flags.int("channels", 1, 255, "Channels to ask for (default: as many as --channel needs)").pipe(
    Flag.optional
  ),
  mode: Flag.Literals("mode", DeliveryMode.literals).pipe(
    Flag.withDescription("How packets travel (default reliable)"),
    Flag.withDefault("reliable")
  ),
  disconnect: Flag.Literals("disconnect", ["normal", "later", "now"]).pipe(
    Flag.withDescription("Leave at once, after all is delivered, or without waiting for an answer (default normal)"),
    Flag.withDefault("normal")
  ),
  disconnectData: Flags.intOr(0, "disconnect-data", 0, Flags.U32, "Number for the server's disconnect event"),
  timeoutMs: Flags.intOr(5000, "timeout-ms", 1, 0x7fffffff, "Give up when no answer, or no echo, comes for so long"),
  checksum: Flags.checksum,
  compress: Flags.compress,
  record: Flags.record,
  ...Dtls.clientFlags,
  json: Flags.json
}

export const client = Command.make(
  "client",
  flags,
  Effect.fnUntraced(function*(input) {
    const output = yield* Output.make(input)
    const exchange = new Exchange(input.messages, input.size, input.mode === "reliable")
    const channels = Option.getOrElse(input.channels, () => input.channel + 1)
    const data = Option.getOrElse(input.data, () => 0)

    yield* Effect.gen(function*() {
      if (Option.isSome(input.url)) {
        return yield* WebSocket.session(
          input.url.value,
          input,
          { ...input, address: "", channels, data },
          exchange,
          output
        )
      }
      const remote = yield* resolve(input.host, input.port)
      const host = EnetHost.layer({ maxPeers: 1, channelLimit: channels }).pipe(
        Layer.provide(hostServices(input)),
        Layer.provide(Dtls.clientLayer(input, input.host)),
        Layer.provide(NodeEnetHost.layerSocket({ family: NetAddress.isInetAddressV6(remote) ? "ipv6" : "ipv4" }))
      )
      const options = { ...input, address: NetAddress.formatHost(remote), channels, data }
      yield* Effect.provide(Session.run(options, exchange, output), host)
    }).pipe(
      // Other programs wait for the last line, however it came to that; people who end it want to know what there was.
      Effect.onError((cause) => {
        const ended = output.print([summary(exchange, false)])
        // behind the ^C that a terminal shows
        if (Cause.hasInterrupts(cause)) return Effect.andThen(output.note(""), ended)
        return input.json ? ended : Effect.void
      }),
      Effect.mapError((error) => userError(error, undefined))
    )

    yield* output.print([summary(exchange, exchange.ok)])
    if (!exchange.ok) return yield* new Unsuccessful()
  })
).pipe(
  Command.validate(({ channel, channels }) =>
    channel < Option.getOrElse(channels, () => channel + 1) ? Effect.void : Effect.fail(
      new CliError.ValidationError({
        message: `--channel ${channel} does not exist with --channels ${Option.getOrElse(channels, () => 0)}`
      })
    )
  ),
  Command.validate((flags) => Option.isSome(flags.url) ? Effect.void : Dtls.validateClient(flags)),
  Command.validate((flags) => WebSocket.validateClient(flags)),
  Command.withDescription("Connect, send packets, check each echo, disconnect; exit status 0 when all is well"),
  Command.withExamples([
    { command: "effect-enet client --host localhost --port 7777", description: "Ten reliable packets" },
    { command: "effect-enet client --url ws://localhost:7777", description: "Ten packets over WebSocket" },
    { command: "effect-enet client --url wss://localhost:7777 --ca cert.pem", description: "The same, encrypted" },
    {
      command: "effect-enet client --host localhost --port 7777 --messages 1000 --mode unreliable --json",
      description: "A thousand unreliable packets, for other programs"
    },
    { command: "effect-enet client --host localhost --port 7777 --dtls --ca cert.pem", description: "Encrypted" }
  ])
)
