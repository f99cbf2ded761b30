/**
 * What `--compress` stands for.
 */
import type { Compressor } from "@effect-enet/core/Compressor"
import type { EnetError } from "@effect-enet/core/EnetError"
import * as FastLz from "@effect-enet/core/FastLz"
import * as RangeCoder from "@effect-enet/core/RangeCoder"
import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"
import * as Zlib from "../Zlib.ts"
import * as Zstd from "../Zstd.ts"

export const names = ["none", "range-coder", "fastlz", "zlib", "zstd"] as const

export type Name = typeof names[number]

/** What to try when datagrams cannot be unpacked with `used`. */
export const tryAnother = (used: Name): string =>
  `try --compress ${names.filter((name) => name !== "none" && name !== used).join("|")}`

const make = (name: Name): Effect.Effect<Compressor | undefined, EnetError> => {
  switch (name) {
    case "none":
      return Effect.succeed(undefined)
    case "range-coder":
      return Effect.sync(RangeCoder.make)
    case "fastlz":
      return Effect.sync(FastLz.make)
    case "zlib":
      return Zlib.make()
    case "zstd":
      return Zstd.make()
  }
}

export const compressorOf = (name: Name): Effect.Effect<Compressor | undefined, CliError.UserError> =>
  Effect.mapError(make(name), (error) => new CliError.UserError({ cause: error, userMessage: error.message }))
