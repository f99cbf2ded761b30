import { Deferred, Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url))

/** The command as a process of its own, killed with the scope if it is still there; `stdout` may be a file. */
export const startInto = Effect.fnUntraced(function*(stdout: "pipe" | number, ...args: ReadonlyArray<string>) {
  const firstLine = yield* Deferred.make<string>()
  const ended = yield* Deferred.make<number | null>()
  const output = { stdout: "", stderr: "" }
  const child = yield* Effect.acquireRelease(
    Effect.sync((): ChildProcess => {
      const child = spawn(process.execPath, ["--conditions=@effect-enet/source", bin, ...args], {
        stdio: ["ignore", stdout, "pipe"]
      })
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output.stdout += text
        if (output.stdout.includes("\n")) Deferred.doneUnsafe(firstLine, Effect.succeed(output.stdout.split("\n")[0]!))
      })
      child.stderr?.setEncoding("utf8").on("data", (text: string) => output.stderr += text)
      child.on("close", (status) => Deferred.doneUnsafe(ended, Effect.succeed(status)))
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  return {
    child,
    output,
    firstLine: Effect.timeout(Deferred.await(firstLine), "15 seconds"),
    ended: Effect.timeout(Deferred.await(ended), "15 seconds")
  }
})

/** The same, with its standard output kept. */
export const start = (...args: ReadonlyArray<string>) => startInto("pipe", ...args)
