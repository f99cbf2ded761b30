/**
 * The C program `interop/build/peer`, libenet as a server or a client, as a scoped child process.
 */
import { Cause, Effect, Queue, Schema } from "effect"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** A line of the program, see `interop/README.md`. */
const Line = Schema.fromJsonString(Schema.Struct({
  event: Schema.String,
  /** Of a program that has several. */
  endpoint: Schema.optionalKey(Schema.Finite),
  id: Schema.optionalKey(Schema.Finite),
  port: Schema.optionalKey(Schema.Finite),
  channels: Schema.optionalKey(Schema.Finite),
  channel: Schema.optionalKey(Schema.Finite),
  data: Schema.optionalKey(Schema.Finite),
  length: Schema.optionalKey(Schema.Finite),
  mode: Schema.optionalKey(Schema.String),
  sent: Schema.optionalKey(Schema.Finite),
  received: Schema.optionalKey(Schema.Finite),
  mismatched: Schema.optionalKey(Schema.Finite),
  lost: Schema.optionalKey(Schema.Finite),
  ok: Schema.optionalKey(Schema.Boolean),
  disconnected: Schema.optionalKey(Schema.Finite),
  /** Quantiles of round trips, in milliseconds. */
  p50: Schema.optionalKey(Schema.Finite),
  p95: Schema.optionalKey(Schema.Finite),
  p99: Schema.optionalKey(Schema.Finite),
  cpuMs: Schema.optionalKey(Schema.Finite),
  text: Schema.optionalKey(Schema.String)
}))
export type Line = typeof Line.Type

export class InteropError extends Schema.TaggedError<InteropError>()("InteropError", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

export const fail = (detail: string) => Effect.fail(new InteropError({ detail }))

export interface CPeer {
  /** All lines that have come since the last was taken; waits for one. */
  readonly lines: Effect.Effect<ReadonlyArray<Line>, InteropError>
  /** The next line of this event; other lines before it are passed over. */
  readonly expect: (event: string) => Effect.Effect<Line, InteropError>
  readonly kill: (signal: "SIGTERM" | "SIGKILL") => Effect.Effect<void>
  /** Writes a line to its input. */
  readonly say: (text: string) => Effect.Effect<void>
  /** Ends its input. */
  readonly endInput: Effect.Effect<void>
}

export const program = fileURLToPath(new URL("../build/peer", import.meta.url))

const ended = "the program ended"

const start = (command: string, args: ReadonlyArray<string>, lines: Queue.Queue<Line, InteropError>) => {
  const child = spawn(command, [...args], { stdio: ["pipe", "pipe", "inherit"] })
  // who has ended takes no more of it
  child.stdin.on("error", () => undefined)
  createInterface({ input: child.stdout }).on("line", (text) => {
    if (!text.startsWith("{")) return // a greeting
    Queue.offerUnsafe(lines, Schema.decodeUnknownSync(Line)(text))
  })
  child.on("close", () => Queue.failCauseUnsafe(lines, Cause.fail(new InteropError({ detail: ended }))))
  return child
}

/** Runs a program that prints such lines; it is killed with the scope. */
export const run = Effect.fnUntraced(function*(command: string, ...args: ReadonlyArray<string | number>) {
  const lines = yield* Queue.unbounded<Line, InteropError>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => start(command, args.map(String), lines)),
    (child) => Effect.sync(() => child.exitCode === null && child.kill("SIGKILL"))
  )
  const expect = (event: string): Effect.Effect<Line, InteropError> =>
    Queue.take(lines).pipe(
      Effect.flatMap((line) => line.event === event ? Effect.succeed(line) : expect(event)),
      Effect.mapError((error) =>
        error.detail === ended ? new InteropError({ detail: `${ended} without "${event}"` }) : error
      )
    )
  const peer: CPeer = {
    lines: Queue.takeAll(lines),
    expect,
    kill: (signal) => Effect.sync(() => child.kill(signal)),
    say: (text) => Effect.sync(() => child.stdin.write(`${text}\n`)),
    endInput: Effect.sync(() => child.stdin.end())
  }
  return peer
})

export const cPeer = (...args: ReadonlyArray<string | number>) => run(program, ...args)

/** A C server on a free port of loopback. */
export const cServer = Effect.fnUntraced(function*(...args: ReadonlyArray<string | number>) {
  const peer = yield* cPeer("serve", "--port", 0, ...args)
  const { port } = yield* peer.expect("listening")
  return port === undefined ? yield* fail("the C server does not say its port") : { ...peer, port }
})

/** A C client of a server of ours. */
export const cClient = (port: number, ...args: ReadonlyArray<string | number>) =>
  cPeer("client", "--host", "127.0.0.1", "--port", port, ...args)
