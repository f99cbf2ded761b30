/**
 * Asks `openssl verify` about every chain of certificates that the tests of `packages/dtls` judge. Where it says
 * something else, the case must say so, and why.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type CertificateCase, certificateCases, date } from "../../packages/dtls/test/kit/certificateCases.ts"
import type { Tally } from "../tally.ts"

const verify = (directory: string, { chain, host = { name: "localhost" }, roots }: CertificateCase) => {
  const [leaf, ...others] = chain
  const file = (name: string, text: string) => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }
  const pem = (certificates: typeof chain) => certificates.map(({ pem }) => pem).join("")
  const result = spawnSync("openssl", [
    "verify",
    "-purpose",
    "sslserver",
    "-no-CApath",
    "-no-CAstore",
    "-auth_level",
    "2",
    "-attime",
    String(date.getTime() / 1000),
    "-CAfile",
    file("roots.pem", pem(roots)),
    ...(others.length === 0 ? [] : ["-untrusted", file("others.pem", pem(others))]),
    ...("ip" in host ? ["-verify_ip", host.ip] : ["-verify_hostname", host.name]),
    file("leaf.pem", leaf?.pem ?? "")
  ], { encoding: "utf8", timeout: 10_000 })
  const reason = /error \d+ at \d+ depth lookup: (.*)/.exec(`${result.stdout}${result.stderr}`)?.[1]
  return { accepts: result.status === 0, reason: reason ?? result.stderr.split("\n")[0] ?? "" }
}

/** What `openssl` says that the case does not expect. */
const differenceIn = (directory: string, one: CertificateCase): string | undefined => {
  const { accepts, reason } = verify(directory, one)
  return accepts === (one.openssl?.accepts ?? one.fault === undefined)
    ? undefined
    : `${one.name}: openssl ${accepts ? "accepts it" : `refuses it: ${reason}`}`
}

export const compareCertificates = (): Tally => {
  const directory = mkdtempSync(join(tmpdir(), "dtls-certificates-"))
  try {
    const differences = certificateCases.map((one) => differenceIn(directory, one)).filter((text) => text !== undefined)
    const known = certificateCases.filter(({ openssl }) => openssl !== undefined)
    const failed = differences.length
    const counts = `${certificateCases.length} chains, ${known.length} of them judged otherwise on purpose`
    console.log(`certificates and openssl verify (${counts}): ${failed === 0 ? "no difference" : `FAILED, ${failed}`}`)
    for (const difference of differences) console.log(`  ${difference}`)
    return { passed: certificateCases.length - failed, failed }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
