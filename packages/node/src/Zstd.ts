/**
 * Zstandard as Godot's `COMPRESS_ZSTD` uses it, on `node:zlib`, which has it since Node 22.15.
 *
 * A frame has ten bytes around its contents, so small packets seldom become smaller. Node's synchronous functions set up
 * a context for every call, which is most of the cost; there is no way to keep one.
 *
 * @since 0.1.0
 */
import * as Compressor from "@effect-enet/core/Compressor"
import { type EnetError, fromReason, Unsupported } from "@effect-enet/core/EnetError"
import { decodeOptions, integer } from "@effect-enet/core/HostOptions"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as NodeZlib from "node:zlib"
import { ROOM, roomFor } from "./internal/room.ts"
import { framesOf } from "./internal/zstdFrames.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** 1 (fastest) to 22 (smallest). Default 3. */
  readonly level?: number | undefined
}

/**
 * What the format asks every decoder to support, 8 MiB. A frame may ask for 16 times as much, and get the memory, for
 * contents of a few bytes.
 */
const MAXIMUM_WINDOW_LOG = 23

const DEFAULT_LEVEL = 3

/** Whether this runtime has Zstandard. */
const isSupported = (): boolean =>
  typeof NodeZlib.zstdCompressSync === "function" && typeof NodeZlib.zstdDecompressSync === "function"

const unsafeMake = (level: number): Compressor.Compressor => {
  const { ZSTD_c_compressionLevel, ZSTD_d_windowLogMax } = NodeZlib.constants
  const compressing = { chunkSize: ROOM, params: { [ZSTD_c_compressionLevel]: level } }
  const params = { [ZSTD_d_windowLogMax]: MAXIMUM_WINDOW_LOG }
  return {
    compress: (input, output) => {
      const packed = NodeZlib.zstdCompressSync(input, compressing)
      if (packed.length > output.length) return 0
      output.set(packed)
      return packed.length
    },
    decompress: (input, output) => {
      const frames = framesOf(input)
      if (frames === undefined) return 0
      let written = 0
      try {
        for (const { end, start } of frames) {
          const room = roomFor(output.length - written)
          const plain = NodeZlib.zstdDecompressSync(input.subarray(start, end), { ...room, params })
          if (plain.length > output.length - written) return 0
          output.set(plain, written)
          written += plain.length
        }
      } catch {
        return 0
      }
      return written
    }
  }
}

const Level = Schema.Struct({
  level: integer(1, 22).pipe(Schema.withDecodingDefaultKey(Effect.succeed(DEFAULT_LEVEL)))
})

/**
 * Fails with `Unsupported` where `node:zlib` has no Zstandard, and with `InvalidOption` when the level is out of range.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Compressor.Compressor, EnetError> =>
  Effect.flatMap(decodeOptions(Level, options), ({ level }) =>
    isSupported()
      ? Effect.succeed(unsafeMake(level))
      : Effect.fail(fromReason(new Unsupported({ feature: "Zstandard", detail: "Node has it since 22.15" }))))

/**
 * Zstandard at level 3 for the hosts of a layer. Another level: `Layer.effect(Compressor.Compressor, Zstd.make({ level: 19 }))`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never, EnetError> = Layer.effect(Compressor.Compressor, make())
