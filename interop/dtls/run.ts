/**
 * The part of `npm run interop` that is about DTLS, alone:
 *
 *   node --conditions=@effect-enet/source interop/dtls/run.ts [part of the names of rows]
 *
 * Fails loudly when a program is missing.
 */
import { refuse } from "../../scripts/flags.ts"
import { missing } from "../godot/Godot.ts"
import { sum } from "../tally.ts"
import { runDtls } from "./matrix.ts"

const complaint = missing()
if (complaint !== undefined) console.log(`nothing was tried with Godot: ${complaint}`)
const tally = await runDtls(complaint === undefined, process.argv[2])
if (tally.passed + tally.failed === 0) refuse(`no row has ${JSON.stringify(process.argv[2])} in its name`)
const { failed, passed } = sum([tally, { passed: 0, failed: complaint === undefined ? 0 : 1 }])
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
