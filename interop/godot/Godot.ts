/**
 * Godot 3 (`godot3-server`) with our script `peer.gd`, as a scoped child process, and what its packets look like.
 *
 * Its high-level peer asks for three channels: 0 for its own messages, 1 for reliable packets, 2 for all others. A client
 * picks its id and gives it as the data of the connection; the server is 1. In front of every packet stand the ids of its
 * sender and of its receiver, 32 bits each, little-endian.
 */
import { FastLz, RangeCoder } from "@effect-enet/core"
import { Zlib, Zstd } from "@effect-enet/node"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { createSocket } from "node:dgram"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { InteropError, run } from "../matrix/CPeer.ts"
import { ourHost } from "../matrix/ours.ts"

/** Godot's compression modes, by their numbers. */
export const modes = [
  { name: "none", compressor: Effect.succeed(undefined) },
  { name: "range coder", compressor: Effect.sync(RangeCoder.make) },
  { name: "FastLZ", compressor: Effect.sync(FastLz.make) },
  { name: "zlib", compressor: Zlib.make() },
  { name: "zstd", compressor: Zstd.make() }
] as const

export const CHANNELS = 3
export const RELIABLE_CHANNEL = 1
export const OTHER_CHANNEL = 2
export const SERVER_ID = 1

/** Where a server tells its clients of each other: what happened, and the id, as in the header of packets. */
export const SYSTEM_CHANNEL = 0
export const ADD_PEER = 0
export const REMOVE_PEER = 1

const HEADER = 8

export const frame = (source: number, target: number, payload: Uint8Array): Uint8Array => {
  const packet = new Uint8Array(HEADER + payload.length)
  const view = new DataView(packet.buffer)
  view.setUint32(0, source, true)
  view.setInt32(4, target, true)
  packet.set(payload, HEADER)
  return packet
}

export interface Frame {
  readonly source: number
  readonly target: number
  readonly payload: Uint8Array
}

export const unframe = (packet: Uint8Array): Frame => {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length)
  return { source: view.getUint32(0, true), target: view.getInt32(4, true), payload: packet.subarray(HEADER) }
}

const program = "godot3-server"

/** Says what is wrong when Godot cannot be run. */
export const missing = (): string | undefined => {
  const { error, status } = spawnSync(program, ["--version"], {
    cwd: tmpdir(),
    stdio: "ignore",
    timeout: 20_000
  })
  return error === undefined && status !== null
    ? undefined
    : `${program} is missing or does not start: apt-get install --no-install-recommends godot3-server`
}

/** A directory of its own, for as long as the scope: Godot writes its logs where it is started. */
export const home = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-enet-godot-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

/** How a script is started in such a directory, by a wrapper if there is one. */
export const commandLine = (
  directory: string,
  script: string,
  ...wrapper: ReadonlyArray<string>
): readonly [string, ...ReadonlyArray<string>] => [
  "env",
  "-C",
  directory,
  `HOME=${directory}`,
  "LANG=en_US.UTF-8",
  ...wrapper,
  program,
  "-s",
  script
]

const start = (...wrapper: ReadonlyArray<string>) =>
  Effect.fnUntraced(function*(script: string, ...args: ReadonlyArray<string>) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    const [command, ...rest] = commandLine(yield* home, path, ...wrapper)
    return yield* run(command, ...rest, ...args)
  })

/** Runs a script of this directory. */
export const godot = start()

/** The same, without its complaints about datagrams that it cannot decompress. */
export const godotQuietly = start("sh", "-c", "exec \"$@\" 2> /dev/null", "sh")

/** A port that was free a moment ago: Godot cannot tell which one the system gave it. */
export const freePort: Effect.Effect<number, InteropError> = Effect.callback((resume) => {
  const socket = createSocket("udp4")
  socket.on("error", (error) => resume(Effect.fail(new InteropError({ detail: error.message }))))
  socket.bind(0, "127.0.0.1", () => {
    const { port } = socket.address()
    socket.close(() => resume(Effect.succeed(port)))
  })
})

/** A host of ours in one of Godot's modes. */
export const inMode = (mode: number) =>
  Effect.flatMap(
    modes[mode]?.compressor ?? Effect.succeed(undefined),
    (compressor) => ourHost({ maxPeers: 64, compressor })
  )
