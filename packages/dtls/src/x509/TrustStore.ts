/**
 * The certificates that a client trusts without proof.
 *
 * @since 0.1.0
 */
import * as Crypto from "node:crypto"
import { sameBytes } from "../wire/Bytes.ts"
import { type Certificate, parseCertificate } from "./Certificate.ts"

/**
 * Certificates by subject, so that a store of many is as fast as one of few.
 *
 * @since 0.1.0
 * @category models
 */
export interface TrustStore {
  readonly bySubject: ReadonlyMap<string, ReadonlyArray<Certificate>>
}

/** A key for maps. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1")

/**
 * @since 0.1.0
 * @category constructors
 */
export const makeTrustStore = (certificates: ReadonlyArray<Certificate>): TrustStore => {
  const bySubject = new Map<string, Array<Certificate>>()
  for (const certificate of certificates) {
    const key = textOf(certificate.subject)
    bySubject.set(key, [...(bySubject.get(key) ?? []), certificate])
  }
  return { bySubject }
}

/**
 * Trusted certificates with a subject, which may be the issuer's of another.
 *
 * @since 0.1.0
 * @category getters
 */
export const withSubject = (self: TrustStore, subject: Uint8Array): ReadonlyArray<Certificate> =>
  self.bySubject.get(textOf(subject)) ?? []

/**
 * Whether a certificate is in the store, byte by byte.
 *
 * @since 0.1.0
 * @category guards
 */
export const contains = (self: TrustStore, { der, subject }: Certificate): boolean =>
  withSubject(self, subject).some((certificate) => sameBytes(certificate.der, der))

/**
 * The certificates of PEM texts, in DER; `undefined` where a block does not hold a certificate.
 *
 * @since 0.1.0
 * @category decoding
 */
export const derFromPem = (pem: string): ReadonlyArray<Uint8Array | undefined> =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)].map(([block]) => {
    try {
      return new Uint8Array(new Crypto.X509Certificate(block).raw)
    } catch {
      return undefined
    }
  })

/**
 * The same, read for a verifier.
 *
 * @since 0.1.0
 * @category decoding
 */
export const certificatesFromPem = (pem: string): ReadonlyArray<Certificate | undefined> =>
  derFromPem(pem).map((der) => der === undefined ? undefined : parseCertificate(der))
