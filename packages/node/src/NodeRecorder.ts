/**
 * Records a host into a file, line by line, see `Recording` in `@effect-enet/core`.
 *
 * The layer owns the file: it is complete when the layer's scope has closed.
 *
 * @since 0.1.0
 */
import { Recorder } from "@effect-enet/core/Recorder"
import * as Recording from "@effect-enet/core/Recording"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type { PlatformError } from "effect/PlatformError"
import * as Queue from "effect/Queue"

/**
 * Records the hosts of a layer into `path`, which is replaced if it exists. One host to one file.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (path: string): Layer.Layer<never, PlatformError, FileSystem.FileSystem> =>
  Layer.effect(
    Recorder,
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const encoder = new TextEncoder()
      const file = yield* fs.open(path, { flag: "w" })
      const lines = yield* Queue.unbounded<string>()
      const write = Effect.flatMap(
        Queue.takeAll(lines),
        (batch) => Effect.orDie(file.writeAll(encoder.encode(batch.map((line) => `${line}\n`).join(""))))
      )
      yield* Effect.addFinalizer(() => Effect.suspend(() => Queue.sizeUnsafe(lines) > 0 ? write : Effect.void))
      yield* Effect.forkScoped(Effect.forever(write))
      return (settings) => {
        Queue.offerUnsafe(lines, Recording.encodeHeader(settings, true))
        return (step) => {
          Queue.offerUnsafe(lines, Recording.encodeStep(step))
        }
      }
    })
  )
