/**
 * `npm run interop`: a matrix of what our hosts can do with libenet. Fails loudly when libenet is missing.
 */
import { Cause, Effect, Exit } from "effect"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type Case, cases } from "./matrix/cases.ts"
import { commandCase } from "./matrix/command.ts"

const CASE_LIMIT = "30 seconds"

const build = spawnSync("bash", [fileURLToPath(new URL("build.sh", import.meta.url))], { stdio: "inherit" })
if (build.status !== 0) {
  console.log("the C programs cannot be built, so nothing was tried")
  console.log("0 passed, 1 failed")
  process.exit(1)
}

const all = [...cases, commandCase]
const width = Math.max(...all.map(({ name }) => name.length))
let passed = 0
let failed = 0

const attempt = async (side: Case["ourClient"]): Promise<string> => {
  const exit = await Effect.runPromiseExit(
    Effect.scoped(side).pipe(Effect.timeoutOrElse({
      duration: CASE_LIMIT,
      orElse: () => Effect.fail(new Error(`not done after ${CASE_LIMIT}`))
    }))
  )
  if (Exit.isSuccess(exit)) {
    passed++
    return "ok"
  }
  failed++
  const error = Cause.squash(exit.cause)
  return `FAILED: ${error instanceof Error ? error.message : String(error)}`
}

console.log(`${"".padEnd(width)}  our client, C server    our server, C client`)
for (const { name, ourClient, ourServer } of all) {
  const first = await attempt(ourClient)
  const second = await attempt(ourServer)
  console.log(`${name.padEnd(width)}  ${first.padEnd(22)}  ${second}`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
