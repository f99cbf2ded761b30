/**
 * Chains under name constraints.
 */
import * as Pki from "../Pki.ts"
import {
  basicConstraints,
  type CertificateCase,
  constrained,
  dns,
  ip,
  keyUsage,
  manyNames,
  ours,
  permittedExample,
  renewal,
  root
} from "./common.ts"

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

export const underConstraints: ReadonlyArray<CertificateCase> = [
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
