/**
 * `effect-enet decode`: prints the datagrams of a recording or a capture as readable commands.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readTraffic } from "./capture/files.ts"
import { renderDatagram } from "./capture/render.ts"
import { compressorOf, tryAnother } from "./compressors.ts"
import * as Flags from "./flags.ts"

export const decode = Command.make(
  "decode",
  {
    file: Argument.String("file").pipe(Argument.withDescription("A recording, or a pcap file as tcpdump writes it")),
    port: Flags.int("port", 1, 65_535, "Of a pcap file, only datagrams from or to this port").pipe(Flag.optional),
    checksum: Flags.checksum.pipe(
      Flag.withDescription("Of a pcap file, the datagrams have CRC-32 checksums, which they do not say")
    ),
    compress: Flags.compressed
  },
  Effect.fnUntraced(function*({ checksum, compress, file, port }) {
    const { canColor } = yield* TerminalCapabilities
    const traffic = yield* readTraffic(file, { port: Option.getOrUndefined(port), checksum })
    const compressor = yield* compressorOf(compress)
    const options = { color: canColor, checksum: traffic.checksum, compressor }
    if (traffic.seen.length === 0) return yield* Console.log("no datagrams")
    let sealed = 0
    for (const seen of traffic.seen) {
      const { isSealed, lines } = renderDatagram(seen, options)
      if (isSealed) sealed++
      yield* Console.log(lines.join("\n"))
    }
    if (sealed > 0) {
      yield* Console.error(
        `effect-enet: ${sealed} datagrams are perhaps compressed in another way: ${tryAnother(compress)}`
      )
    }
  })
).pipe(
  Command.withDescription("Print the datagrams of a recording or a pcap file as readable commands"),
  Command.withExamples([
    { command: "effect-enet decode session.jsonl", description: "What a recorded host received and sent" },
    { command: "effect-enet decode --port 7777 capture.pcap", description: "After tcpdump -w capture.pcap udp" }
  ])
)
