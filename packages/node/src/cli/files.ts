/**
 * Files that the command is given to read.
 */
import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { explain } from "../internal/platformError.ts"

export const userError = (userMessage: string, cause?: unknown) => new CliError.UserError({ cause, userMessage })

export const readBytes = (path: string) =>
  FileSystem.FileSystem.use((fs) => fs.readFile(path)).pipe(
    Effect.mapError((error) =>
      userError(
        error.reason._tag === "NotFound"
          ? `${path}: there is no such file`
          : `${path}: cannot be read: ${explain(error)}`,
        error
      )
    )
  )

export const readText = (path: string) => Effect.map(readBytes(path), (bytes) => new TextDecoder().decode(bytes))
