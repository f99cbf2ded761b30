/**
 * The command as a process: what signals and lost output do to it, and its exit status.
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import { getSystemErrorMessage } from "node:util"

/** What a shell says of a program that a signal ended: 128 and the signal's number. */
const statuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
const SIGPIPE_STATUS = 141

/**
 * Runs the command as the process: SIGINT, SIGTERM and SIGHUP interrupt it, so that peers are told and files closed, and
 * its status says which one it was.
 */
export const runMain = Runtime.makeRunMain(({ fiber, teardown }) => {
  let status: number | undefined
  const handlers = Object.entries(statuses).map(([signal, code]) => {
    const handler = () => {
      status ??= code
      fiber.interruptUnsafe(fiber.id)
    }
    process.on(signal, handler)
    return { signal, handler }
  })
  fiber.addObserver((exit) => {
    for (const { handler, signal } of handlers) process.off(signal, handler)
    // also when there is more: a terminal that is gone takes no output either
    const interrupted = Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)
    teardown(exit, (code) => {
      const shown = interrupted ? status ?? code : code
      if (shown !== 0 || status !== undefined) process.exit(shown)
    })
  })
})

/** Standard output or standard error takes nothing more. What there is to say about it has been said. */
class OutputLost extends Data.TaggedError("OutputLost")<{ readonly status: number }> {
  override readonly [Runtime.errorExitCode] = this.status
  override readonly [Runtime.errorReported] = false
}

/** The status of a signal that says the same as an error: the reader of a pipe is gone, or the terminal. */
const statusWithout = (stream: NodeJS.WriteStream, { code }: NodeJS.ErrnoException): number | undefined =>
  code === "EPIPE" ? SIGPIPE_STATUS : code === "EIO" && stream.isTTY ? statuses.SIGHUP : undefined

/**
 * Interrupts an effect when nobody takes its output any more, as SIGPIPE ends other programs, and waits until it has
 * left: `effect-enet serve | head` tells its peers. A reader that is gone needs no words, and any other reason, as a full
 * disk, gets a line.
 */
export const whileOutputIsTaken = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | OutputLost, R> =>
  Effect.suspend(() => {
    const lost = Deferred.makeUnsafe<never, OutputLost>()
    const lose = (stream: NodeJS.WriteStream) => (error: NodeJS.ErrnoException) => {
      const status = statusWithout(stream, error)
      const isFirst = Deferred.doneUnsafe(lost, Effect.fail(new OutputLost({ status: status ?? 1 })))
      if (!isFirst || status !== undefined || stream !== process.stdout) return
      const why = error.errno === undefined ? error.message : getSystemErrorMessage(error.errno)
      process.stderr.write(`effect-enet: cannot write to standard output: ${why}\n`)
    }
    // For as long as the process lives: what is written after a failure fails again.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", lose(stream))
    // The failure of a last line is told of later than the line is written.
    const written = Effect.callback<void>((resume) => {
      process.stdout.write("", (error) => {
        if (error) lose(process.stdout)(error)
        resume(Effect.void)
      })
    })
    const verdict = Effect.suspend(() => Deferred.isDoneUnsafe(lost) ? Deferred.await(lost) : Effect.void)
    return Effect.raceFirst(effect, Deferred.await(lost)).pipe(
      Effect.onExit(() => Effect.andThen(written, verdict))
    )
  })
