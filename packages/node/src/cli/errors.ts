/**
 * How failures of the command reach the user: one line on standard error, exit status 1.
 */
import type { EnetError } from "@effect-enet/core/EnetError"
import type { DtlsError } from "@effect-enet/dtls/DtlsError"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"

/** The check did not succeed; the summary that was printed says how. */
export class Unsuccessful extends Data.TaggedError("Unsuccessful")<{}> {
  override readonly [Runtime.errorExitCode] = 1
  override readonly [Runtime.errorReported] = false
}

/** An error of the libraries in the words of a user who gave flags. */
export const userError = (
  error: EnetError | DtlsError | CliError.UserError,
  listening: string | undefined
): CliError.UserError => {
  if (error._tag === "UserError") return error
  const { reason } = error
  const userMessage = reason._tag === "SocketFailed" && reason.operation === "open" && listening !== undefined
    ? `cannot listen on ${listening}: ${reason.detail}`
    : reason.message
  return new CliError.UserError({ cause: error, userMessage })
}

const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, " ")

const { formatCliError, formatErrors, formatHelpDoc, formatVersion } = CliOutput.defaultFormatter()

/** Replaces the help page, which otherwise precedes every error, by one line that says where help is. */
export const layer: Layer.Layer<never> = Layer.mergeAll(
  CliOutput.layer({
    formatCliError,
    formatErrors,
    formatHelpDoc,
    formatVersion,
    formatError: (error) => `effect-enet: ${oneLine(error.message)}`
  }),
  CliOutput.layerPresenter({
    present: (event) =>
      event._tag === "InvalidInvocation"
        ? Console.error(
          `effect-enet: ${event.errors.map((error) => oneLine(error.message)).join("; ")}` +
            ` (see ${event.commandPath.join(" ")} --help)`
        )
        : Effect.suspend(() => CliOutput.defaultPresenter.present(event))
  })
)
