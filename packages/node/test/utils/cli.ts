import { NodeServices } from "@effect/platform-node"
import { Console, Deferred, Effect, type Exit, Fiber, Layer, Runtime, Scope } from "effect"
import { run } from "../../src/cli/main.ts"

export interface Result {
  readonly status: number
  readonly stdout: ReadonlyArray<string>
  readonly stderr: ReadonlyArray<string>
}

const statusOf = (exit: Exit.Exit<unknown, unknown>): number => {
  let status = -1
  Runtime.defaultTeardown(exit, (code) => status = code)
  return status
}

/** A console that keeps its lines. */
export const capture = (onLine: (line: string) => void) => {
  const stdout: Array<string> = []
  const stderr: Array<string> = []
  const console: Console.Console = {
    ...globalThis.console,
    log: (text: string) => {
      for (const line of text.split("\n")) {
        stdout.push(line)
        onLine(line)
      }
    },
    error: (text: string) => stderr.push(...text.split("\n"))
  }
  return { stdout, stderr, console }
}

// Built once: each build listens to the terminal.
const services = Effect.runSync(Scope.provide(Layer.build(NodeServices.layer), Scope.makeUnsafe()))

/** Runs the command to its end, or until it is interrupted. */
export const running = (args: ReadonlyArray<string>, captured: ReturnType<typeof capture>) =>
  run(args).pipe(
    Effect.provideService(Console.Console, captured.console),
    Effect.provide(services),
    Effect.exit,
    Effect.map((exit): Result => ({ status: statusOf(exit), stdout: captured.stdout, stderr: captured.stderr }))
  )

/** Runs the command to its end. */
export const cli = (...args: ReadonlyArray<string>) => running(args, capture(() => {}))

/** Starts `effect-enet serve` on a free port, of loopback unless `args` say otherwise. */
export const serve = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const listening = yield* Deferred.make<number>()
  const captured = capture((line) => {
    const port = /^listening on .*:(\d+)$/.exec(line)?.[1] ?? /^{"event":"listening".*"port":(\d+)}$/.exec(line)?.[1]
    if (port !== undefined) Deferred.doneUnsafe(listening, Effect.succeed(Number(port)))
  })
  const all = ["serve", "--port", "0", ...(args.includes("--host") ? [] : ["--host", "127.0.0.1"]), ...args]
  const fiber = yield* Effect.forkScoped(running(all, captured))
  const port = yield* Effect.raceFirst(
    Deferred.await(listening),
    Effect.flatMap(Fiber.join(fiber), (result) => Effect.die(new Error(result.stderr.join("\n"))))
  )
  return { port: String(port), stdout: captured.stdout, fiber }
})

/** The lines as objects. */
export const parse = (lines: ReadonlyArray<string>): ReadonlyArray<Record<string, unknown>> =>
  lines.map((line) => JSON.parse(line))

/** Waits until a condition holds, for at most two seconds. */
export const eventually = (condition: () => boolean) =>
  Effect.sleep("10 millis").pipe(Effect.repeat({ until: condition }), Effect.timeout("2 seconds"))
