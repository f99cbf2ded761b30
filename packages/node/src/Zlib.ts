/**
 * zlib (RFC 1950) as Godot's `COMPRESS_ZLIB` uses it, on `node:zlib`.
 *
 * Node's synchronous functions set up a context for every call, which is most of the cost for a small datagram; there is
 * no way to keep one.
 *
 * @since 0.1.0
 */
import * as Compressor from "@effect-enet/core/Compressor"
import type { EnetError } from "@effect-enet/core/EnetError"
import { decodeOptions, integer } from "@effect-enet/core/HostOptions"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as NodeZlib from "node:zlib"
import { ROOM, roomFor } from "./internal/room.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** 0 (only stored) to 9 (smallest). Default 6. */
  readonly level?: number | undefined
}

const DEFAULT_LEVEL = 6

const METHOD_DEFLATE = 8
const PRESET_DICTIONARY = 0x20

/** Says no to what is not zlib without the price of an exception. */
const isZlib = (input: Uint8Array): boolean => {
  const [method = 0, flags = 0] = input
  return (method & 0x0f) === METHOD_DEFLATE && (flags & PRESET_DICTIONARY) === 0 && ((method << 8) | flags) % 31 === 0
}

const unsafeMake = (level: number): Compressor.Compressor => ({
  compress: (input, output) => {
    const packed = NodeZlib.deflateSync(input, { chunkSize: ROOM, level })
    if (packed.length > output.length) return 0
    output.set(packed)
    return packed.length
  },
  decompress: (input, output) => {
    if (!isZlib(input)) return 0
    try {
      const plain = NodeZlib.inflateSync(input, roomFor(output.length))
      if (plain.length > output.length) return 0
      output.set(plain)
      return plain.length
    } catch {
      return 0
    }
  }
})

const Level = Schema.Struct({ level: integer(0, 9).pipe(Schema.withDecodingDefaultKey(Effect.succeed(DEFAULT_LEVEL))) })

/**
 * Fails with `InvalidOption` when the level is out of range.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Compressor.Compressor, EnetError> =>
  Effect.map(decodeOptions(Level, options), ({ level }) => unsafeMake(level))

/**
 * zlib at level 6 for the hosts of a layer. Another level: `Layer.effect(Compressor.Compressor, Zlib.make({ level: 9 }))`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never> = Compressor.layer(() => unsafeMake(DEFAULT_LEVEL))
