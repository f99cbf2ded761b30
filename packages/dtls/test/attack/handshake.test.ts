/**
 * Attacks on a handshake: forged messages, changed messages, liars.
 */
import { describe, expect, it } from "@effect/vitest"
import type { CryptoProvider } from "../../src/crypto/CryptoProvider.ts"
import { nodeCrypto, nodePrivateKey } from "../../src/crypto/NodeCrypto.ts"
import type { EndReason } from "../../src/protocol/Output.ts"
import { decodeAlert } from "../../src/wire/Alert.ts"
import { cipherSuites } from "../../src/wire/CipherSuite.ts"
import type { Extension } from "../../src/wire/Extensions.ts"
import { namedGroups } from "../../src/wire/Groups.ts"
import { encodeMessage } from "../../src/wire/Handshake.ts"
import { encodeClientKeyExchange } from "../../src/wire/messages/ClientKeyExchange.ts"
import { decodeServerKeyExchange, encodeServerKeyExchange } from "../../src/wire/messages/ServerKeyExchange.ts"
import { decodeRecords } from "../../src/wire/Record.ts"
import { Duo, type Side } from "../kit/Duo.ts"
import { changing, changingClientHello, changingServerHello, handshake, record } from "../kit/mitm.ts"
import * as Pki from "../kit/Pki.ts"

const shown = (reason: EndReason | undefined): string | undefined =>
  reason !== undefined && "detail" in reason ? `${reason._tag}: ${reason.detail}` : reason?._tag

/** The last thing that a side said, as an alert. */
const lastAlert = (duo: Duo, side: Side): number | undefined => {
  const [first] = decodeRecords(duo.sent[side].at(-1)!).records
  return first?.type === 21 && first.epoch === 0 ? decodeAlert(first.fragment)?.description : undefined
}

/** A handshake in which everything on its way to a side is changed. */
const tampered = (
  to: Side,
  change: (datagram: Uint8Array) => Uint8Array,
  options: ConstructorParameters<typeof Duo>[0] = {}
): Duo => {
  const duo = new Duo(options)
  duo.tamper = (side, datagram) => [side === to ? change(datagram) : datagram]
  duo.start().run()
  expect(duo.phase("client")).not.toBe("Open")
  expect(duo.phase("server")).not.toBe("Open")
  return duo
}

/** Up to the point where the client waits for the server's Finished. */
const untilFinished = (): Duo => {
  const duo = new Duo().start()
  duo.deliver("server").deliver("client").deliver("server").deliver("client")
  expect([duo.phase("client"), duo.phase("server")]).toEqual(["AwaitServerFinished", "AwaitClientKeyExchange"])
  return duo
}

describe("a server without the key of its certificate", () => {
  it.each([["ECDSA", Pki.server(), Pki.p256()], ["RSA", Pki.server(undefined, {}, Pki.rsa()), Pki.rsa()]] as const)(
    "(%s) is found out by its signature",
    (_, issued, keys) => {
      const duo = new Duo({ issued, server: { privateKey: nodePrivateKey(keys.privateKey)! } }).start().run()
      expect(shown(duo.end("client"))).toContain("wrong signature")
      expect(lastAlert(duo, "client")).toBe(51)
      expect(duo.phase("server")).toBe("Ended")
    }
  )

  it("cannot use a signature of another handshake", () => {
    const first = new Duo({ seed: "one" }).start().run()
    const recorded: Array<Uint8Array> = []
    for (const datagram of first.sent.server) changing(12, (body) => (recorded.push(body), body))(datagram)
    const duo = tampered("client", changing(12, () => recorded[0]!), { seed: "two" })
    expect(shown(duo.end("client"))).toContain("wrong signature")
  })

  it("cannot put its own key under somebody's signature", () => {
    const duo = tampered(
      "client",
      changing(12, (body) => {
        const exchange = decodeServerKeyExchange(body)!
        const { publicKey } = nodeCrypto.keyShare("x25519", (length) => new Uint8Array(length).fill(7))
        return encodeServerKeyExchange({ ...exchange, publicKey })
      })
    )
    expect(shown(duo.end("client"))).toContain("wrong signature")
  })
})

describe("a forged Finished", () => {
  it("without protection is no Finished for a client", () => {
    const duo = untilFinished()
    for (const sequence of [4, 5, 6]) duo.receive("client", handshake({ type: 20, sequence, body: new Uint8Array(12) }))
    expect(duo.drops.client).toEqual(["Unprotected", "Unprotected", "Unprotected"])
    duo.run()
    expect(duo.isOpen).toBe(true)
  })

  it("without protection is no Finished for a server", () => {
    const duo = untilFinished()
    const whole = duo.inbox.server.splice(0)[0]!
    const exchange = decodeRecords(whole).records[0]!.fragment.length + 13
    duo.receive("server", whole.subarray(0, exchange))
    for (const sequence of [2, 3, 4]) duo.receive("server", handshake({ type: 20, sequence, body: new Uint8Array(12) }))
    expect(duo.phase("server")).toBe("AwaitClientFinished")
    expect(duo.drops.server).toEqual(["Unprotected", "Unprotected", "Unprotected"])
    duo.receive("server", whole.subarray(exchange))
    duo.run()
    expect(duo.isOpen).toBe(true)
  })

  it.each(["client", "server"] as const)("under the right keys, but over another transcript, ends the %s", (side) => {
    const duo = untilFinished()
    const whole = duo.inbox.server.splice(0)[0]!
    const exchange = decodeRecords(whole).records[0]!.fragment.length + 13
    duo.receive("server", whole.subarray(0, exchange))
    const phase = duo.server!.phase
    if (phase._tag !== "AwaitClientFinished") throw new Error(phase._tag)
    const protection = side === "client" ? phase.keys.server : phase.keys.client
    const header = { type: 22, version: 0xfefd, epoch: 1, sequence: 9 }
    const finished = encodeMessage({ type: 20, sequence: side === "client" ? 5 : 3, body: new Uint8Array(12) })
    duo.receive(side, record(22, protection.seal(header, finished), header))
    expect(shown(duo.end(side))).toContain("wrong Finished")
    expect(duo.phase(side)).toBe("Ended")
  })
})

describe("during a handshake", () => {
  it.each(["client", "server"] as const)("the %s takes no application data without protection", (side) => {
    const duo = untilFinished()
    for (const sequence of [0, 1, 50]) duo.receive(side, record(23, new TextEncoder().encode("forged"), { sequence }))
    duo.run()
    expect(duo.isOpen).toBe(true)
    expect(duo.received(side)).toEqual([])
    expect(duo.drops[side].filter((reason) => reason === "Unprotected").length).toBe(3)
  })

  it("data that has overtaken the Finished is told only behind it", () => {
    const duo = untilFinished()
    duo.deliver("server")
    const finished = duo.inbox.client.splice(0)
    duo.send("server", "early")
    const early = duo.inbox.client.splice(0)
    duo.receive("client", early[0]!)
    expect(duo.received("client")).toEqual([])
    expect(duo.phase("client")).toBe("AwaitServerFinished")
    duo.receive("client", finished[0]!)
    expect(duo.events.client.map(({ _tag }) => _tag)).toEqual(["Open", "Receive"])
  })

  it("of data that has overtaken the Finished, eight datagrams are kept", () => {
    const duo = untilFinished()
    duo.deliver("server")
    const finished = duo.inbox.client.splice(0)
    for (let i = 0; i < 20; i++) duo.send("server", `early ${i}`)
    duo.deliver("client")
    expect(duo.drops.client).toEqual(new Array<string>(12).fill("NoRoom"))
    duo.receive("client", finished[0]!)
    expect(duo.received("client")).toEqual(Array.from({ length: 8 }, (_, i) => `early ${i}`))
  })

  it("junk in epoch 1 does not keep a server from its client's Finished", () => {
    const duo = untilFinished()
    for (let i = 0; i < 100; i++) duo.receive("server", record(22, new Uint8Array(60), { epoch: 1, sequence: i }))
    expect(duo.server?.early.length).toBeLessThanOrEqual(4)
    duo.receive("server", record(22, new Uint8Array(5000), { epoch: 1 }))
    duo.run()
    // in the datagram with the key exchange, it needs no place among those that wait
    expect(duo.isOpen).toBe(true)
  })

  it("a ChangeCipherSpec that is none is dropped", () => {
    const duo = untilFinished()
    for (const body of [[], [0], [2], [1, 1]]) duo.receive("server", record(20, Uint8Array.from(body)))
    expect(duo.drops.server).toEqual(new Array<string>(4).fill("Malformed"))
    for (let i = 0; i < 10; i++) duo.receive("server", record(20, Uint8Array.of(1)))
    duo.run()
    expect(duo.isOpen).toBe(true)
  })

  it("a server's cookies are followed five times, not for ever", () => {
    const duo = new Duo().start()
    for (let i = 0; i < 50; i++) {
      const body = Uint8Array.of(0xfe, 0xff, 2, i, 255)
      duo.receive("client", handshake({ type: 3, sequence: 0, body }))
    }
    expect(duo.sent.client.length).toBe(6)
    const same = handshake({ type: 3, sequence: 0, body: Uint8Array.of(0xfe, 0xff, 2, 4, 255) })
    duo.receive("client", same)
    expect(duo.sent.client.length).toBe(6)
  })

  it("a malformed HelloVerifyRequest is dropped", () => {
    const duo = new Duo().start()
    for (const body of [[], [0xfe, 0xff], [0xfe, 0xff, 0], [3, 3, 1, 1], [0xfe, 0xff, 2, 1], [0xfe, 0xff, 1, 1, 1]]) {
      duo.receive("client", handshake({ type: 3, sequence: 0, body: Uint8Array.from(body) }))
    }
    expect(duo.drops.client).toEqual(new Array<string>(6).fill("Malformed"))
    duo.run()
    expect(duo.isOpen).toBe(true)
  })

  it("messages out of their order end it", () => {
    for (let type = 0; type <= 24; type++) {
      const duo = new Duo().start()
      duo.receive("client", handshake({ type, sequence: 0, body: new Uint8Array(0) }))
      // a HelloRequest and a HelloVerifyRequest stand outside of the order, a Finished needs protection
      expect(duo.phase("client"), `type ${type}`).toBe([0, 3, 20].includes(type) ? "AwaitServerHello" : "Ended")
    }
    const client = untilFinished()
    client.receive("client", handshake({ type: 2, sequence: 5, body: new Uint8Array(40) }))
    expect(shown(client.end("client"))).toContain("out of order")
    const server = untilFinished()
    server.receive("server", handshake({ type: 11, sequence: 2, body: new Uint8Array(3) }))
    expect(shown(server.end("server"))).toContain("out of order")
  })

  it("alerts end it, since nobody has keys yet; warnings do not", () => {
    const duo = new Duo().start()
    duo.receive("client", record(21, Uint8Array.of(1, 112), { version: 0xfeff }))
    expect(duo.phase("client")).toBe("AwaitServerHello")
    duo.receive("client", record(21, Uint8Array.of(2, 40), { version: 0xfeff }))
    expect(duo.end("client")).toEqual({ _tag: "Alert", description: 40 })
  })
})

describe("a certificate request", () => {
  const request = Uint8Array.of(1, 64, 0, 2, 4, 3, 0, 0)

  it("is answered with no certificate", () => {
    const duo = new Duo().start()
    duo.deliver("server").deliver("client").deliver("server")
    // between ServerKeyExchange and ServerHelloDone: takes the number of the latter
    for (const datagram of duo.inbox.client.splice(0)) {
      duo.receive(
        "client",
        changing(14, (body) => body)(datagram.subarray(0, -25))
      )
    }
    expect(duo.phase("client")).toBe("AwaitServerHelloDone")
    duo.receive("client", handshake({ type: 13, sequence: 4, body: request }))
    duo.receive("client", handshake({ type: 14, sequence: 5, body: new Uint8Array(0) }))
    expect(duo.phase("client")).toBe("AwaitServerFinished")
    const [first] = decodeRecords(duo.sent.client.at(-1)!).records
    expect([...first!.fragment]).toEqual([11, 0, 0, 3, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0])
  })

  it("comes once, and well-formed", () => {
    for (const bodies of [[request, request], [request.subarray(1)]]) {
      const duo = new Duo().start()
      duo.deliver("server").deliver("client").deliver("server")
      for (const datagram of duo.inbox.client.splice(0)) duo.receive("client", datagram.subarray(0, -25))
      bodies.forEach((body, index) => duo.receive("client", handshake({ type: 13, sequence: 4 + index, body })))
      expect(duo.phase("client")).toBe("Ended")
    }
  })
})

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
