/**
 * What a certificate says (RFC 5280 section 4), read for a verifier: everything that it must judge, and whether there is
 * something that it does not know.
 *
 * Keys, signatures and the matching of host names are left to `node:crypto`.
 *
 * @since 0.1.0
 */
import * as Crypto from "node:crypto"
import { sameBytes } from "../wire/Bytes.ts"
import { DerReader, Tag } from "./Der.ts"
import { type DistinguishedName, type GeneralName, readDistinguishedName, readGeneralName } from "./Name.ts"
import { type NameConstraints, readNameConstraints } from "./NameConstraints.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Certificate {
  readonly der: Uint8Array
  readonly x509: Crypto.X509Certificate
  readonly publicKey: Crypto.KeyObject
  /** 1, 2 or 3. */
  readonly version: number
  readonly signatureAlgorithm: string
  /** DER. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly subjectName: DistinguishedName
  /** Unix time in milliseconds; both ends are part of the period. */
  readonly notBefore: number
  readonly notAfter: number
  readonly basicConstraints: { readonly isCa: boolean; readonly pathLength: number | undefined } | undefined
  readonly keyUsage: ReadonlyArray<boolean> | undefined
  readonly extendedKeyUsage: ReadonlyArray<string> | undefined
  readonly alternativeNames: ReadonlyArray<GeneralName> | undefined
  readonly nameConstraints: NameConstraints | undefined
  readonly subjectKeyId: Uint8Array | undefined
  readonly authorityKeyId: Uint8Array | undefined
  /** Object identifiers of critical extensions that are not read here. */
  readonly unknownCritical: ReadonlyArray<string>
}

const Oid = {
  SubjectKeyIdentifier: "2.5.29.14",
  KeyUsage: "2.5.29.15",
  SubjectAltName: "2.5.29.17",
  BasicConstraints: "2.5.29.19",
  NameConstraints: "2.5.29.30",
  CertificatePolicies: "2.5.29.32",
  AuthorityKeyIdentifier: "2.5.29.35",
  ExtendedKeyUsage: "2.5.29.37"
} as const

/**
 * Extensions that are understood. Policies are among them because nobody asks for one here, so that any will do (RFC 5280
 * section 6.1.1); what would demand one, policyConstraints, is not.
 */
const known: ReadonlyArray<string> = Object.values(Oid)

interface RawExtension {
  readonly critical: boolean
  readonly value: Uint8Array
}

const readExtensions = (reader: DerReader): ReadonlyMap<string, RawExtension> => {
  const extensions = new Map<string, RawExtension>()
  do {
    const extension = reader.enter()
    const id = extension.objectIdentifier()
    const critical = extension.tag === Tag.Boolean ? extension.boolean() : false
    const value = extension.next(Tag.OctetString).body
    // RFC 5280 section 4.2: at most one of each
    if (!extension.isAtEnd || extensions.has(id)) reader.fail()
    extensions.set(id, { critical, value })
  } while (!reader.isAtEnd)
  return extensions
}

const readBasicConstraints = (reader: DerReader) => {
  const body = reader.enter()
  const isCa = body.tag === Tag.Boolean ? body.boolean() : false
  const pathLength = body.isAtEnd ? undefined : body.smallInteger()
  if (!body.isAtEnd) reader.fail()
  return { isCa, pathLength }
}

const readList = <A>(reader: DerReader, read: (body: DerReader) => A): ReadonlyArray<A> => {
  const body = reader.enter()
  const list: Array<A> = []
  do list.push(read(body))
  while (!body.isAtEnd)
  return list
}

/** The part of an AuthorityKeyIdentifier that is the key's. */
const readAuthorityKeyId = (reader: DerReader): Uint8Array | undefined => reader.enter().optional(0x80)?.body

/** `undefined` when it is not a certificate, or not one in DER as RFC 5280 has it. */
const read = (der: Uint8Array) => {
  const outer = new DerReader(der)
  const certificate = outer.enter()
  const body = certificate.enter()
  const explicitVersion = body.optional(0xa0)
  const version = explicitVersion === undefined ? 1 : body.inside(explicitVersion).smallInteger() + 1
  body.next(Tag.Integer)
  const innerAlgorithm = body.next(Tag.Sequence)
  const issuer = body.next(Tag.Sequence)
  const validity = body.enter()
  const notBefore = validity.time()
  const notAfter = validity.time()
  const subject = body.next(Tag.Sequence)
  body.next(Tag.Sequence)
  body.optional(0x81)
  body.optional(0x82)
  const wrapped = body.optional(0xa3)
  const extensions: ReadonlyMap<string, RawExtension> = wrapped === undefined
    ? new Map()
    : readExtensions(body.inside(wrapped).enter())
  const outerAlgorithm = certificate.next(Tag.Sequence)
  certificate.next(Tag.BitString)
  const signatureAlgorithm = outer.inside(outerAlgorithm).objectIdentifier()
  const valueOf = <A>(id: string, decode: (reader: DerReader) => A): A | undefined => {
    const extension = extensions.get(id)
    if (extension === undefined) return undefined
    const reader = outer.inside({ tag: 0, body: extension.value, whole: extension.value })
    const value = decode(reader)
    if (!reader.isAtEnd) outer.fail()
    return value
  }
  const result = {
    version,
    signatureAlgorithm,
    issuer: issuer.whole,
    subject: subject.whole,
    subjectName: readDistinguishedName(outer.inside(subject)),
    notBefore,
    notAfter,
    basicConstraints: valueOf(Oid.BasicConstraints, readBasicConstraints),
    keyUsage: valueOf(Oid.KeyUsage, (reader) => reader.bits()),
    extendedKeyUsage: valueOf(Oid.ExtendedKeyUsage, (reader) => readList(reader, (body) => body.objectIdentifier())),
    alternativeNames: valueOf(Oid.SubjectAltName, (reader) => readList(reader, readGeneralName)),
    nameConstraints: valueOf(Oid.NameConstraints, readNameConstraints),
    subjectKeyId: valueOf(Oid.SubjectKeyIdentifier, (reader) => reader.next(Tag.OctetString).body),
    authorityKeyId: valueOf(Oid.AuthorityKeyIdentifier, readAuthorityKeyId),
    unknownCritical: [...extensions].flatMap(([id, { critical }]) => critical && !known.includes(id) ? [id] : [])
  }
  const isWellFormed = !outer.failed && outer.isAtEnd && certificate.isAtEnd && body.isAtEnd && validity.isAtEnd &&
    version <= 3 && (extensions.size === 0 || version === 3) &&
    // RFC 5280 section 4.1.1.2
    sameBytes(innerAlgorithm.whole, outerAlgorithm.whole)
  return isWellFormed ? result : undefined
}

/**
 * Reads a certificate in DER. `undefined` when anything about it is not as it must be.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parseCertificate = (der: Uint8Array): Certificate | undefined => {
  const fields = read(der)
  if (fields === undefined) return undefined
  try {
    const x509 = new Crypto.X509Certificate(der)
    return { der, x509, publicKey: x509.publicKey, ...fields }
  } catch {
    return undefined
  }
}
