/**
 * The flags of `npm run bench`.
 */
import { parseArgs } from "node:util"

export interface Arguments {
  readonly json: boolean
  readonly quick: boolean
  readonly write: boolean
  readonly profile: boolean
  readonly rounds: number
  /** Letters of scenarios. */
  readonly only: ReadonlyArray<string>
}

const ROUNDS = 5
const QUICK_ROUNDS = 2

export const usage = `npm run bench -- [--only a,b] [--rounds N] [--quick] [--json] [--write] [--profile]

  --only     scenarios by their letters (default: all)
  --rounds   rounds of each scenario (default ${ROUNDS}; ${QUICK_ROUNDS} with --quick)
  --quick    a smoke run of seconds; its figures are not worth much
  --json     the rows as JSON on standard output
  --write    puts table and plots into docs/
  --profile  writes CPU profiles of all our processes to bench/build/profiles`

/** A message instead of arguments, when they make no sense. */
export const parse = (given: ReadonlyArray<string>, letters: ReadonlyArray<string>): Arguments | string => {
  try {
    const { values } = parseArgs({
      args: [...given],
      options: {
        json: { type: "boolean", default: false },
        quick: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        profile: { type: "boolean", default: false },
        rounds: { type: "string" },
        only: { type: "string" }
      }
    })
    const { only: list, rounds: roundsText, ...flags } = values
    const rounds = Number(roundsText ?? (flags.quick ? QUICK_ROUNDS : ROUNDS))
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) {
      return `--rounds takes an integer from 1 to 1000, not ${JSON.stringify(roundsText)}`
    }
    const only = list?.split(",") ?? letters
    const unknown = only.find((letter) => !letters.includes(letter))
    if (unknown !== undefined) return `--only takes letters of ${letters.join(",")}, not ${JSON.stringify(unknown)}`
    if (flags.write && (flags.quick || flags.profile || list !== undefined)) {
      return "--write is for a full run, without --quick, --only and --profile"
    }
    return { ...flags, rounds, only }
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split(/\. |\n/)[0] ?? ""
  }
}
