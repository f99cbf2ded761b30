/**
 * `effect-enet serve --top`: a live picture of the host instead of a line for each event.
 *
 * It is drawn on the terminal's second screen, which goes away with it: what was on the terminal before is there again.
 */
import type { EnetHost } from "@effect-enet/core/EnetHost"
import * as CliError from "effect/cli/CliError"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Terminal from "effect/Terminal"
import { frame } from "./Frame.ts"
import * as History from "./History.ts"

const ENTER = "\u001b[?1049h\u001b[?25l"
const HOME = "\u001b[H"
const ERASE_REST_OF_LINE = "\u001b[K"
const ERASE_BELOW = "\u001b[J"
// tmux leaves lines of the second screen on the first when its size has changed, so there must be none
const LEAVE = `${HOME}${ERASE_BELOW}\u001b[?25h\u001b[?1049l`

/** Fails where there is nothing to draw on. */
export const terminal = Effect.flatMap(
  Stdio.Stdio,
  (stdio) =>
    Effect.flatMap(stdio.stdoutIsTerminal, (isTerminal) =>
      isTerminal ? Effect.void : Effect.fail(
        new CliError.UserError({
          cause: new Error("standard output is no terminal"),
          userMessage: "--top needs a terminal to draw on"
        })
      ))
)

/** Draws until it is interrupted: each second, and when the terminal changes its size. */
export const top = Effect.fnUntraced(function*(host: EnetHost["Service"], maxPeers: number) {
  const stdio = yield* Stdio.Stdio
  const screen = yield* Terminal.Terminal
  const { canColor } = yield* TerminalCapabilities
  const write = (text: string) => Effect.ignore(Stream.run(Stream.make(text), stdio.stdout({ endOnDone: false })))
  const history = History.make(host, maxPeers)

  const draw = Effect.gen(function*() {
    // behind a character in the last column, terminals do not agree what the rest of the line is
    const size = { columns: Math.max((yield* screen.columns) - 1, 0), rows: yield* screen.rows }
    const lines = frame(history.view(), size, canColor)
    // in one write, and nothing is erased before it is drawn over: no flicker
    yield* write(`${HOME}${lines.map((line) => `${line}${ERASE_REST_OF_LINE}`).join("\r\n")}${ERASE_BELOW}`)
  })
  const seconds = Stream.mapEffect(Stream.fromSchedule(Schedule.spaced("1 second")), () => history.sample)
  const resizes = Stream.map(Stream.fromQueue(yield* screen.size), () => {})

  yield* Effect.acquireRelease(write(ENTER), () => write(LEAVE))
  yield* history.sample
  yield* draw
  yield* Stream.runForEach(Stream.merge(seconds, resizes), () => draw)
}, Effect.scoped)
