/**
 * `effect-enet replay`: runs a recording through the protocol again and prints what comes out.
 */
import * as Checksum from "@effect-enet/core/Checksum"
import type { Recording } from "@effect-enet/core/Recording"
import { replay as replayRecording } from "@effect-enet/core/Replay"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { readRecording } from "./capture/files.ts"
import { eventLine, renderDatagram } from "./capture/render.ts"
import { compressorOf, type Name, tryAnother } from "./compressors.ts"
import { Unsuccessful } from "./errors.ts"
import { userError } from "./files.ts"
import * as Flags from "./flags.ts"

/** A recording says whether there was a compressor, and not which. */
const compressHint = ({ header }: Recording, compress: Name): string =>
  header.compressor === (compress !== "none")
    ? ""
    : `: ${header.compressor ? tryAnother(compress) : "leave out --compress"}`

export const replay = Command.make(
  "replay",
  {
    file: Argument.String("file").pipe(Argument.withDescription("A recording")),
    compress: Flags.compressed
  },
  Effect.fnUntraced(function*({ compress, file }) {
    const { canColor } = yield* TerminalCapabilities
    const recording = yield* readRecording(file)
    const { checksum } = recording.header
    const compressor = yield* compressorOf(compress)
    const hooks = { checksum: checksum ? Checksum.crc32 : undefined, compressor }
    const replayed = yield* replayRecording(recording, hooks).pipe(
      Effect.mapError((error) => userError(`${file}: ${error.detail}${compressHint(recording, compress)}`, error))
    )
    const options = { color: canColor, checksum, compressor }
    const start = recording.steps[0]?.now ?? 0
    let datagrams = 0
    for (const [index, { outputs, same, step }] of replayed.entries()) {
      const time = ((step.now - start) >>> 0) / 1000
      const lines = outputs.transmits.flatMap(({ address, bytes }) =>
        renderDatagram({ time, from: "host", to: `${address.host}:${address.port}`, bytes }, options).lines
      )
      lines.push(...outputs.events.map((event) => eventLine(time, event, options)))
      if (lines.length > 0) yield* Console.log(lines.join("\n"))
      datagrams += outputs.transmits.length
      if (!same) {
        yield* Console.log(`step ${index + 1} of ${replayed.length} sent other datagrams than were recorded`)
        if (compressor !== undefined) {
          yield* Console.error(`effect-enet: they are perhaps compressed in another way: ${tryAnother(compress)}`)
        }
        return yield* new Unsuccessful()
      }
    }
    yield* Console.log(`${replayed.length} steps, ${datagrams} datagrams, all as recorded`)
  })
).pipe(
  Command.withDescription("Run a recording through the protocol again and compare what it sends"),
  Command.withExamples([{
    command: "effect-enet replay session.jsonl",
    description: "After serve --record session.jsonl"
  }])
)
