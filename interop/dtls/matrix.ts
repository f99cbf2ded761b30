/**
 * What our DTLS can do with OpenSSL, mbedTLS and Godot, and whether we judge certificates as OpenSSL does.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Case } from "../matrix/cases.ts"
import { runMatrix, sum, type Tally } from "../tally.ts"
import { compareCertificates } from "./certificates.ts"
import { godotCases } from "./godot.ts"
import { mbedtlsCases } from "./mbedtls.ts"
import { opensslCases } from "./openssl.ts"

/** Rows at a time: most of them wait for another program, and some for timers. */
const CONCURRENCY = 4

/** Godot is left out when it is not there; whoever calls has said so. `part` is what the names of rows must contain. */
export const runDtls = async (hasGodot: boolean, part = ""): Promise<Tally> => {
  const build = spawnSync("sh", [fileURLToPath(new URL("build.sh", import.meta.url))], { stdio: "inherit" })
  if (build.status !== 0) {
    console.log("the programs that speak DTLS are missing, so nothing was tried with DTLS")
    return { passed: 0, failed: 1 }
  }
  const matrix = async (other: string, cases: ReadonlyArray<Case>): Promise<Tally> => {
    const chosen = cases.filter(({ name }) => name.includes(part))
    return chosen.length === 0 ? { passed: 0, failed: 0 } : runMatrix(other, chosen, CONCURRENCY)
  }
  return sum([
    await matrix("OpenSSL's DTLS", opensslCases),
    await matrix("mbedTLS's DTLS", mbedtlsCases),
    ...(hasGodot ? [await matrix("Godot's DTLS", godotCases)] : []),
    ...(part === "" ? [compareCertificates()] : [])
  ])
}
