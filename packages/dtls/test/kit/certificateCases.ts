/**
 * Chains of certificates, right ones and wrong ones, with the verdict that each deserves. `interop/dtls` asks `openssl
 * verify` about the same ones.
 */
import type { CertificateCase } from "./certificates/common.ts"
import { good } from "./certificates/good.ts"
import { hosts } from "./certificates/hosts.ts"
import { underConstraints } from "./certificates/nameConstraints.ts"
import { wrongChain } from "./certificates/wrongChain.ts"

export { type CertificateCase, date } from "./certificates/common.ts"

export const certificateCases: ReadonlyArray<CertificateCase> = [...good, ...wrongChain, ...underConstraints, ...hosts]
