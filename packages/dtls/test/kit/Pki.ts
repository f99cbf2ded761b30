/**
 * Makes certificates of every kind, right ones and wrong ones.
 */
import * as Crypto from "node:crypto"
import * as Der from "./DerWriter.ts"

export interface KeyPair {
  readonly privateKey: Crypto.KeyObject
  readonly publicKey: Crypto.KeyObject
}

export const p256 = (): KeyPair => Crypto.generateKeyPairSync("ec", { namedCurve: "P-256" })
export const p384 = (): KeyPair => Crypto.generateKeyPairSync("ec", { namedCurve: "P-384" })
export const p521 = (): KeyPair => Crypto.generateKeyPairSync("ec", { namedCurve: "P-521" })
export const rsa = (modulusLength = 2048): KeyPair => Crypto.generateKeyPairSync("rsa", { modulusLength })

export interface Extension {
  readonly id: string
  readonly critical?: boolean
  readonly value: Uint8Array
}

/** What a certificate says. Every part may be replaced, also by something wrong. */
export interface Recipe {
  readonly subject?: Uint8Array
  readonly issuer?: Uint8Array
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly version?: number
  readonly serial?: number
  readonly extensions?: ReadonlyArray<Extension>
  readonly hash?: "sha1" | "sha256" | "sha384" | "sha512"
  readonly pss?: boolean
  /** The algorithm that the inner field names; default: the real one. */
  readonly innerAlgorithm?: Uint8Array
  readonly mangleSignature?: boolean
}

export interface Issued extends KeyPair {
  readonly der: Uint8Array
  readonly pem: string
  readonly keyPem: string
  readonly subject: Uint8Array
}

const signatureOids = {
  rsa: {
    sha1: "1.2.840.113549.1.1.5",
    sha256: "1.2.840.113549.1.1.11",
    sha384: "1.2.840.113549.1.1.12",
    sha512: "1.2.840.113549.1.1.13"
  },
  ec: {
    sha1: "1.2.840.10045.4.1",
    sha256: "1.2.840.10045.4.3.2",
    sha384: "1.2.840.10045.4.3.3",
    sha512: "1.2.840.10045.4.3.4"
  }
} as const

const nullParameters = Uint8Array.of(5, 0)

/** RSASSA-PSS with SHA-256 and 32 bytes of salt. */
const pssAlgorithm = (() => {
  const sha256 = Der.sequence(Der.oid("2.16.840.1.101.3.4.2.1"), nullParameters)
  const mask = Der.sequence(Der.oid("1.2.840.113549.1.1.8"), sha256)
  return Der.sequence(
    Der.oid("1.2.840.113549.1.1.10"),
    Der.sequence(Der.element(0xa0, sha256), Der.element(0xa1, mask), Der.element(0xa2, Der.integer(32)))
  )
})()

/** `CN=name`, with further attributes before it. */
export const name = (common: string, ...others: ReadonlyArray<readonly [oid: string, value: string]>): Uint8Array =>
  Der.sequence(
    ...others.map(([id, value]) => Der.set(Der.sequence(Der.oid(id), Der.text(0x0c, value)))),
    ...(common === "" ? [] : [Der.set(Der.sequence(Der.oid("2.5.4.3"), Der.text(0x0c, common)))])
  )

export const basicConstraints = (isCa: boolean, pathLength?: number): Extension => ({
  id: "2.5.29.19",
  critical: true,
  value: Der.sequence(
    ...(isCa ? [Der.boolean(true)] : []),
    ...(pathLength === undefined ? [] : [Der.integer(pathLength)])
  )
})

/** digitalSignature 0, keyEncipherment 2, keyCertSign 5, cRLSign 6. */
export const keyUsage = (...bits: ReadonlyArray<number>): Extension => ({
  id: "2.5.29.15",
  critical: true,
  value: Der.bits(...bits)
})

export const serverAuth = "1.3.6.1.5.5.7.3.1"
export const clientAuth = "1.3.6.1.5.5.7.3.2"
export const anyUsage = "2.5.29.37.0"

export const extendedKeyUsage = (...ids: ReadonlyArray<string>): Extension => ({
  id: "2.5.29.37",
  value: Der.sequence(...ids.map((id) => Der.oid(id)))
})

export const dns = (value: string): Uint8Array => Der.text(0x82, value)
export const email = (value: string): Uint8Array => Der.text(0x81, value)
export const uri = (value: string): Uint8Array => Der.text(0x86, value)
export const ip = (...bytes: ReadonlyArray<number>): Uint8Array => Der.element(0x87, Uint8Array.from(bytes))
export const directory = (value: Uint8Array): Uint8Array => Der.element(0xa4, value)

export const alternativeNames = (...names: ReadonlyArray<Uint8Array>): Extension => ({
  id: "2.5.29.17",
  value: Der.sequence(...names)
})

export const nameConstraints = (constraints: {
  readonly permitted?: ReadonlyArray<Uint8Array>
  readonly excluded?: ReadonlyArray<Uint8Array>
}): Extension => {
  const subtrees = (tag: number, bases: ReadonlyArray<Uint8Array> | undefined) =>
    bases === undefined ? [] : [Der.element(tag, ...bases.map((base) => Der.sequence(base)))]
  return {
    id: "2.5.29.30",
    critical: true,
    value: Der.sequence(...subtrees(0xa0, constraints.permitted), ...subtrees(0xa1, constraints.excluded))
  }
}

export const subjectKeyId = (id: number): Extension => ({ id: "2.5.29.14", value: Der.octets(Uint8Array.of(id, 1, 2)) })
export const authorityKeyId = (id: number): Extension => ({
  id: "2.5.29.35",
  value: Der.sequence(Der.element(0x80, Uint8Array.of(id, 1, 2)))
})

const encodeExtension = ({ critical = false, id, value }: Extension): Uint8Array =>
  Der.sequence(Der.oid(id), ...(critical ? [Der.boolean(true)] : []), Der.octets(value))

const toPem = (der: Uint8Array): string => {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`
}

let serials = 1

/** A certificate for `keys`, signed by `issuer`, or by itself. */
export const issue = (keys: KeyPair, issuer: Issued | undefined, recipe: Recipe = {}): Issued => {
  const signer = issuer?.privateKey ?? keys.privateKey
  const subject = recipe.subject ?? name("localhost")
  const hash = recipe.hash ?? "sha256"
  const kind = signer.asymmetricKeyType === "rsa" ? "rsa" : "ec"
  const algorithm = recipe.pss === true
    ? pssAlgorithm
    : Der.sequence(Der.oid(signatureOids[kind][hash]), ...(kind === "rsa" ? [nullParameters] : []))
  const version = recipe.version ?? 3
  const { extensions = [] } = recipe
  const body = Der.sequence(
    ...(version === 1 ? [] : [Der.element(0xa0, Der.integer(version - 1))]),
    Der.integer(recipe.serial ?? serials++),
    recipe.innerAlgorithm ?? algorithm,
    recipe.issuer ?? issuer?.subject ?? subject,
    Der.sequence(
      Der.time(recipe.notBefore ?? new Date("1970-01-01T00:00:00Z")),
      Der.time(recipe.notAfter ?? new Date("2099-12-31T23:59:59Z"))
    ),
    subject,
    new Uint8Array(keys.publicKey.export({ format: "der", type: "spki" })),
    ...(extensions.length === 0 ? [] : [Der.element(0xa3, Der.sequence(...extensions.map(encodeExtension)))])
  )
  const signature = Crypto.sign(
    hash,
    body,
    recipe.pss === true
      ? { key: signer, padding: Crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      : signer
  )
  if (recipe.mangleSignature === true) signature[signature.length - 1]! ^= 1
  const der = Der.sequence(body, algorithm, Der.bitString(new Uint8Array(signature)))
  return {
    ...keys,
    der,
    pem: toPem(der),
    keyPem: keys.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    subject
  }
}

/** A CA as it should be. */
export const ca = (common: string, issuer?: Issued, recipe: Recipe = {}, keys: KeyPair = p256()): Issued =>
  issue(keys, issuer, { subject: name(common), extensions: [basicConstraints(true), keyUsage(5, 6)], ...recipe })

/** A server's certificate as it should be, for `localhost` and 127.0.0.1 unless told otherwise. */
export const server = (issuer?: Issued, recipe: Recipe = {}, keys: KeyPair = p256()): Issued =>
  issue(keys, issuer, {
    extensions: [
      basicConstraints(false),
      keyUsage(0),
      extendedKeyUsage(serverAuth),
      alternativeNames(dns("localhost"), ip(127, 0, 0, 1))
    ],
    ...recipe
  })
