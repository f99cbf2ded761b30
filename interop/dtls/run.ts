/**
 * What our DTLS can do with OpenSSL, mbedTLS and Godot, and whether we judge certificates as OpenSSL does:
 *
 *   node --conditions=@effect-enet/source interop/dtls/run.ts [part of a name]
 *
 * Fails loudly when OpenSSL or mbedTLS is missing; without Godot its cases are skipped.
 */
import { Cause, Effect, Exit } from "effect"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type Case, casesFor, godotCount } from "./cases.ts"
import { compareCertificates } from "./certificates.ts"
import type { Outcome } from "./outcome.ts"

const CASE_LIMIT = "40 seconds"

const build = spawnSync("sh", [fileURLToPath(new URL("build.sh", import.meta.url))], { stdio: "inherit" })
if (build.status !== 0) {
  console.log("the programs to talk to are missing, so nothing was tried")
  console.log("0 passed, 1 failed")
  process.exit(1)
}

const attempt = async ({ name, run }: Case): Promise<Outcome> => {
  const exit = await Effect.runPromiseExit(
    Effect.scoped(run).pipe(Effect.timeoutOrElse({
      duration: CASE_LIMIT,
      orElse: () => Effect.fail(new Error(`not done after ${CASE_LIMIT}`))
    }))
  )
  if (Exit.isSuccess(exit)) return { name, failure: undefined }
  const error = Cause.squash(exit.cause)
  return { name, failure: error instanceof Error ? error.message : String(error) }
}

const part = process.argv[2] ?? ""
const godot = spawnSync("godot3-server", ["--version"], { timeout: 10_000 }).status !== null
let passed = 0
let failed = 0

const note = ({ failure, name }: Outcome): void => {
  if (failure === undefined) passed++
  else failed++
  console.log(failure === undefined ? `ok      ${name}` : `FAILED  ${name}: ${failure}`)
}

for (const one of casesFor({ godot })) {
  if (one.name.includes(part)) note(await attempt(one))
}
for (const outcome of compareCertificates()) {
  if (outcome.name.includes(part)) note(outcome)
}
if (!godot) console.log("godot3-server is missing, so nothing was tried with Godot: apt-get install godot3-server")
console.log(`${passed} passed, ${failed} failed${godot ? "" : `, ${godotCount} skipped`}`)
process.exitCode = failed === 0 ? 0 : 1
