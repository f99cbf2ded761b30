/**
 * What the flags put under the host: a checksum, a compressor, a recorder.
 */
import { Compressor } from "@effect-enet/core/Compressor"
import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Crc32 from "../Crc32.ts"
import { explain } from "../internal/platformError.ts"
import * as NodeRecorder from "../NodeRecorder.ts"
import { compressorOf, type Name } from "./compressors.ts"

export interface ServiceFlags {
  readonly checksum: boolean
  readonly compress: Name
  readonly record: Option.Option<string>
}

const recorder = (path: string): Layer.Layer<never, CliError.UserError, FileSystem.FileSystem> =>
  Layer.catch(NodeRecorder.layerFile(path), (error) =>
    Layer.effectDiscard(Effect.fail(
      new CliError.UserError({ cause: error, userMessage: `cannot record to ${path}: ${explain(error)}` })
    )))

export const hostServices = (flags: ServiceFlags): Layer.Layer<never, CliError.UserError, FileSystem.FileSystem> =>
  Layer.mergeAll(
    flags.checksum ? Crc32.layer : Layer.empty,
    Layer.effect(Compressor, compressorOf(flags.compress)),
    Option.match(flags.record, { onNone: () => Layer.empty, onSome: recorder })
  )
