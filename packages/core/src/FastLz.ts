/**
 * FastLZ as Godot's `COMPRESS_FASTLZ` uses it: very fast, and it finds only what repeats within a datagram.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import * as Compressor from "./Compressor.ts"
import * as Coder from "./wire/FastLz.ts"

/**
 * A FastLZ compressor with 16 KiB of memory of its own. It writes blocks of level 1 and reads both levels.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: () => Compressor.Compressor = Coder.make

/**
 * FastLZ for the hosts of a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never> = Compressor.layer(make)
