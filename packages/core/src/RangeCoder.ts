/**
 * The range coder that ENet ships: what `enet_host_compress_with_range_coder` and Godot's `COMPRESS_RANGE_CODER` switch
 * on. Of all compressors here it saves the most on small packets.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import * as Compressor from "./Compressor.ts"
import * as Coder from "./wire/RangeCoder.ts"

/**
 * A range coder with 128 KiB of memory of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: () => Compressor.Compressor = Coder.make

/**
 * The range coder for the hosts of a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never> = Compressor.layer(make)
