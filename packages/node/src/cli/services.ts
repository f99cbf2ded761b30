/**
 * What the flags put under the host: a checksum, a recorder.
 */
import { layerCrc32 } from "@effect-enet/core/Checksum"
import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as NodeRecorder from "../NodeRecorder.ts"

export interface ServiceFlags {
  readonly checksum: boolean
  readonly record: Option.Option<string>
}

const recorder = (path: string): Layer.Layer<never, CliError.UserError, FileSystem.FileSystem> =>
  Layer.catch(NodeRecorder.layerFile(path), (error) =>
    Layer.effectDiscard(Effect.fail(
      new CliError.UserError({ cause: error, userMessage: `cannot record to ${path}: ${error.message}` })
    )))

export const hostServices = (flags: ServiceFlags): Layer.Layer<never, CliError.UserError, FileSystem.FileSystem> =>
  Layer.mergeAll(
    flags.checksum ? layerCrc32 : Layer.empty,
    Option.match(flags.record, { onNone: () => Layer.empty, onSome: recorder })
  )
