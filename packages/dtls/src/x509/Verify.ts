/**
 * From a server's certificate to one that is trusted (RFC 5280 section 6.1), and whether it is the one that was meant.
 *
 * Stricter than the RFC in some things: what a trusted certificate says about itself is heeded as well, a CA must say that
 * it is one, and hashes and keys must be as strong as section 6 of `docs/dtls.md` says.
 *
 * @since 0.1.0
 */
import type * as Crypto from "node:crypto"
import type { AlertName } from "../wire/Alert.ts"
import { sameBytes } from "../wire/Bytes.ts"
import { type Certificate, parseCertificate } from "./Certificate.ts"
import type { GeneralName } from "./Name.ts"
import { areAllowed, comparisons, constrainedNames } from "./NameConstraints.ts"
import { contains, type TrustStore, withSubject } from "./TrustStore.ts"

/**
 * Why a chain is refused, in words and as an alert.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refusal {
  readonly alert: AlertName
  readonly detail: string
}

/** Certificates in a path, the trusted one included. */
const MAXIMUM_DEPTH = 8

/** Of the other side's certificates, as many are looked at. */
const MAXIMUM_CERTIFICATES = 16

/** Signatures that are checked for one chain, however its certificates are entangled. */
const MAXIMUM_SIGNATURES = 32

/** Comparisons of names with name constraints for one chain: nobody needs so many, and more would take long. */
const MAXIMUM_COMPARISONS = 2 ** 16

const MINIMUM_RSA_BITS = 2048

const curves: ReadonlyArray<string | undefined> = ["prime256v1", "secp384r1", "secp521r1"]

/** RSASSA-PKCS1-v1_5 and ECDSA with SHA-256, SHA-384 and SHA-512 (RFC 4055 section 5, RFC 5758 section 3.2). */
const signatureAlgorithms: ReadonlyArray<string> = [
  "1.2.840.113549.1.1.11",
  "1.2.840.113549.1.1.12",
  "1.2.840.113549.1.1.13",
  "1.2.840.10045.4.3.2",
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4"
]

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1"

/** Bits of keyUsage (RFC 5280 section 4.2.1.3). */
const DIGITAL_SIGNATURE = 0
const KEY_CERT_SIGN = 5

const refusal = (alert: AlertName, detail: string): Refusal => ({ alert, detail })

/**
 * Whether a key is one that a chain may rest on.
 *
 * @since 0.1.0
 * @category guards
 */
export const isStrongKey = (key: Crypto.KeyObject): boolean => {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case "rsa":
      return modulusLength >= MINIMUM_RSA_BITS
    case "ec":
      return curves.includes(namedCurve)
    default:
      return false
  }
}

/** What every certificate of a path must be, whatever it is there for. */
const generalFault = (certificate: Certificate, who: string, date: number): Refusal | undefined => {
  if (date < certificate.notBefore) return refusal("certificate_expired", `${who} is not valid yet`)
  if (date > certificate.notAfter) return refusal("certificate_expired", `${who} has expired`)
  if (!isStrongKey(certificate.publicKey)) return refusal("unsupported_certificate", `${who} has too weak a key`)
  const [unknown] = certificate.unknownCritical
  if (unknown !== undefined) return refusal("unsupported_certificate", `${who} has the critical extension ${unknown}`)
  const { extendedKeyUsage } = certificate
  if (extendedKeyUsage !== undefined && !extendedKeyUsage.includes(SERVER_AUTH)) {
    return refusal("unsupported_certificate", `${who} is not for servers`)
  }
  return undefined
}

const leafFault = (leaf: Certificate, date: number): Refusal | undefined => {
  const { keyUsage } = leaf
  // RFC 5246 section 7.4.2: the key signs the key exchange
  if (keyUsage !== undefined && keyUsage[DIGITAL_SIGNATURE] !== true) {
    return refusal("unsupported_certificate", "the certificate's key is not for signatures")
  }
  return generalFault(leaf, "the certificate", date)
}

const isSelfIssued = ({ issuer, subject }: Certificate): boolean => sameBytes(issuer, subject)

/**
 * What a certificate must be to have issued the last one of a path.
 *
 * @param path from the leaf upwards
 */
const issuerFault = (ca: Certificate, path: ReadonlyArray<Certificate>, date: number): Refusal | undefined => {
  const { basicConstraints, keyUsage } = ca
  if (ca.version !== 3 || basicConstraints?.isCa !== true) return refusal("bad_certificate", "the issuer is no CA")
  if (keyUsage !== undefined && keyUsage[KEY_CERT_SIGN] !== true) {
    return refusal("bad_certificate", "the issuer's key is not for certificates")
  }
  // RFC 5280 section 6.1.4 (l): self-issued certificates do not count, nor does the leaf
  const between = path.slice(1).filter((certificate) => !isSelfIssued(certificate)).length
  if (basicConstraints.pathLength !== undefined && between > basicConstraints.pathLength) {
    return refusal("bad_certificate", "the chain is longer than its CA allows")
  }
  return generalFault(ca, "the issuer's certificate", date)
}

/** Not all that are self-issued are: a CA may be called like the server. */
const isSelfSigned = (certificate: Certificate): boolean =>
  isSelfIssued(certificate) && certificate.x509.verify(certificate.publicKey)

/** All names in a path that constraints are about. */
const namesIn = (path: ReadonlyArray<Certificate>): ReadonlyArray<GeneralName> =>
  path.flatMap((certificate, index) =>
    // RFC 5280 section 6.1.3 (b): self-issued ones are exempt, except for the leaf
    index > 0 && isSelfIssued(certificate) ? [] : constrainedNames(certificate, index === 0)
  )

/** RFC 5280 section 4.2.1.1: where both say which key it is, they must agree. */
const mayHaveIssued = (issuer: Certificate, certificate: Certificate): boolean =>
  sameBytes(issuer.subject, certificate.issuer) &&
  (certificate.authorityKeyId === undefined || issuer.subjectKeyId === undefined ||
    sameBytes(certificate.authorityKeyId, issuer.subjectKeyId))

class Search {
  private readonly others: ReadonlyArray<Certificate>
  private readonly roots: TrustStore
  private readonly date: number
  private signatures = 0
  private comparisons = 0
  /** The first thing that was wrong with a path that was promising. */
  private fault: Refusal | undefined

  constructor(others: ReadonlyArray<Certificate>, roots: TrustStore, date: number) {
    this.others = others
    this.roots = roots
    this.date = date
  }

  /** Whether a path from the leaf upwards can be led on to a trusted certificate. */
  extend(path: ReadonlyArray<Certificate>): boolean {
    const last = path.at(-1)
    if (last === undefined || path.length >= MAXIMUM_DEPTH) return false
    if (!signatureAlgorithms.includes(last.signatureAlgorithm)) {
      this.note(refusal("unsupported_certificate", "a signature in the chain is of a kind that is not accepted"))
      return false
    }
    const roots = withSubject(this.roots, last.issuer).filter((root) => mayHaveIssued(root, last))
    if (roots.some((root) => this.issued(root, path, last))) return true
    return this.others.some((other) =>
      !path.includes(other) && mayHaveIssued(other, last) && this.issued(other, path, last) &&
      this.extend([...path, other])
    )
  }

  get refusal(): Refusal {
    return this.fault ?? refusal("unknown_ca", "it was not issued by a trusted CA")
  }

  private note(fault: Refusal): void {
    this.fault ??= fault
  }

  private issued(issuer: Certificate, path: ReadonlyArray<Certificate>, last: Certificate): boolean {
    if (this.signatures >= MAXIMUM_SIGNATURES || this.comparisons > MAXIMUM_COMPARISONS) return false
    const fault = issuerFault(issuer, path, this.date) ?? this.nameFault(issuer, path)
    if (fault !== undefined) {
      this.note(fault)
      return false
    }
    this.signatures++
    if (last.x509.verify(issuer.publicKey)) return true
    this.note(refusal("bad_certificate", "a signature in the chain is wrong"))
    return false
  }

  private nameFault({ nameConstraints }: Certificate, path: ReadonlyArray<Certificate>): Refusal | undefined {
    if (nameConstraints === undefined) return undefined
    const names = namesIn(path)
    this.comparisons += comparisons(nameConstraints, names)
    if (this.comparisons > MAXIMUM_COMPARISONS) {
      return refusal("bad_certificate", "the chain has too many names and constraints to compare")
    }
    return areAllowed(nameConstraints, names)
      ? undefined
      : refusal("bad_certificate", "the certificate has a name that its CA must not vouch for")
  }
}

/**
 * Checks a chain in DER, the server's own certificate first; the others may come in any order.
 *
 * @param date Unix time in milliseconds
 * @since 0.1.0
 * @category verification
 */
export const verifyChain = (
  chain: ReadonlyArray<Uint8Array>,
  roots: TrustStore,
  date: number
): Certificate | Refusal => {
  const [first, ...rest] = chain.slice(0, MAXIMUM_CERTIFICATES)
  const leaf = first === undefined ? undefined : parseCertificate(first)
  if (leaf === undefined) return refusal("bad_certificate", "the certificate is malformed")
  const fault = leafFault(leaf, date)
  if (fault !== undefined) return fault
  // a server's own certificate may be the trusted one, as with those that are signed by themselves
  if (contains(roots, leaf)) return leaf
  const others = rest.flatMap((der) => parseCertificate(der) ?? [])
  const search = new Search(others, roots, date)
  if (search.extend([leaf])) return leaf
  // another one of the same name may be trusted: what is wrong with that as its issuer explains nothing
  return isSelfSigned(leaf)
    ? refusal("unknown_ca", "it is signed by itself, and is not a certificate that is trusted")
    : search.refusal
}

/**
 * Whether a certificate is for a host name, or for an IP address.
 *
 * @since 0.1.0
 * @category verification
 */
export const isFor = (certificate: Certificate, host: { readonly name: string } | { readonly ip: string }): boolean => {
  const { alternativeNames, x509 } = certificate
  try {
    if ("ip" in host) return x509.checkIP(host.ip) !== undefined
    return x509.checkHost(host.name, {
      // RFC 6125 section 6.4.4: the common name counts only where there are no alternative names at all
      subject: alternativeNames === undefined ? "always" : "never",
      partialWildcards: false,
      multiLabelWildcards: false,
      singleLabelSubdomains: false
    }) !== undefined
  } catch {
    // a common name of a type that is no text
    return false
  }
}

/**
 * The names that a certificate is for, to show.
 *
 * @since 0.1.0
 * @category formatting
 */
export const namesOf = ({ x509 }: Certificate): string => x509.subjectAltName ?? x509.subject
