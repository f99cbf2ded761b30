/**
 * Certificates, and hosts that they are for or not.
 */
import * as Der from "../DerWriter.ts"
import * as Pki from "../Pki.ts"
import { type CertificateCase, dns, ip, root } from "./common.ts"

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

export const hosts: ReadonlyArray<CertificateCase> = [
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
