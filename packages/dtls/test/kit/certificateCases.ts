/**
 * Chains of certificates, right ones and wrong ones, with the verdict that each deserves. `interop/dtls` asks `openssl
 * verify` about the same ones.
 */
import * as Der from "./DerWriter.ts"
import * as Pki from "./Pki.ts"

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

const root = Pki.ca("root")
const intermediate = Pki.ca("intermediate", root)
const rsaKeys = Pki.rsa()
const rsaRoot = Pki.ca("rsa root", undefined, {}, rsaKeys)
const stranger = Pki.ca("stranger")
const sameName = Pki.ca("root")
const leaf = Pki.server(root)
const below = Pki.server(intermediate)
const selfSigned = Pki.server()

const { basicConstraints, dns, extendedKeyUsage, ip, keyUsage } = Pki

const leafWith = (...extensions: ReadonlyArray<Pki.Extension>): Pki.Recipe => ({ extensions })

/** A certificate for DNS names, below a CA with constraints. */
const constrained = (
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

const caWith = (recipe: Pki.Recipe, keys: Pki.KeyPair = Pki.p256()) => {
  const ca = Pki.ca("odd", root, recipe, keys)
  return { chain: [Pki.server(ca), ca], roots: [root] }
}

const unknownExtension: Pki.Extension = { id: "1.2.3.4.5", critical: true, value: Der.sequence() }

const chainOf = (length: number): Pick<CertificateCase, "chain" | "roots"> => {
  const cas: Array<Pki.Issued> = []
  for (let i = 0; i < length; i++) cas.unshift(Pki.ca(`ca ${i}`, cas[0] ?? root))
  return { chain: [Pki.server(cas[0] ?? root), ...cas], roots: [root] }
}

const limited = (pathLength: number, between: number, recipe: Pki.Recipe = {}) => {
  const top = Pki.ca("limited", root, { extensions: [basicConstraints(true, pathLength), keyUsage(5)] })
  const cas = [top]
  for (let i = 0; i < between; i++) cas.unshift(Pki.ca(`between ${i}`, cas[0], recipe))
  return { chain: [Pki.server(cas[0]), ...cas], roots: [root] }
}

/** What a CA's next certificate says, if the present one has the key identifier 1. */
const renewal: Pki.Recipe = {
  extensions: [basicConstraints(true), keyUsage(5), Pki.subjectKeyId(2), Pki.authorityKeyId(1)]
}

const past = new Date("2029-12-31T23:59:59Z")
const future = new Date("2031-01-01T00:00:00Z")

const manyNames = (count: number, prefix: string): ReadonlyArray<Uint8Array> =>
  Array.from({ length: count }, (_, i) => dns(`${prefix}${i}.example`))

const permittedExample = { permitted: [dns("example.com")] }

const good: ReadonlyArray<CertificateCase> = [
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

/** More CAs of one name and key than anybody has, all of which could have issued all others. */
const entangled = (() => {
  const keys = Pki.p256()
  const genuine = Pki.ca("entangled", root, {}, keys)
  const others = Array.from({ length: 14 }, () => Pki.ca("entangled", genuine, {}, keys))
  return { chain: [Pki.server(genuine), ...others, genuine], roots: [root] }
})()

const wrongChain: ReadonlyArray<CertificateCase> = [
  {
    name: "among so many CAs that trying them all would take long",
    ...entangled,
    fault: "not issued by a trusted CA"
  },
  { name: "issued by a stranger", chain: [Pki.server(stranger)], roots: [root], fault: "not issued by a trusted CA" },
  { name: "issued by somebody of the same name", chain: [Pki.server(sameName)], roots: [root], fault: "signature" },
  {
    name: "with a stranger's chain",
    chain: [Pki.server(stranger), stranger],
    roots: [root],
    fault: "not issued by a trusted CA"
  },
  { name: "without its intermediate CA", chain: [below], roots: [root], fault: "not issued by a trusted CA" },
  { name: "signed by itself", chain: [selfSigned], roots: [root], fault: "not issued by a trusted CA" },
  {
    name: "signed by itself, with the name of a trusted one",
    chain: [Pki.server(undefined, { subject: root.subject })],
    roots: [root],
    fault: "signature"
  },
  {
    name: "with a changed signature",
    chain: [Pki.server(root, { mangleSignature: true })],
    roots: [root],
    fault: "signature"
  },
  {
    name: "with an intermediate CA whose signature is changed",
    ...caWith({ mangleSignature: true }),
    fault: "signature"
  },
  { name: "expired", chain: [Pki.server(root, { notAfter: past })], roots: [root], fault: "has expired" },
  { name: "not valid yet", chain: [Pki.server(root, { notBefore: future })], roots: [root], fault: "not valid yet" },
  { name: "below an expired CA", ...caWith({ notAfter: past }), fault: "has expired" },
  { name: "below a CA that is not valid yet", ...caWith({ notBefore: future }), fault: "not valid yet" },
  {
    name: "below an expired root",
    ...(() => {
      const old = Pki.ca("expired", undefined, { notAfter: past })
      return { chain: [Pki.server(old)], roots: [old] }
    })(),
    fault: "has expired"
  },
  {
    name: "trusted itself and expired",
    ...(() => {
      const old = Pki.server(undefined, { notAfter: past })
      return { chain: [old], roots: [old] }
    })(),
    fault: "has expired"
  },
  { name: "issued by a server's certificate", chain: [Pki.server(leaf), leaf], roots: [root], fault: "no CA" },
  {
    name: "issued by one that says that it is no CA",
    ...caWith({ extensions: [basicConstraints(false), keyUsage(5)] }),
    fault: "no CA"
  },
  { name: "issued by one without basic constraints", ...caWith({ extensions: [keyUsage(5)] }), fault: "no CA" },
  { name: "issued by one of version 1", ...caWith({ version: 1, extensions: [] }), fault: "no CA" },
  {
    name: "issued by a CA whose key is not for certificates",
    ...caWith({ extensions: [basicConstraints(true), keyUsage(0, 6)] }),
    fault: "not for certificates"
  },
  {
    name: "issued by a CA that is not for servers",
    ...caWith({ extensions: [basicConstraints(true), keyUsage(5), extendedKeyUsage(Pki.clientAuth)] }),
    fault: "not for servers"
  },
  { name: "below a CA whose path is too long by one", ...limited(0, 1), fault: "longer than its CA allows" },
  { name: "below a CA whose path is too long by two", ...limited(1, 3), fault: "longer than its CA allows" },
  {
    name: "below a root whose path is too long",
    ...(() => {
      const top = Pki.ca("short", undefined, { extensions: [basicConstraints(true, 0), keyUsage(5)] })
      const middle = Pki.ca("middle", top)
      return { chain: [Pki.server(middle), middle], roots: [top] }
    })(),
    fault: "longer than its CA allows"
  },
  {
    name: "a chain of ten",
    ...chainOf(8),
    fault: "not issued by a trusted CA",
    openssl: { accepts: true, because: "its limit is a hundred" }
  },
  {
    name: "for clients",
    chain: [Pki.server(root, leafWith(extendedKeyUsage(Pki.clientAuth), Pki.alternativeNames(dns("localhost"))))],
    roots: [root],
    fault: "not for servers"
  },
  {
    name: "for any purpose, but not by name for servers",
    chain: [Pki.server(root, leafWith(extendedKeyUsage(Pki.anyUsage), Pki.alternativeNames(dns("localhost"))))],
    roots: [root],
    fault: "not for servers"
  },
  {
    name: "with a key that is for certificates only",
    chain: [Pki.server(root, leafWith(keyUsage(5), Pki.alternativeNames(dns("localhost"))))],
    roots: [root],
    fault: "not for signatures"
  },
  {
    name: "with a key that is for encryption only",
    chain: [Pki.server(root, leafWith(keyUsage(2), Pki.alternativeNames(dns("localhost"))))],
    roots: [root],
    fault: "not for signatures",
    openssl: { accepts: true, because: "it knows other key exchanges than ours, which sign" }
  },
  {
    name: "with an unknown critical extension",
    chain: [Pki.server(root, leafWith(Pki.alternativeNames(dns("localhost")), unknownExtension))],
    roots: [root],
    fault: "critical extension 1.2.3.4.5"
  },
  {
    name: "below a CA with an unknown critical extension",
    ...caWith({ extensions: [basicConstraints(true), keyUsage(5), unknownExtension] }),
    fault: "critical extension 1.2.3.4.5"
  },
  {
    name: "with a critical extension whose identifier is endless",
    chain: [
      Pki.server(
        root,
        leafWith(Pki.alternativeNames(dns("localhost")), {
          ...unknownExtension,
          id: `1.2.${new Array<number>(500).fill(1).join(".")}`
        })
      )
    ],
    roots: [root],
    fault: "malformed"
  },
  {
    name: "below a CA with critical policy constraints",
    ...caWith({
      extensions: [basicConstraints(true), keyUsage(5), {
        id: "2.5.29.36",
        critical: true,
        value: Der.sequence(Der.element(0x80, Uint8Array.of(0)))
      }]
    }),
    fault: "critical extension 2.5.29.36",
    openssl: { accepts: true, because: "it checks policies only when asked to" }
  },
  {
    name: "signed with SHA-1",
    chain: [Pki.server(rsaRoot, { hash: "sha1" })],
    roots: [rsaRoot],
    fault: "not accepted"
  },
  {
    name: "signed with SHA-1 and ECDSA",
    chain: [Pki.server(root, { hash: "sha1" })],
    roots: [root],
    fault: "not accepted"
  },
  { name: "below a CA signed with SHA-1", ...caWith({ hash: "sha1" }), fault: "not accepted" },
  {
    name: "signed with RSASSA-PSS",
    chain: [Pki.server(rsaRoot, { pss: true })],
    roots: [rsaRoot],
    fault: "not accepted",
    openssl: { accepts: true, because: "it knows this signature; we offer it to no server" }
  },
  {
    name: "with an RSA key of 1024 bits",
    chain: [Pki.server(root, {}, Pki.rsa(1024))],
    roots: [root],
    fault: "too weak"
  },
  { name: "below a CA with an RSA key of 1024 bits", ...caWith({}, Pki.rsa(1024)), fault: "too weak" },
  {
    name: "below a root with an RSA key of 1024 bits",
    ...(() => {
      const weak = Pki.ca("weak", undefined, {}, Pki.rsa(1024))
      return { chain: [Pki.server(weak)], roots: [weak] }
    })(),
    fault: "too weak"
  },
  {
    name: "with algorithms that contradict each other",
    chain: [Pki.server(root, { innerAlgorithm: Der.sequence(Der.oid("1.2.840.10045.4.3.3")) })],
    roots: [root],
    fault: "malformed"
  },
  {
    name: "with an extension twice",
    chain: [Pki.server(root, leafWith(Pki.alternativeNames(dns("localhost")), Pki.alternativeNames(dns("localhost"))))],
    roots: [root],
    fault: "malformed"
  },
  {
    name: "of version 1 with extensions",
    chain: [Pki.server(root, { version: 1 })],
    roots: [root],
    fault: "malformed",
    openssl: { accepts: true, because: "it looks at versions with -x509_strict only" }
  },
  {
    name: "with key identifiers that contradict each other",
    ...(() => {
      const ca = Pki.ca("with id", undefined, {
        extensions: [basicConstraints(true), keyUsage(5), Pki.subjectKeyId(7)]
      })
      return {
        chain: [Pki.server(ca, leafWith(Pki.alternativeNames(dns("localhost")), Pki.authorityKeyId(8)))],
        roots: [ca]
      }
    })(),
    fault: "not issued by a trusted CA"
  }
]

const ours: readonly [string, string] = ["2.5.4.10", "Ours"]

/** A CA for subjects of ours only. */
const oursOnly = Pki.ca("ours only", root, {
  extensions: [
    basicConstraints(true),
    keyUsage(5),
    Pki.subjectKeyId(1),
    Pki.nameConstraints({ permitted: [Pki.directory(Pki.name("", ours))] })
  ]
})

const belowOurs = (subject: string) => {
  const middle = Pki.ca(subject, oursOnly, renewal)
  return { chain: [Pki.server(middle, { subject: Pki.name("server", ours) }), middle, oursOnly], roots: [root] }
}

const wrongName: ReadonlyArray<CertificateCase> = [
  {
    name: "below a CA that issued itself another certificate, under constraints",
    ...belowOurs("ours only"),
    fault: undefined
  },
  { name: "below a CA with a subject that is not permitted", ...belowOurs("theirs"), fault: "must not vouch" },
  {
    name: "with a name that is not permitted, and the subject of its issuer",
    chain: [Pki.server(oursOnly, { subject: oursOnly.subject }), oursOnly],
    roots: [root],
    fault: "must not vouch"
  },
  {
    name: "with a name that is not permitted",
    ...constrained(permittedExample, [dns("example.org")]),
    host: { name: "example.org" },
    fault: "must not vouch"
  },
  {
    name: "with one name that is not permitted among others",
    ...constrained(permittedExample, [dns("a.example.com"), dns("example.org")]),
    host: { name: "a.example.com" },
    fault: "must not vouch"
  },
  {
    name: "with a name that only ends like a permitted one",
    ...constrained(permittedExample, [dns("badexample.com")]),
    host: { name: "badexample.com" },
    fault: "must not vouch"
  },
  {
    name: "with an excluded name",
    ...constrained({ excluded: [dns("example.com")] }, [dns("game.example.com")]),
    host: { name: "game.example.com" },
    fault: "must not vouch"
  },
  {
    name: "with a wildcard for an excluded name",
    ...constrained({ excluded: [dns("game.example.com")] }, [dns("*.example.com")]),
    host: { name: "other.example.com" },
    fault: "must not vouch",
    openssl: { accepts: true, because: "it compares the wildcard as if it were a name" }
  },
  {
    name: "with an address that is not permitted",
    ...constrained({ permitted: [ip(10, 0, 0, 0, 255, 0, 0, 0)] }, [ip(11, 1, 2, 3)]),
    host: { ip: "11.1.2.3" },
    fault: "must not vouch"
  },
  {
    name: "with an excluded address",
    ...constrained({ excluded: [ip(10, 0, 0, 0, 255, 0, 0, 0)] }, [ip(10, 1, 2, 3)]),
    host: { ip: "10.1.2.3" },
    fault: "must not vouch"
  },
  {
    name: "with an IPv6 address below IPv4 constraints",
    ...constrained({ permitted: [ip(10, 0, 0, 0, 255, 0, 0, 0)] }, [ip(...new Array<number>(15).fill(0), 1)]),
    host: { ip: "::1" },
    fault: "must not vouch"
  },
  {
    name: "with a common name that is not permitted",
    ...constrained(permittedExample, [], Pki.name("example.org")),
    host: { name: "example.org" },
    fault: "must not vouch"
  },
  {
    name: "with a subject that is not permitted",
    ...constrained(
      { permitted: [Pki.directory(Pki.name("", ["2.5.4.10", "Ours"]))] },
      [dns("localhost")],
      Pki.name("server", ["2.5.4.10", "Theirs"])
    ),
    fault: "must not vouch"
  },
  {
    name: "with an excluded subject in other letters",
    ...constrained(
      { excluded: [Pki.directory(Pki.name("", ["2.5.4.10", "Bad"]))] },
      [dns("localhost")],
      Pki.name("server", ["2.5.4.10", " bAD "])
    ),
    fault: "must not vouch"
  },
  {
    name: "with a mail address below constraints on mail addresses",
    ...constrained({ permitted: [Pki.email("example.com")] }, [dns("localhost"), Pki.email("me@example.com")]),
    fault: "must not vouch",
    openssl: { accepts: true, because: "it can compare mail addresses" }
  },
  {
    name: "below an excluded name with an asterisk, which bases do not have",
    ...constrained({ excluded: [dns("*.example.com")] }, [dns("game.example.com")]),
    host: { name: "game.example.com" },
    fault: "must not vouch",
    openssl: { accepts: true, because: "it compares the asterisk as if it were a letter" }
  },
  {
    name: "below an excluded network of the wrong length",
    ...constrained({ excluded: [ip(10, 0, 0, 0, 255)] }, [ip(10, 1, 2, 3)]),
    host: { ip: "10.1.2.3" },
    fault: "not issued by a trusted CA"
  },
  {
    name: "with as many names and constraints as anybody needs",
    ...constrained({ excluded: manyNames(250, "z") }, [dns("localhost"), ...manyNames(250, "y")]),
    fault: undefined
  },
  {
    name: "with so many names and constraints that comparing them would take long",
    ...constrained({ excluded: manyNames(1100, "z") }, [dns("localhost"), ...manyNames(1100, "y")]),
    fault: "too many names"
  },
  {
    name: "with a URI below constraints on URIs",
    ...constrained({ excluded: [Pki.uri(".example.com")] }, [dns("localhost"), Pki.uri("https://a.example.org/")]),
    fault: "must not vouch",
    openssl: { accepts: true, because: "it can compare URIs" }
  }
]

const hostCase = (
  name: string,
  names: ReadonlyArray<Uint8Array>,
  host: NonNullable<CertificateCase["host"]>,
  matches: boolean,
  subject?: Uint8Array
): CertificateCase => ({
  name,
  chain: [Pki.server(root, {
    ...(subject === undefined ? {} : { subject }),
    extensions: names.length === 0 ? [] : [Pki.alternativeNames(...names)]
  })],
  roots: [root],
  host,
  fault: matches ? undefined : "host"
})

const commonName = (value: Uint8Array): Uint8Array => Der.sequence(Der.set(Der.sequence(Der.oid("2.5.4.3"), value)))

const bytes = Uint8Array.of(1, 2, 3)

const hosts: ReadonlyArray<CertificateCase> = [
  hostCase("for the host", [dns("example.com")], { name: "example.com" }, true),
  hostCase("for the host in other letters", [dns("Example.COM")], { name: "example.com" }, true),
  hostCase("for one host of several", [dns("a.example"), dns("b.example")], { name: "b.example" }, true),
  hostCase("for another host", [dns("example.org")], { name: "example.com" }, false),
  hostCase("for a host above", [dns("example.com")], { name: "game.example.com" }, false),
  hostCase("for a wildcard", [dns("*.example.com")], { name: "game.example.com" }, true),
  hostCase("for a wildcard, two labels", [dns("*.example.com")], { name: "a.game.example.com" }, false),
  hostCase("for a wildcard, no label", [dns("*.example.com")], { name: "example.com" }, false),
  {
    ...hostCase("for a partial wildcard", [dns("g*.example.com")], { name: "game.example.com" }, false),
    openssl: { accepts: true, because: "RFC 6125 section 6.4.3 leaves it open; we do not need them" }
  },
  hostCase("for a wildcard that is not leftmost", [dns("game.*.com")], { name: "game.example.com" }, false),
  hostCase(
    "for its common name, without alternative names",
    [],
    { name: "example.com" },
    true,
    Pki.name("example.com")
  ),
  hostCase("for another common name", [], { name: "example.com" }, false, Pki.name("example.org")),
  hostCase(
    "for its common name, with other alternative names",
    [dns("example.org")],
    { name: "example.com" },
    false,
    Pki.name("example.com")
  ),
  {
    ...hostCase(
      "for its common name, with only an address besides",
      [ip(10, 0, 0, 1)],
      { name: "example.com" },
      false,
      Pki.name("example.com")
    ),
    openssl: { accepts: true, because: "it looks for DNS names only; RFC 6125 section 6.4.4 is about any" }
  },
  hostCase("for a common name that is no text", [], { name: "example.com" }, false, commonName(Der.bitString(bytes))),
  hostCase("for a common name that is a sequence", [], { name: "example.com" }, false, commonName(Der.sequence())),
  hostCase(
    "for an address, by a common name that is no text",
    [],
    { ip: "::1" },
    false,
    commonName(Der.bitString(bytes))
  ),
  hostCase("for the address", [ip(10, 0, 0, 1)], { ip: "10.0.0.1" }, true),
  hostCase("for another address", [ip(10, 0, 0, 1)], { ip: "10.0.0.2" }, false),
  hostCase("for the IPv6 address", [ip(...new Array<number>(15).fill(0), 1)], { ip: "::1" }, true),
  hostCase("for a name that looks like the address", [dns("10.0.0.1")], { ip: "10.0.0.1" }, false),
  hostCase("for its common name that looks like the address", [], { ip: "10.0.0.1" }, false, Pki.name("10.0.0.1"))
]

export const certificateCases: ReadonlyArray<CertificateCase> = [...good, ...wrongChain, ...wrongName, ...hosts]
