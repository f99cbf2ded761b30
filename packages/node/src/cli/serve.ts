/**
 * `effect-enet serve`: echoes each packet on its channel with its delivery mode.
 *
 * One fiber per peer reads that peer's packets and sends them back with `whenFull: "wait"`. A peer that does not take its
 * echoes stops only its own fiber: its packets stay unread, so ENet makes the sender wait. Nothing reliable is dropped,
 * memory stays within the host's limits, and no other peer notices.
 */
import * as EnetHost from "@effect-enet/core/EnetHost"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Stdio from "effect/Stdio"
import type * as Terminal from "effect/Terminal"
import * as NodeEnetHost from "../NodeEnetHost.ts"
import { attend } from "./attend.ts"
import * as Dtls from "./dtls.ts"
import { userError } from "./errors.ts"
import { farewell } from "./farewell.ts"
import * as Flags from "./flags.ts"
import { statsLine } from "./lines.ts"
import * as Output from "./Output.ts"
import { hostServices } from "./services.ts"
import { terminal, top } from "./top/top.ts"
import * as WebSocket from "./websocket.ts"

const serving = Effect.fnUntraced(function*(output: Output.Output, watching: Watching) {
  const host = yield* EnetHost.EnetHost
  const { address, port } = host.address
  yield* output.print([{ event: "listening", host: NetAddress.formatIp(address), port }])
  const server = yield* Effect.forkScoped(host.serve(attend(output)))
  return yield* watching(host).pipe(
    Effect.raceFirst(Fiber.join(server)),
    Effect.onInterrupt(() => farewell(host))
  )
}, Effect.scoped)

/** What is done besides serving, if anything. */
type Watching = (host: EnetHost.EnetHost["Service"]) => Effect.Effect<void>

/** A line each second. */
const stats = (output: Output.Output): Watching => (host) =>
  host.popStatistics.pipe(
    Effect.flatMap((statistics) => output.print([statsLine(statistics)])),
    Effect.repeat(Schedule.spaced("1 second")),
    Effect.andThen(Effect.never)
  )

const choose = (why: string) => new CliError.UserError({ cause: new Error(why), userMessage: `${why}: choose one` })

/** With a picture of the host on the terminal there are no lines; what else is there, a person cannot see. */
const watchingWith = Effect.fnUntraced(
  function*(flags: {
    readonly top: boolean
    readonly stats: boolean
    readonly json: boolean
    readonly maxPeers: number
  }) {
    if (!flags.top) {
      const output = yield* Output.make(flags)
      return { output, watching: flags.stats ? stats(output) : () => Effect.never }
    }
    if (flags.json) return yield* choose("--top is for people and --json for programs")
    if (flags.stats) return yield* choose("--top shows what --stats prints")
    yield* terminal
    const context = yield* Effect.context<Stdio.Stdio | Terminal.Terminal>()
    const watching: Watching = (host) => Effect.provideContext(top(host, flags.maxPeers), context)
    return { output: Output.silent, watching }
  }
)

export const serve = Command.make(
  "serve",
  {
    port: Flags.int("port", 0, 65_535, "Port to listen on; 0 takes a free one"),
    host: Flag.String("host").pipe(
      Flag.withDescription("Address to listen on; :: takes IPv4 and IPv6 (default 0.0.0.0)"),
      Flag.withDefault("0.0.0.0")
    ),
    ...WebSocket.serverFlags,
    maxPeers: Flags.intOr(32, "max-peers", 1, 4095, "Connections at a time"),
    channels: Flags.intIfGiven(255, "channels", 0, 255, "Most channels per connection; 0 means 255"),
    inBandwidth: Flags.intIfGiven(
      0,
      "in-bandwidth",
      0,
      Flags.U32,
      "Bytes per second that may come in; 0 means unlimited"
    ),
    outBandwidth: Flags.intIfGiven(
      0,
      "out-bandwidth",
      0,
      Flags.U32,
      "Bytes per second that may go out; 0 means unlimited"
    ),
    mtu: Flags.intIfGiven(1392, "mtu", 576, 4096, "Largest datagram in bytes"),
    checksum: Flags.checksum,
    compress: Flags.compress,
    record: Flags.record,
    ...Dtls.serverFlags,
    stats: Flag.Boolean("stats").pipe(
      Flag.withDescription("Print every second what came, went and was dropped, by reason"),
      Flag.withDefault(false)
    ),
    top: Flag.Boolean("top").pipe(
      Flag.withDescription("Draw a live picture of the host and its peers instead of a line for each event"),
      Flag.withDefault(false)
    ),
    json: Flags.json
  },
  Effect.fnUntraced(function*(flags) {
    const { output, watching } = yield* watchingWith(flags)
    if (flags.websocket) return yield* WebSocket.serve(flags, output)
    const host = EnetHost.layer({
      maxPeers: flags.maxPeers,
      channelLimit: Option.getOrUndefined(flags.channels),
      incomingBandwidth: Option.getOrUndefined(flags.inBandwidth),
      outgoingBandwidth: Option.getOrUndefined(flags.outBandwidth),
      mtu: Option.getOrUndefined(flags.mtu)
    }).pipe(
      Layer.provide([Dtls.serverLayer(flags), hostServices(flags)]),
      Layer.provide(NodeEnetHost.layerSocket({ bind: { address: flags.host, port: flags.port } }))
    )
    return yield* serving(output, watching).pipe(
      Effect.provide(host),
      Effect.mapError((error) => userError(error, `${flags.host}:${flags.port}`))
    )
  })
).pipe(
  Command.validate((flags) => flags.websocket ? Effect.void : Dtls.validateServer(flags)),
  Command.validate((flags) => WebSocket.validateServer(flags)),
  Command.withDescription("Listen and echo each packet on its channel, with its delivery mode"),
  Command.withExamples([
    { command: "effect-enet serve --port 7777", description: "Echo on every IPv4 address" },
    { command: "effect-enet serve --port 7777 --top", description: "The same, with a live picture of the peers" },
    { command: "effect-enet serve --port 7777 --websocket", description: "For browsers, and Godot's WebSocket peers" },
    {
      command: "effect-enet serve --port 7777 --websocket --cert cert.pem --key key.pem",
      description: "The same, as wss"
    },
    { command: "effect-enet serve --port 7777 --host :: --json", description: "IPv4 and IPv6, for other programs" },
    { command: "effect-enet serve --port 7777 --dtls --cert cert.pem --key key.pem", description: "Encrypted" }
  ])
)
