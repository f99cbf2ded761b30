/**
 * What the cases of certificates have in common.
 */
import * as Der from "../DerWriter.ts"
import * as Pki from "../Pki.ts"

export interface CertificateCase {
  readonly name: string
  /** The server's own certificate first. */
  readonly chain: ReadonlyArray<Pki.Issued>
  readonly roots: ReadonlyArray<Pki.Issued>
  /** Default `localhost`. */
  readonly host?: { readonly name: string } | { readonly ip: string }
  /** What is wrong, as part of the refusal; `undefined` when nothing is. */
  readonly fault: string | undefined
  /** Where `openssl verify` says otherwise, and why that is well. */
  readonly openssl?: { readonly accepts: boolean; readonly because: string }
}

/** The time at which all cases are judged. */
export const date = new Date("2030-06-01T00:00:00Z")

export const root = Pki.ca("root")
export const intermediate = Pki.ca("intermediate", root)
export const rsaKeys = Pki.rsa()
export const rsaRoot = Pki.ca("rsa root", undefined, {}, rsaKeys)
export const stranger = Pki.ca("stranger")
export const sameName = Pki.ca("root")
export const leaf = Pki.server(root)
export const below = Pki.server(intermediate)
export const selfSigned = Pki.server()

export const { basicConstraints, dns, extendedKeyUsage, ip, keyUsage } = Pki

export const leafWith = (...extensions: ReadonlyArray<Pki.Extension>): Pki.Recipe => ({ extensions })

/** A certificate for DNS names, below a CA with constraints. */
export const constrained = (
  constraints: Parameters<typeof Pki.nameConstraints>[0],
  names: ReadonlyArray<Uint8Array>,
  subject: Uint8Array = Pki.name("server")
) => {
  const ca = Pki.ca("constrained", root, {
    extensions: [basicConstraints(true), keyUsage(5), Pki.nameConstraints(constraints)]
  })
  const alternative = names.length === 0 ? [] : [Pki.alternativeNames(...names)]
  return { chain: [Pki.server(ca, { subject, extensions: alternative }), ca], roots: [root] }
}

export const caWith = (recipe: Pki.Recipe, keys: Pki.KeyPair = Pki.p256()) => {
  const ca = Pki.ca("odd", root, recipe, keys)
  return { chain: [Pki.server(ca), ca], roots: [root] }
}

export const unknownExtension: Pki.Extension = { id: "1.2.3.4.5", critical: true, value: Der.sequence() }

export const chainOf = (length: number): Pick<CertificateCase, "chain" | "roots"> => {
  const cas: Array<Pki.Issued> = []
  for (let i = 0; i < length; i++) cas.unshift(Pki.ca(`ca ${i}`, cas[0] ?? root))
  return { chain: [Pki.server(cas[0] ?? root), ...cas], roots: [root] }
}

export const limited = (pathLength: number, between: number, recipe: Pki.Recipe = {}) => {
  const top = Pki.ca("limited", root, { extensions: [basicConstraints(true, pathLength), keyUsage(5)] })
  const cas = [top]
  for (let i = 0; i < between; i++) cas.unshift(Pki.ca(`between ${i}`, cas[0], recipe))
  return { chain: [Pki.server(cas[0]), ...cas], roots: [root] }
}

/** What a CA's next certificate says, if the present one has the key identifier 1. */
export const renewal: Pki.Recipe = {
  extensions: [basicConstraints(true), keyUsage(5), Pki.subjectKeyId(2), Pki.authorityKeyId(1)]
}

export const past = new Date("2029-12-31T23:59:59Z")
export const future = new Date("2031-01-01T00:00:00Z")

export const manyNames = (count: number, prefix: string): ReadonlyArray<Uint8Array> =>
  Array.from({ length: count }, (_, i) => dns(`${prefix}${i}.example`))

export const permittedExample = { permitted: [dns("example.com")] }

export const ours: readonly [string, string] = ["2.5.4.10", "Ours"]
