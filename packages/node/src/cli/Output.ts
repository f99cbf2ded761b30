/**
 * Where the command writes: event lines to standard output, a status line to standard error while a person watches.
 *
 * The status line is rewritten in place, so every other line has to go through here: it takes the status away first.
 */
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { json, type Line, readable } from "./lines.ts"

export interface Output {
  readonly json: boolean
  /** One write for all lines. */
  readonly print: (lines: ReadonlyArray<Line>) => Effect.Effect<void>
  /** A line for people that has no JSON form. */
  readonly note: (text: string) => Effect.Effect<void>
  /** Shows `text` on standard error after the effect has run for a second, every 200 ms, when that is a terminal. */
  readonly withStatus: <A, E, R>(effect: Effect.Effect<A, E, R>, text: () => string) => Effect.Effect<A, E, R>
}

/** Says nothing. */
export const silent: Output = {
  json: false,
  print: () => Effect.void,
  note: () => Effect.void,
  withStatus: (effect) => effect
}

const eraseLine = "\r\u001b[2K"

export const make = Effect.fnUntraced(function*(options: { readonly json: boolean }) {
  const stdio = yield* Stdio.Stdio
  const { canColor } = yield* TerminalCapabilities
  const format = options.json ? json : readable(canColor)
  // JSON lines on the same terminal would run through the status line.
  const watched = (yield* stdio.stderrIsTerminal) && !(options.json && (yield* stdio.stdoutIsTerminal))
  let shown = false

  const status = (text: string) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr()))
  const erase = Effect.suspend(() => {
    if (!shown) return Effect.void
    shown = false
    return status(eraseLine)
  })
  const write = (text: string) => Effect.andThen(erase, Console.log(text))

  const withStatus: Output["withStatus"] = (effect, text) => {
    if (!watched) return effect
    const show = Effect.suspend(() => {
      shown = true
      return status(`${eraseLine}${text()}`)
    })
    const showing = Effect.sleep("1 second").pipe(
      Effect.andThen(show.pipe(Effect.andThen(Effect.sleep("200 millis")), Effect.forever))
    )
    return Effect.raceFirst(effect, showing).pipe(Effect.ensuring(erase))
  }

  const output: Output = {
    json: options.json,
    print: (lines) => lines.length === 0 ? Effect.void : write(lines.map(format).join("\n")),
    note: (text) => options.json ? Effect.void : write(text),
    withStatus
  }
  return output
})
