/**
 * Where connection ids come from. They must be hard to guess: whoever knows one can answer for the other side.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"

const secure = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!

/**
 * Draws 32 random bits; by default from the platform's cryptographic source.
 *
 * @since 0.1.0
 * @category services
 */
export const Entropy = Context.Reference<() => number>("@effect-enet/core/Entropy", { defaultValue: () => secure })

/**
 * Draws from Effect's `Random`, so that a test with a seed repeats itself. Not for production.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerRandom: Layer.Layer<never> = Layer.effect(
  Entropy,
  Effect.map(Random.Random, (random) => () => Math.floor(random.nextDoubleUnsafe() * 0x100000000))
)
