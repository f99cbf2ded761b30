/**
 * Runs rows of a matrix and counts.
 */
import { Cause, Effect, Exit } from "effect"
import type { Case } from "./matrix/cases.ts"

export interface Tally {
  readonly passed: number
  readonly failed: number
}

export const sum = (tallies: ReadonlyArray<Tally>): Tally => ({
  passed: tallies.reduce((total, { passed }) => total + passed, 0),
  failed: tallies.reduce((total, { failed }) => total + failed, 0)
})

const CASE_LIMIT = "30 seconds"

export const failureOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** What went wrong, if anything. */
const attempt = async (side: Case["ourClient"]): Promise<string | undefined> => {
  const exit = await Effect.runPromiseExit(
    Effect.scoped(side).pipe(Effect.timeoutOrElse({
      duration: CASE_LIMIT,
      orElse: () => Effect.fail(new Error(`not done after ${CASE_LIMIT}`))
    }))
  )
  return Exit.isSuccess(exit) ? undefined : `FAILED: ${failureOf(Cause.squash(exit.cause))}`
}

/** Runs both sides of every case and prints a table as it goes. */
export const runMatrix = async (other: string, cases: ReadonlyArray<Case>): Promise<Tally> => {
  const width = Math.max(...cases.map(({ name }) => name.length))
  const heads = [`our client, ${other} server`, `our server, ${other} client`] as const
  console.log(`${"".padEnd(width)}  ${heads[0]}  ${heads[1]}`)
  let failed = 0
  for (const { name, ourClient, ourServer } of cases) {
    const first = await attempt(ourClient)
    const second = await attempt(ourServer)
    failed += (first === undefined ? 0 : 1) + (second === undefined ? 0 : 1)
    console.log(`${name.padEnd(width)}  ${(first ?? "ok").padEnd(heads[0].length)}  ${second ?? "ok"}`)
  }
  return { passed: 2 * cases.length - failed, failed }
}
