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

/** Runs both sides of every case, so many at a time, and prints a table as it goes. */
export const runMatrix = async (other: string, cases: ReadonlyArray<Case>, concurrency = 1): Promise<Tally> => {
  const width = Math.max(...cases.map(({ name }) => name.length))
  const heads = [`our client, ${other} server`, `our server, ${other} client`] as const
  console.log(`${"".padEnd(width)}  ${heads[0]}  ${heads[1]}`)
  let failed = 0
  let shown = 0
  const results = cases.map(() => new Map<"ourClient" | "ourServer", string>())
  const showComplete = () => {
    for (let result = results[shown]; result?.size === 2; result = results[++shown]) {
      const name = cases[shown]?.name.padEnd(width)
      console.log(`${name}  ${result.get("ourClient")?.padEnd(heads[0].length)}  ${result.get("ourServer")}`)
    }
  }
  const sides = cases.flatMap((one, row) => (["ourClient", "ourServer"] as const).map((key) => ({ one, row, key })))
  await Effect.runPromise(Effect.forEach(sides, ({ key, one, row }) =>
    Effect.promise(async () => {
      const failure = await attempt(one[key])
      if (failure !== undefined) failed++
      results[row]?.set(key, failure ?? "ok")
      showComplete()
    }), { concurrency, discard: true }))
  return { passed: 2 * cases.length - failed, failed }
}
