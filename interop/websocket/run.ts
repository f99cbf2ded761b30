/**
 * `npm run interop:websocket`: what our WebSocket hosts can do with Python's websockets. Fails loudly when it is missing.
 */
import { readFlags } from "../../scripts/flags.ts"
import { runMatrix } from "../tally.ts"
import { cases } from "./cases.ts"
import { missing } from "./Python.ts"

readFlags({})

const complaint = missing()
if (complaint !== undefined) console.log(`nothing was tried: ${complaint}`)
const { failed, passed } = complaint === undefined ? await runMatrix("Python", cases) : { passed: 0, failed: 1 }
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
