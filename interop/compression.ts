/**
 * The codecs alone: our range coder against libenet's, call by call, and FastLZ, zlib and zstd against Godot's. Part of
 * `npm run interop`; by itself with a number of calls and a seed: `node --conditions=@effect-enet/source
 * interop/compression.ts 100000 7`.
 */
import { Cause, Effect, Exit } from "effect"
import { fileURLToPath } from "node:url"
import { compareRangeCoders } from "./codecs/rangeCoder.ts"
import { compareWithGodot } from "./codecs/withGodot.ts"
import { failureOf, type Tally } from "./tally.ts"

const CALLS = 24_000
const SEED = 1

/** How many differences are shown. */
const SHOWN = 3

const show = (what: string, differences: ReadonlyArray<string>): boolean => {
  console.log(`${what}: ${differences.length === 0 ? "no difference" : `FAILED, ${differences.length} differences`}`)
  for (const difference of differences.slice(0, SHOWN)) console.log(`  ${difference}`)
  return differences.length === 0
}

const withLibenet = async (calls: number, seed: number): Promise<boolean> => {
  const { compressed, decompressed, differences, refused } = await compareRangeCoders(calls, seed)
  const counts = `${compressed} compressed, ${decompressed} decompressed, ${refused} of them refused by both`
  return show(`range coder and libenet's (${counts})`, differences)
}

const withGodot = async (seed: number): Promise<boolean> => {
  const exit = await Effect.runPromiseExit(
    Effect.scoped(compareWithGodot(CALLS / 12, seed)).pipe(Effect.timeout("60 seconds"))
  )
  if (Exit.isFailure(exit)) {
    console.log(`FastLZ, zlib and zstd and Godot's: FAILED: ${failureOf(Cause.squash(exit.cause))}`)
    return false
  }
  const { differences, unpackedByGodot, unpackedByUs } = exit.value
  const counts = `${unpackedByUs} blocks of Godot's unpacked, ${unpackedByGodot} of ours`
  return show(`FastLZ, zlib and zstd and Godot's (${counts})`, differences)
}

/** Godot is left out when it is not there; whoever calls has said so. */
export const compareCodecs = async (hasGodot: boolean, calls = CALLS, seed = SEED): Promise<Tally> => {
  const results = [await withLibenet(calls, seed), ...(hasGodot ? [await withGodot(seed)] : [])]
  const passed = results.filter((ok) => ok).length
  return { passed, failed: results.length - passed }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [calls = CALLS, seed = SEED] = process.argv.slice(2).map(Number)
  const { failed, passed } = await compareCodecs(true, calls, seed)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
