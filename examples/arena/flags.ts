/**
 * The flags of the example: how long the match takes, and how many play.
 */
import { parseArgs } from "node:util"

export const usage = "npm run example:arena -- [--seconds 1..600, default 10] [--bots 1..32, default 4]"

export interface Flags {
  readonly seconds: number
  readonly bots: number
}

/** What is wrong with them instead, in a line. */
export const parse = (args: ReadonlyArray<string>): Flags | string => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seconds: { type: "string", default: "10" }, bots: { type: "string", default: "4" } }
    })
    const flags = { seconds: Number(values.seconds), bots: Number(values.bots) }
    for (const [name, maximum] of [["seconds", 600], ["bots", 32]] as const) {
      const value = flags[name]
      if (Number.isInteger(value) && value >= 1 && value <= maximum) continue
      return `--${name} takes an integer from 1 to ${maximum}, not ${JSON.stringify(values[name])}`
    }
    return flags
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split(/\. |\n/)[0] ?? ""
  }
}
