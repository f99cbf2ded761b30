/**
 * The flags that both subcommands understand, and how numbers are read: with the library's own ranges.
 */
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { names } from "./compressors.ts"

/** A whole number; outside of its range the command says which one. */
export const int = (name: string, minimum: number, maximum: number, description: string): Flag.Flag<number> =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => {
        const value = /^-?\d+$/.test(text) ? Number(text) : NaN
        return value >= minimum && value <= maximum ? Option.some(value) : Option.none()
      },
      () => `an integer from ${minimum} to ${maximum}`
    ),
    Flag.withMetavar("number"),
    Flag.withDescription(description)
  )

/** `int` with a default, which the help mentions. */
export const intOr = (
  fallback: number,
  name: string,
  minimum: number,
  maximum: number,
  description: string
): Flag.Flag<number> =>
  int(name, minimum, maximum, `${description} (default ${fallback})`).pipe(Flag.withDefault(fallback))

/** `intOr` that tells whether it was given; without it the library has the same default. */
export const intIfGiven = (
  fallback: number,
  name: string,
  minimum: number,
  maximum: number,
  description: string
): Flag.Flag<Option.Option<number>> =>
  int(name, minimum, maximum, `${description} (default ${fallback})`).pipe(Flag.optional)

export const U32 = 0xffffffff

export const checksum = Flag.Boolean("checksum").pipe(
  Flag.withDescription("Use CRC-32 checksums; both sides must"),
  Flag.withDefault(false)
)

export const compress = Flag.Literals("compress", names).pipe(
  Flag.withDescription("Compress datagrams in this way; both sides must (default none)"),
  Flag.withDefault("none")
)

/** What `compress` is called where datagrams are there already. */
export const compressed = compress.pipe(
  Flag.withDescription("What its datagrams are compressed with, which they do not say (default none)")
)

export const record = Flag.String("record").pipe(
  Flag.withMetavar("file"),
  Flag.withDescription("Record the host into a file, for `decode` and `replay`; one that exists is replaced"),
  Flag.optional
)

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print one JSON object per line"),
  Flag.withDefault(false)
)
