/**
 * `npm run interop`: what our hosts can do with libenet and with Godot 3, and our DTLS with OpenSSL, mbedTLS and Godot 3.
 * Fails loudly when one of them is missing.
 */
import { readFlags } from "../scripts/flags.ts"
import { buildPrograms } from "./build.ts"
import { compareCodecs } from "./compression.ts"
import { runDtls } from "./dtls/matrix.ts"
import { runFlood } from "./flood/run.ts"
import { godotCases } from "./godot/cases.ts"
import { missing } from "./godot/Godot.ts"
import { mismatchCase } from "./godot/mismatch.ts"
import { cases } from "./matrix/cases.ts"
import { commandCases } from "./matrix/command.ts"
import { compressionCases } from "./matrix/compression.ts"
import { floodCase } from "./matrix/flood.ts"
import { lossCases } from "./matrix/loss.ts"
import { runMatrix, sum, type Tally } from "./tally.ts"

readFlags({})

if (!buildPrograms()) {
  console.log("the C programs cannot be built, so nothing was tried")
  console.log("0 passed, 1 failed")
  process.exit(1)
}

const tallies: Array<Tally> = [
  await runMatrix("C", [...cases, ...compressionCases, ...commandCases, ...lossCases, floodCase])
]

const complaint = missing()
if (complaint === undefined) tallies.push(await runMatrix("Godot", [...godotCases, mismatchCase]))
else {
  console.log(`nothing was tried with Godot: ${complaint}`)
  tallies.push({ passed: 0, failed: 1 })
}
tallies.push(await runFlood())
tallies.push(await compareCodecs(complaint === undefined))
tallies.push(await runDtls(complaint === undefined))

const { failed, passed } = sum(tallies)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
