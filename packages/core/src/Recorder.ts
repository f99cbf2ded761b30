/**
 * Records what a host does, see `Recording`. Provide it to the host's layer; nothing is recorded by default.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Host from "./protocol/Host.ts"
import * as Recording from "./Recording.ts"

/**
 * Called when a host is made; what it returns is called after each step. Both are synchronous and must not throw.
 *
 * @since 0.1.0
 * @category models
 */
export type RecorderFunction = (settings: Host.Settings) => (step: Recording.Step) => void

/**
 * @since 0.1.0
 * @category services
 */
export const Recorder = Context.Reference<RecorderFunction | undefined>("@effect-enet/core/Recorder", {
  defaultValue: () => undefined
})

/**
 * The last steps of a host, in memory.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ring {
  readonly recorder: RecorderFunction
  /** What is recorded so far, as the lines of a recording. It can be replayed while nothing has been dropped. */
  readonly lines: Effect.Effect<ReadonlyArray<string>>
}

/**
 * Keeps the last `steps` steps of the host that is made with it, without encoding them until somebody asks.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeRing = (options: { readonly steps: number }): Effect.Effect<Ring> =>
  Effect.sync(() => {
    const kept: Array<Recording.Step> = []
    let settings: Host.Settings | undefined
    let count = 0
    return {
      recorder: (given) => {
        settings = given
        return (step) => {
          kept[count++ % options.steps] = step
        }
      },
      lines: Effect.sync(() => {
        if (settings === undefined) return []
        const start = count > options.steps ? count % options.steps : 0
        const steps = [...kept.slice(start), ...kept.slice(0, start)]
        return [Recording.encodeHeader(settings, count <= options.steps), ...steps.map(Recording.encodeStep)]
      })
    }
  })
