/**
 * Attacks on what two sides agree upon: downgrades, extensions, keys that are none.
 */
import { describe, expect, it } from "@effect/vitest"
import type { CryptoProvider } from "../../src/crypto/CryptoProvider.ts"
import { nodeCrypto } from "../../src/crypto/NodeCrypto.ts"
import { cipherSuites } from "../../src/wire/CipherSuite.ts"
import type { Extension } from "../../src/wire/Extensions.ts"
import { namedGroups } from "../../src/wire/Groups.ts"
import { encodeClientKeyExchange } from "../../src/wire/messages/ClientKeyExchange.ts"
import { decodeServerKeyExchange, encodeServerKeyExchange } from "../../src/wire/messages/ServerKeyExchange.ts"
import { Duo } from "../kit/Duo.ts"
import { changing, changingClientHello, changingServerHello } from "../kit/mitm.ts"
import * as Pki from "../kit/Pki.ts"
import { lastAlert, shown, tampered } from "../kit/tampering.ts"

describe("somebody in between who wants less security", () => {
  it("cannot lower the version", () => {
    const answered = tampered("client", changingServerHello((hello) => ({ ...hello, version: 0xfeff })))
    expect(shown(answered.end("client"))).toBe("NegotiationFailed: the server speaks feff, not DTLS 1.2")
    expect(lastAlert(answered, "client")).toBe(70)
    const asked = tampered("server", changingClientHello((hello) => ({ ...hello, version: 0xfeff })))
    expect(asked.end("client")).toEqual({ _tag: "Alert", description: 70 })
  })

  it("cannot choose a suite for the server", () => {
    const suite = cipherSuites.find(({ name }) => name === "ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")!
    const duo = tampered("client", changingServerHello((hello) => ({ ...hello, cipherSuite: suite.id })))
    expect(duo.phase("client")).toBe("AwaitServerFinished")
    const unknown = tampered("client", changingServerHello((hello) => ({ ...hello, cipherSuite: 0xc009 })))
    expect(shown(unknown.end("client"))).toContain("a cipher suite that was not offered")
    expect(lastAlert(unknown, "client")).toBe(47)
  })

  it("cannot choose a suite that the certificate is not for", () => {
    const suite = cipherSuites.find(({ name }) => name === "ECDHE_RSA_WITH_AES_128_GCM_SHA256")!
    const duo = tampered("client", changingServerHello((hello) => ({ ...hello, cipherSuite: suite.id })))
    expect(shown(duo.end("client"))).toBe(
      "ProtocolViolation: a certificate that is not for ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    )
    expect(lastAlert(duo, "client")).toBe(43)
  })

  it("cannot choose a signature scheme that was not offered, or is not for the suite", () => {
    // RSA with SHA-256, ECDSA with SHA-1, RSA with MD5
    for (const scheme of [0x0401, 0x0203, 0x0101]) {
      const duo = tampered(
        "client",
        changing(12, (body) => encodeServerKeyExchange({ ...decodeServerKeyExchange(body)!, scheme }))
      )
      expect(shown(duo.end("client"))).toContain("a signature scheme that was not offered")
      expect(lastAlert(duo, "client")).toBe(47)
    }
  })

  it("cannot make a server choose a group that the client does not want", () => {
    const duo = tampered(
      "server",
      changingClientHello((hello) => ({
        ...hello,
        extensions: hello.extensions.filter(({ type }) => type !== 10)
      })),
      { client: { groups: namedGroups.slice(1) } }
    )
    expect(shown(duo.end("client"))).toContain("a group that was not offered")
    expect(lastAlert(duo, "client")).toBe(47)
  })

  it("cannot narrow what the client offers, as the keys do not fit then", () => {
    const suites = cipherSuites.filter(({ aead }) => aead === "chacha20-poly1305").map(({ id }) => id)
    const duo = tampered(
      "server",
      changingClientHello((hello) => ({ ...hello, cipherSuites: [...suites, 0x00ff] }))
    )
    expect([duo.phase("client"), duo.phase("server")]).toEqual(["AwaitServerFinished", "AwaitClientFinished"])
    expect(duo.drops.server).toContain("NotAuthentic")
    const groups = tampered(
      "server",
      changingClientHello((hello) => ({
        ...hello,
        extensions: hello.extensions.filter(({ type }) => type !== 10)
      })),
      { server: { groups: namedGroups.slice(1) } }
    )
    expect(groups.phase("server")).toBe("AwaitClientFinished")
  })

  it("cannot take extended master secret away, on either side", () => {
    const without = (extensions: ReadonlyArray<Extension>) => extensions.filter(({ type }) => type !== 23)
    const answered = tampered(
      "client",
      changingServerHello((hello) => ({ ...hello, extensions: without(hello.extensions) }))
    )
    expect(shown(answered.end("client"))).toBe("NegotiationFailed: the server has no extended master secret")
    expect(lastAlert(answered, "client")).toBe(40)
    const asked = tampered(
      "server",
      changingClientHello((hello) => ({ ...hello, extensions: without(hello.extensions) }))
    )
    expect(shown(asked.end("server"))).toContain("no extended master secret")
  })

  it("cannot take secure renegotiation away", () => {
    const duo = tampered(
      "client",
      changingServerHello((hello) => ({
        ...hello,
        extensions: hello.extensions.filter(({ type }) => type !== 0xff01)
      }))
    )
    expect(shown(duo.end("client"))).toBe("NegotiationFailed: the server has no secure renegotiation")
    const other = tampered(
      "client",
      changingServerHello((hello) => ({
        ...hello,
        extensions: hello.extensions.map((one) => one.type === 0xff01 ? { ...one, body: Uint8Array.of(1, 0) } : one)
      }))
    )
    expect(shown(other.end("client"))).toContain("no secure renegotiation")
  })

  it("cannot switch compression on", () => {
    const duo = tampered("client", changingServerHello((hello) => ({ ...hello, compressionMethod: 1 })))
    expect(lastAlert(duo, "client")).toBe(47)
    const asked = tampered(
      "server",
      changingClientHello((hello) => ({ ...hello, compressionMethods: Uint8Array.of(1) }))
    )
    expect(lastAlert(asked, "server")).toBe(47)
  })
})

describe("extensions in ServerHello", () => {
  const withExtension = (extension: Extension) =>
    tampered("client", changingServerHello((hello) => ({ ...hello, extensions: [...hello.extensions, extension] })))

  it("that were not asked for end with unsupported_extension", () => {
    for (const type of [1, 5, 10, 13, 16, 22, 35, 43, 0x1234]) {
      const duo = withExtension({ type, body: new Uint8Array(0) })
      expect(shown(duo.end("client"))).toContain(`extension ${type}, which was not offered`)
      expect(lastAlert(duo, "client")).toBe(110)
    }
  })

  it("that come twice end with decode_error", () => {
    const duo = withExtension({ type: 23, body: new Uint8Array(0) })
    expect(shown(duo.end("client"))).toContain("malformed ServerHello")
    expect(lastAlert(duo, "client")).toBe(50)
  })

  it("that say what they must not end with illegal_parameter", () => {
    for (const wrong of [{ type: 23, body: Uint8Array.of(1) }, { type: 11, body: Uint8Array.of(1, 1) }]) {
      const duo = tampered(
        "client",
        changingServerHello((hello) => ({
          ...hello,
          extensions: hello.extensions.map((one) => one.type === wrong.type ? wrong : one)
        }))
      )
      expect(lastAlert(duo, "client")).toBe(47)
    }
    expect(lastAlert(withExtension({ type: 0, body: Uint8Array.of(0) }), "client")).toBe(47)
  })

  it("server_name is welcome when a name was sent, and only then", () => {
    const acknowledged = changingServerHello((hello) => ({
      ...hello,
      extensions: [...hello.extensions, { type: 0, body: new Uint8Array(0) }]
    }))
    const named = tampered("client", acknowledged)
    // the changed transcript is found out later
    expect(named.phase("client")).toBe("AwaitServerFinished")
    const nameless = tampered("client", acknowledged, { client: { serverName: undefined } })
    expect(lastAlert(nameless, "client")).toBe(110)
  })
})

describe("extensions in ClientHello", () => {
  it("that say what they must not end with illegal_parameter", () => {
    const wrong: ReadonlyArray<Extension> = [
      { type: 23, body: Uint8Array.of(0) },
      { type: 11, body: Uint8Array.of(1, 1) },
      { type: 11, body: new Uint8Array(0) },
      { type: 10, body: Uint8Array.of(0, 3, 0, 23, 0) },
      { type: 10, body: Uint8Array.of(0, 0) },
      { type: 13, body: Uint8Array.of(0, 2) }
    ]
    for (const extension of wrong) {
      const duo = tampered(
        "server",
        changingClientHello((hello) => ({
          ...hello,
          extensions: hello.extensions.map((one) => one.type === extension.type ? extension : one)
        }))
      )
      expect(lastAlert(duo, "server"), String(extension.body)).toBe(47)
    }
  })

  it("about an earlier handshake on the connection end with illegal_parameter (RFC 5746 section 3.6)", () => {
    for (const body of [Uint8Array.of(1, 0), new Uint8Array(0), Uint8Array.of(0, 0)]) {
      const duo = tampered(
        "server",
        changingClientHello((hello) => ({ ...hello, extensions: [...hello.extensions, { type: 0xff01, body }] }))
      )
      expect(lastAlert(duo, "server")).toBe(47)
    }
  })

  it("without signature algorithms mean SHA-1, which is refused", () => {
    const duo = tampered(
      "server",
      changingClientHello((hello) => ({
        ...hello,
        extensions: hello.extensions.filter(({ type }) => type !== 13)
      }))
    )
    expect(shown(duo.end("server"))).toContain("no signature scheme in common")
  })
})

describe("keys that are none", () => {
  /** A provider whose key shares are whatever somebody wants them to be. */
  const lying = (publicKey: Uint8Array): CryptoProvider => ({
    ...nodeCrypto,
    keyShare: (group, random) => ({ ...nodeCrypto.keyShare(group, random), publicKey })
  })
  const offCurve = (() => {
    const key = nodeCrypto.keyShare("secp256r1", (length) => new Uint8Array(length).fill(3)).publicKey.slice()
    key[64]! ^= 1
    return key
  })()
  const cases = [
    ["x25519", "zero", new Uint8Array(32)],
    ["x25519", "too short", new Uint8Array(31)],
    ["secp256r1", "off the curve", offCurve],
    ["secp256r1", "at infinity", Uint8Array.of(0)]
  ] as const

  it.each(cases)("from a server, on %s %s, end with illegal_parameter", (group, _, publicKey) => {
    const groups = namedGroups.filter(({ name }) => name === group)
    const duo = new Duo({ server: { groups, crypto: lying(publicKey) }, issued: Pki.server(undefined, {}, rsa) })
      .start().run()
    expect(shown(duo.end("client"))).toContain("an invalid public key")
    expect(lastAlert(duo, "client")).toBe(47)
  })

  it.each(cases)("from a client, on %s %s, end with illegal_parameter", (group, _, publicKey) => {
    const groups = namedGroups.filter(({ name }) => name === group)
    const issued = Pki.server(undefined, {}, rsa)
    const duo = new Duo({ server: { groups }, issued })
    duo.tamper = (side, datagram) => [
      side === "server" ? changing(16, () => encodeClientKeyExchange(publicKey))(datagram) : datagram
    ]
    duo.start().run()
    expect(shown(duo.end("server"))).toContain("an invalid public key")
    expect(lastAlert(duo, "server")).toBe(47)
  })

  const rsa = Pki.rsa()
})
