/**
 * Other programs that speak DTLS, as scoped child processes.
 */
import { Effect, Schema, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { createSocket } from "node:dgram"
import { fileURLToPath } from "node:url"

export class InteropError extends Schema.TaggedError<InteropError>()("InteropError", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

export const fail = (detail: string) => Effect.fail(new InteropError({ detail }))

export interface Program {
  /** Waits until the program has printed what the pattern describes, and gives the match. */
  readonly expect: (pattern: RegExp) => Effect.Effect<RegExpExecArray, InteropError>
  readonly write: (text: string) => Effect.Effect<void>
  /** No more input. */
  readonly endInput: Effect.Effect<void>
  readonly exited: Effect.Effect<number>
}

const lastLines = (text: string): string => text.trim().split("\n").slice(-3).join(" | ").slice(-300)

const start = (command: string, args: ReadonlyArray<string>): ChildProcess =>
  spawn(command, [...args], { stdio: ["pipe", "pipe", "pipe"] })

/** Runs a program; it is killed with the scope. */
export const run = (
  command: string,
  ...args: ReadonlyArray<string | number>
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.gen(function*() {
    let printed = ""
    let exitCode: number | undefined
    const watchers = new Set<() => void>()
    const changed = () => {
      watchers.forEach((watcher) => watcher())
    }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = start(command, args.map(String))
        const note = (chunk: Buffer) => {
          printed += chunk.toString("latin1")
          changed()
        }
        child.stdout?.on("data", note)
        child.stderr?.on("data", note)
        // a program that has gone takes no input
        child.stdin?.on("error", () => {})
        child.on("close", (code) => {
          exitCode = code ?? -1
          changed()
        })
        return child
      }),
      (child) => Effect.sync(() => child.exitCode === null && child.kill("SIGKILL"))
    )
    const wait = <A>(look: () => A | undefined): Effect.Effect<A> =>
      Effect.callback<A>((resume) => {
        const watcher = () => {
          const found = look()
          if (found === undefined) return
          watchers.delete(watcher)
          resume(Effect.succeed(found))
        }
        watchers.add(watcher)
        watcher()
        return Effect.sync(() => {
          watchers.delete(watcher)
        })
      })
    const program: Program = {
      expect: (pattern) =>
        Effect.flatMap(
          wait(() => pattern.exec(printed) ?? (exitCode === undefined ? undefined : "ended" as const)),
          (found) =>
            found === "ended" ? fail(`it ended without ${pattern}: ${lastLines(printed)}`) : Effect.succeed(found)
        ).pipe(Effect.timeoutOrElse({
          duration: "15 seconds",
          orElse: () => fail(`no ${pattern} in time: ${lastLines(printed)}`)
        })),
      write: (text) => Effect.sync(() => void child.stdin?.write(text)),
      endInput: Effect.sync(() => void child.stdin?.end()),
      exited: wait(() => exitCode)
    }
    return program
  })

/** A UDP port of loopback that is free at this moment. */
export const freePort: Effect.Effect<number> = Effect.callback<number>((resume) => {
  const socket = createSocket("udp4")
  socket.bind(0, "127.0.0.1", () => {
    const { port } = socket.address()
    socket.close(() => resume(Effect.succeed(port)))
  })
})

export const mbedtls = fileURLToPath(new URL("../build/mbedtls_peer", import.meta.url))

export const godotScript = fileURLToPath(new URL("godot/peer.gd", import.meta.url))
