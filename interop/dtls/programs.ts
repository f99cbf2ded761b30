/**
 * Other programs that speak DTLS, as scoped child processes.
 */
import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fail, type InteropError } from "../matrix/CPeer.ts"

export interface Program {
  /** Waits until the program has printed what the pattern describes, and gives the match. */
  readonly expect: (pattern: RegExp) => Effect.Effect<RegExpExecArray, InteropError>
  readonly write: (text: string) => Effect.Effect<void>
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
      write: (text) => Effect.sync(() => void child.stdin?.write(text))
    }
    return program
  })
