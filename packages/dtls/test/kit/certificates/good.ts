/**
 * Chains that are as they should be.
 */
import * as Der from "../DerWriter.ts"
import * as Pki from "../Pki.ts"
import {
  basicConstraints,
  below,
  type CertificateCase,
  chainOf,
  constrained,
  date,
  dns,
  extendedKeyUsage,
  intermediate,
  ip,
  keyUsage,
  leaf,
  leafWith,
  limited,
  permittedExample,
  renewal,
  root,
  rsaKeys,
  rsaRoot,
  sameName,
  selfSigned,
  stranger,
  unknownExtension
} from "./common.ts"

export const good: ReadonlyArray<CertificateCase> = [
  { name: "issued by a trusted CA", chain: [leaf], roots: [root], fault: undefined },
  { name: "with an intermediate CA", chain: [below, intermediate], roots: [root], fault: undefined },
  { name: "with the trusted CA sent along", chain: [below, intermediate, root], roots: [root], fault: undefined },
  {
    name: "with others in between, in no order",
    chain: [below, stranger, root, intermediate],
    roots: [root],
    fault: undefined
  },
  { name: "with one of several roots", chain: [leaf], roots: [stranger, rsaRoot, root], fault: undefined },
  {
    name: "with two roots of one name",
    chain: [leaf],
    roots: [sameName, root],
    fault: undefined,
    openssl: { accepts: false, because: "it tries the first of them only" }
  },
  { name: "signed by itself and trusted itself", chain: [selfSigned], roots: [selfSigned], fault: undefined },
  {
    name: "trusted itself, although issued by somebody else",
    chain: [leaf],
    roots: [leaf],
    fault: undefined,
    openssl: { accepts: false, because: "without -partial_chain it trusts only self-signed ones" }
  },
  { name: "RSA below RSA", chain: [Pki.server(rsaRoot, {}, rsaKeys)], roots: [rsaRoot], fault: undefined },
  { name: "P-256 below RSA", chain: [Pki.server(rsaRoot)], roots: [rsaRoot], fault: undefined },
  {
    name: "P-384 with SHA-384",
    chain: [Pki.server(root, { hash: "sha384" }, Pki.p384())],
    roots: [root],
    fault: undefined
  },
  {
    name: "P-521 with SHA-512",
    chain: [Pki.server(root, { hash: "sha512" }, Pki.p521())],
    roots: [root],
    fault: undefined
  },
  { name: "RSA with SHA-512", chain: [Pki.server(rsaRoot, { hash: "sha512" })], roots: [rsaRoot], fault: undefined },
  {
    name: "below a root that signed itself with SHA-1",
    ...(() => {
      const old = Pki.ca("old root", undefined, { hash: "sha1" }, rsaKeys)
      return { chain: [Pki.server(old)], roots: [old] }
    })(),
    fault: undefined
  },
  { name: "a chain of seven", ...chainOf(5), fault: undefined },
  {
    name: "on its last second",
    chain: [Pki.server(root, { notAfter: date })],
    roots: [root],
    fault: undefined,
    openssl: { accepts: false, because: "it takes the last second for past, RFC 5280 section 4.1.2.5 for included" }
  },
  { name: "on its first second", chain: [Pki.server(root, { notBefore: date })], roots: [root], fault: undefined },
  {
    name: "without key usage and purpose",
    chain: [Pki.server(root, leafWith(Pki.alternativeNames(dns("localhost"))))],
    roots: [root],
    fault: undefined
  },
  {
    name: "with several purposes",
    chain: [
      Pki.server(
        root,
        leafWith(extendedKeyUsage(Pki.clientAuth, Pki.serverAuth), Pki.alternativeNames(dns("localhost")))
      )
    ],
    roots: [root],
    fault: undefined
  },
  { name: "below a CA whose path length is just enough", ...limited(1, 1), fault: undefined },
  { name: "below a CA of path length 0", ...limited(0, 0), fault: undefined },
  {
    name: "below a CA of path length 0 that has issued itself another certificate",
    ...(() => {
      const top = Pki.ca("limited", root, {
        extensions: [basicConstraints(true, 0), keyUsage(5), Pki.subjectKeyId(1)]
      })
      const renewed = Pki.ca("limited", top, renewal)
      return { chain: [Pki.server(renewed), renewed, top], roots: [root] }
    })(),
    fault: undefined
  },
  {
    name: "with a critical certificate policy",
    chain: [
      Pki.server(
        root,
        leafWith(Pki.alternativeNames(dns("localhost")), {
          id: "2.5.29.32",
          critical: true,
          value: Der.sequence(Der.sequence(Der.oid("1.2.3")))
        })
      )
    ],
    roots: [root],
    fault: undefined
  },
  {
    name: "with an unknown extension that is not critical",
    chain: [
      Pki.server(root, leafWith(Pki.alternativeNames(dns("localhost")), { ...unknownExtension, critical: false }))
    ],
    roots: [root],
    fault: undefined
  },
  {
    name: "with key identifiers that agree",
    ...(() => {
      const ca = Pki.ca("with id", undefined, {
        extensions: [basicConstraints(true), keyUsage(5), Pki.subjectKeyId(7)]
      })
      return {
        chain: [Pki.server(ca, leafWith(Pki.alternativeNames(dns("localhost")), Pki.authorityKeyId(7)))],
        roots: [ca]
      }
    })(),
    fault: undefined
  },
  {
    name: "with a permitted name",
    ...constrained(permittedExample, [dns("game.example.com")]),
    host: { name: "game.example.com" },
    fault: undefined
  },
  {
    name: "with a permitted wildcard",
    ...constrained(permittedExample, [dns("*.example.com")]),
    host: { name: "game.example.com" },
    fault: undefined
  },
  {
    name: "with a permitted address",
    ...constrained({ permitted: [ip(10, 0, 0, 0, 255, 0, 0, 0)] }, [ip(10, 1, 2, 3)]),
    host: { ip: "10.1.2.3" },
    fault: undefined
  },
  {
    name: "with constraints for another form of name",
    ...constrained({ permitted: [Pki.email("example.com")] }, [dns("localhost")]),
    fault: undefined
  },
  {
    name: "with a permitted subject",
    ...constrained(
      { permitted: [Pki.directory(Pki.name("", ["2.5.4.10", "Ours"]))] },
      [dns("localhost")],
      Pki.name("server", ["2.5.4.10", "ours "])
    ),
    fault: undefined
  }
]
