/**
 * The flags of scripts that npm runs.
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util"

/** Ends the script, which was called in a way that makes no sense, with one line and status 2. */
export const refuse: (message: string) => never = (message) => {
  console.error(message)
  process.exit(2)
}

const firstSentence = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split(/\. |\n/)[0] ?? ""

/** The values of flags; others are refused with a list of those that there are. npm passes on a `--` of its own. */
export const readFlags = <const T extends ParseArgsOptionsConfig>(options: T) => {
  try {
    return parseArgs({ args: process.argv.slice(2).filter((word) => word !== "--"), options }).values
  } catch (error) {
    const names = Object.keys(options).map((name) => `--${name}`)
    return refuse(`${firstSentence(error)}: ${names.length === 0 ? "it takes none" : `it takes ${names.join(", ")}`}`)
  }
}

/** The number that a flag stands for; another one is refused. */
export const wholeNumber = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value
  return refuse(`--${name} takes a whole number from ${least} on, not ${JSON.stringify(text)}`)
}
