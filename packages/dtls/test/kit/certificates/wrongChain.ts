/**
 * Chains that do not lead to a trusted certificate as they should.
 */
import * as Der from "../DerWriter.ts"
import * as Pki from "../Pki.ts"
import {
  basicConstraints,
  below,
  caWith,
  type CertificateCase,
  chainOf,
  dns,
  extendedKeyUsage,
  future,
  keyUsage,
  leaf,
  leafWith,
  limited,
  past,
  root,
  rsaRoot,
  sameName,
  selfSigned,
  stranger,
  unknownExtension
} from "./common.ts"

/** More CAs of one name and key than anybody has, all of which could have issued all others. */
const entangled = (() => {
  const keys = Pki.p256()
  const genuine = Pki.ca("entangled", root, {}, keys)
  const others = Array.from({ length: 14 }, () => Pki.ca("entangled", genuine, {}, keys))
  return { chain: [Pki.server(genuine), ...others, genuine], roots: [root] }
})()

export const wrongChain: ReadonlyArray<CertificateCase> = [
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
  { name: "signed by itself", chain: [selfSigned], roots: [root], fault: "signed by itself, and is not" },
  {
    name: "signed by itself, of the same name as the trusted one",
    chain: [selfSigned],
    roots: [Pki.server()],
    fault: "signed by itself, and is not"
  },
  {
    name: "signed by itself, with the name of a trusted one",
    chain: [Pki.server(undefined, { subject: root.subject })],
    roots: [root],
    fault: "signed by itself, and is not"
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
