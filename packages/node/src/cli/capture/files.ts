/**
 * Recordings of ours, and captures, in files.
 */
import * as Recording from "@effect-enet/core/Recording"
import type * as CliError from "effect/cli/CliError"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Result from "effect/Result"
import { readBytes, userError } from "../files.ts"
import { isPcap, read as readPcap } from "./pcap.ts"
import type { Seen } from "./render.ts"

const endpoint = (host: string, port: number) => host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

const leftOut = (path: string, what: string) =>
  Console.error(`effect-enet: ${path}: the last ${what} is incomplete and was left out`)

const decodeRecording = Effect.fnUntraced(function*(path: string, bytes: Uint8Array, isNone: string) {
  const recording = yield* Effect.mapError(
    Recording.decode(new TextDecoder().decode(bytes)),
    (error) =>
      userError(error.line === 1 ? `${path} is ${isNone}: ${error.detail}` : `${path}: ${error.message}`, error)
  )
  if (recording.truncated) yield* leftOut(path, "line")
  return recording
})

export const readRecording = Effect.fnUntraced(function*(path: string) {
  const bytes = yield* readBytes(path)
  if (isPcap(bytes)) return yield* userError(`${path} is a capture: only recordings can be replayed`)
  return yield* decodeRecording(path, bytes, "no recording")
})

/** Both directions of a recorded host; the host itself has no address that it knows. */
export const seenInRecording = (recording: Recording.Recording): ReadonlyArray<Seen> => {
  const start = recording.steps[0]?.now ?? 0
  return recording.steps.flatMap(({ inputs, now, sent }) => {
    const time = ((now - start) >>> 0) / 1000
    const came = inputs.flatMap((input): ReadonlyArray<Seen> =>
      input._tag === "Datagram"
        ? [{ time, from: endpoint(input.address.host, input.address.port), to: "host", bytes: input.bytes }]
        : []
    )
    const went = sent.map(({ address, bytes }): Seen => ({
      time,
      from: "host",
      to: endpoint(address.host, address.port),
      bytes
    }))
    return [...came, ...went]
  })
}

export interface Traffic {
  readonly seen: ReadonlyArray<Seen>
  /** Whether the datagrams have a checksum. */
  readonly checksum: boolean
}

/** What a recording says itself, and a capture does not. */
interface CaptureOptions {
  /** Only datagrams from or to this port. */
  readonly port: number | undefined
  readonly checksum: boolean
}

/** The datagrams of a file. */
export const readTraffic = (path: string, { checksum, port }: CaptureOptions): Effect.Effect<
  Traffic,
  CliError.UserError,
  FileSystem.FileSystem
> =>
  Effect.gen(function*() {
    const bytes = yield* readBytes(path)
    if (!isPcap(bytes)) {
      const flag = port === undefined ? checksum ? "--checksum" : undefined : "--port"
      if (flag !== undefined) return yield* userError(`${flag} is for pcap files, and ${path} is a recording`)
      const recording = yield* decodeRecording(path, bytes, "neither a recording nor a pcap file")
      return { seen: seenInRecording(recording), checksum: recording.header.checksum }
    }
    const captured = readPcap(bytes)
    if (Result.isFailure(captured)) return yield* userError(`${path}: ${captured.failure}`)
    const { datagrams, truncated } = captured.success
    if (truncated) yield* leftOut(path, "packet")
    const seen = datagrams
      .filter(({ fromPort, toPort }) => port === undefined || fromPort === port || toPort === port)
      .map(({ bytes, from, fromPort, time, to, toPort }): Seen => ({
        time,
        from: endpoint(from, fromPort),
        to: endpoint(to, toPort),
        bytes
      }))
    return { seen, checksum }
  })
