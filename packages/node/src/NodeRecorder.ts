/**
 * Records a host into a file, line by line, see `Recording` in `@effect-enet/core`.
 *
 * The layer owns the file: it is complete when the layer's scope has closed.
 *
 * @since 0.1.0
 */
import { Recorder } from "@effect-enet/core/Recorder"
import * as Recording from "@effect-enet/core/Recording"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type { PlatformError } from "effect/PlatformError"
import * as Queue from "effect/Queue"
import { explain } from "./internal/platformError.ts"

/**
 * Records the hosts of a layer into `path`, which is replaced if it exists. One host to one file.
 *
 * The hosts do not depend on it: when the file takes nothing more, as on a full disk, one error is logged and the
 * recording ends there.
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
      const lines = yield* Queue.unbounded<string, Cause.Done>()
      const write = Effect.flatMap(
        Queue.takeAll(lines),
        (batch) => file.writeAll(encoder.encode(batch.map((line) => `${line}\n`).join("")))
      )
      const writing = Effect.forever(write).pipe(
        Effect.catchTags({
          Done: () => Effect.void,
          PlatformError: (error) =>
            Effect.andThen(
              Effect.logError(`cannot record to ${path} any more: ${explain(error)}`),
              Queue.shutdown(lines)
            )
        })
      )
      // The writer is never interrupted: it ends when it has written what was offered before the scope closed.
      yield* Effect.acquireRelease(
        Effect.forkDetach(writing),
        (writer) => Effect.andThen(Queue.end(lines), Fiber.join(writer))
      )
      return (settings) => {
        Queue.offerUnsafe(lines, Recording.encodeHeader(settings, true))
        return (step) => {
          Queue.offerUnsafe(lines, Recording.encodeStep(step))
        }
      }
    })
  )
