import { describe, expect, it } from "@effect/vitest"
import { parseCertificate } from "../../src/x509/Certificate.ts"
import { makeTrustStore } from "../../src/x509/TrustStore.ts"
import { isFor, verifyChain } from "../../src/x509/Verify.ts"
import { type CertificateCase, certificateCases, date } from "../kit/certificateCases.ts"
import type { Issued } from "../kit/Pki.ts"

const parsed = ({ der }: Issued) => {
  const certificate = parseCertificate(der)
  if (certificate === undefined) throw new Error("not a certificate")
  return certificate
}

/** What is wrong with a chain; `undefined` when it is accepted. */
const faultOf = ({ chain, host = { name: "localhost" }, roots }: CertificateCase): string | undefined => {
  const store = makeTrustStore(roots.map(parsed))
  const result = verifyChain(chain.map(({ der }) => der), store, date.getTime())
  if (!("der" in result)) return result.detail
  return isFor(result, host) ? undefined : "host"
}

describe("a certificate", () => {
  it.each(certificateCases.map((one) => [one.name, one] as const))("%s", (_, one) => {
    if (one.fault === undefined) expect(faultOf(one)).toBeUndefined()
    else expect(faultOf(one)).toContain(one.fault)
  })

  it("is tried in more than a hundred ways, with different names", () => {
    expect(certificateCases.length).toBeGreaterThan(100)
    expect(new Set(certificateCases.map(({ name }) => name)).size).toBe(certificateCases.length)
  })
})
