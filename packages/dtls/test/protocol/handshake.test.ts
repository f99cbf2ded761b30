import { describe, expect, it } from "@effect/vitest"
import { cipherSuites } from "../../src/wire/CipherSuite.ts"
import { HandshakeType } from "../../src/wire/Constants.ts"
import { namedGroups } from "../../src/wire/Groups.ts"
import { decodeFragments } from "../../src/wire/Handshake.ts"
import { decodeRecords } from "../../src/wire/Record.ts"
import { Duo, opened, serverConfig } from "../kit/Duo.ts"
import * as Pki from "../kit/Pki.ts"

const identities = {
  ECDSA: Pki.server(undefined, {}, Pki.p256()),
  RSA: Pki.server(undefined, {}, Pki.rsa())
}

/** Types of the handshake messages in a datagram, in brackets where they are encrypted. */
const messagesOf = (datagram: Uint8Array): ReadonlyArray<string> =>
  decodeRecords(datagram).records.flatMap((record) =>
    record.type !== 22
      ? [`type ${record.type}`]
      : record.epoch > 0
      ? ["encrypted"]
      : (decodeFragments(record.fragment) ?? []).map(({ offset, sequence, type }) =>
        offset > 0 ? "..." : `${type}#${sequence}`
      )
  )

describe("a handshake", () => {
  it("goes as RFC 6347 section 4.2.4 draws it", () => {
    const duo = opened({ issued: identities.ECDSA })
    const { ClientHello, ClientKeyExchange, HelloVerifyRequest, ServerHello, ServerKeyExchange } = HandshakeType
    expect(duo.sent.client.map(messagesOf)).toEqual([
      [`${ClientHello}#0`],
      [`${ClientHello}#1`],
      [`${ClientKeyExchange}#2`, "type 20", "encrypted"]
    ])
    expect(duo.sent.server.map(messagesOf)).toEqual([
      [`${HelloVerifyRequest}#0`],
      [`${ServerHello}#1`, "11#2", `${ServerKeyExchange}#3`, "14#4"],
      ["type 20", "encrypted"]
    ])
    expect(duo.drops).toEqual({ client: [], server: [] })
  })

  const combinations = cipherSuites.flatMap((suite) => namedGroups.map((group) => [suite.name, group.name] as const))

  it.each(combinations)("with %s and %s ends with both sides in agreement", (suiteName, groupName) => {
    const suites = cipherSuites.filter(({ name }) => name === suiteName)
    const groups = namedGroups.filter(({ name }) => name === groupName)
    const authentication = suites[0]?.authentication ?? "RSA"
    // the group of the certificate's key must be among the client's as well (RFC 8422 section 5.1.1)
    const offered = [...groups, ...namedGroups.filter((group) => !groups.includes(group))]
    const duo = opened({
      client: { suites, groups: offered },
      server: { suites, groups: offered },
      issued: identities[authentication]
    })
    const event = { _tag: "Open", cipherSuite: suiteName, group: groupName }
    expect(duo.events.client).toEqual([event])
    expect(duo.events.server).toEqual([event])
    duo.send("client", "hello")
    duo.run()
    duo.send("server", "well met")
    duo.run()
    expect(duo.received("server")).toEqual(["hello"])
    expect(duo.received("client")).toEqual(["well met"])
  })

  it("takes the server's preferences", () => {
    const duo = opened({
      client: { suites: [...cipherSuites].reverse(), groups: [...namedGroups].reverse() },
      issued: identities.RSA
    })
    expect(duo.events.client[0]).toEqual({
      _tag: "Open",
      cipherSuite: "ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      group: "x25519"
    })
  })

  it("with a server that asks for no cookie is as good", () => {
    const duo = new Duo()
    // the server takes the first hello for one whose sender has proved its address
    const config = serverConfig()
    duo.start()
    const [hello] = duo.inbox.server.splice(0)
    duo.accept(hello!, config)
    duo.run()
    expect(duo.isOpen).toBe(true)
    expect(duo.sent.client.map(messagesOf)[0]).toEqual(["1#0"])
    expect(duo.sent.server.map(messagesOf)[0]?.[0]).toBe("2#0")
  })

  it("survives a server whose first cookie is not good for long", () => {
    const duo = new Duo().start()
    duo.deliver("server")
    // both secrets are gone
    duo.now += 120_000
    duo.client = { ...duo.client!, deadline: undefined, attemptDeadline: undefined }
    duo.run()
    expect(duo.isOpen).toBe(true)
    expect(duo.sent.client.map(messagesOf).slice(0, 3)).toEqual([["1#0"], ["1#1"], ["1#2"]])
  })

  it("holds what is sent before its end, and sends it right behind", () => {
    const duo = new Duo().start()
    duo.send("client", "one")
    duo.send("client", "two")
    expect(duo.sent.client.length).toBe(1)
    duo.run()
    expect(duo.received("server")).toEqual(["one", "two"])
    // HelloVerifyRequest, flight, Finished: nothing was sent twice, and no time has passed
    expect(duo.sent.client.length).toBe(5)
    expect(duo.now).toBe(1000)
  })

  it("holds copies, so that the buffer may be used again at once", () => {
    const duo = new Duo().start()
    for (const payload of [new TextEncoder().encode("array"), Buffer.from("buffer")]) {
      duo.input("client", { _tag: "Send", payload })
      payload.fill(0)
    }
    duo.run()
    expect(duo.received("server")).toEqual(["array", "buffer"])
  })

  it("holds sixteen datagrams and no more", () => {
    const duo = new Duo().start()
    for (let i = 0; i < 20; i++) duo.send("client", String(i))
    expect(duo.drops.client).toEqual(new Array<string>(4).fill("NoRoom"))
    duo.run()
    expect(duo.received("server")).toEqual(Array.from({ length: 16 }, (_, i) => String(i)))
  })

  it("fits datagrams of every size", () => {
    for (const mtu of [256, 300, 508, 600, 1000, 1400, 16_384]) {
      const duo = opened({ client: { mtu }, server: { mtu }, issued: identities.RSA, seed: String(mtu) })
      const hellos = duo.sent.client.slice(0, 2)
      for (const datagram of [...duo.sent.server, ...duo.sent.client]) {
        if (!hellos.includes(datagram)) expect(datagram.length).toBeLessThanOrEqual(mtu)
      }
      // in few datagrams: each but the last of the flight is as full as fragments of 64 bytes let it be
      const flight = duo.sent.server.slice(1, -1)
      for (const datagram of flight.slice(0, -1)) expect(datagram.length).toBeGreaterThan(mtu - 100)
    }
  })

  it("adds 37 bytes to a datagram with GCM and 29 with ChaCha20", () => {
    for (const [aead, overhead] of [["aes-128-gcm", 37], ["aes-256-gcm", 37], ["chacha20-poly1305", 29]] as const) {
      const suites = cipherSuites.filter((suite) => suite.aead === aead)
      const duo = opened({ client: { suites } })
      duo.input("client", { _tag: "Send", payload: new Uint8Array(1392) })
      expect(duo.sent.client.at(-1)?.length).toBe(1392 + overhead)
    }
  })
})

describe("a handshake that cannot succeed", () => {
  const failed = (options: ConstructorParameters<typeof Duo>[0]) => {
    const duo = new Duo(options).start().run()
    expect(duo.isOpen).toBe(false)
    return [duo.end("client"), duo.end("server")].map((reason) =>
      reason === undefined
        ? undefined
        : "detail" in reason
        ? `${reason._tag}: ${reason.detail}`
        : reason._tag === "Alert"
        ? `alert ${reason.description}`
        : reason._tag
    )
  }

  it("for want of a common suite ends with handshake_failure", () => {
    const suites = (aead: string) => cipherSuites.filter((suite) => suite.aead === aead)
    expect(failed({ client: { suites: suites("aes-128-gcm") }, server: { suites: suites("chacha20-poly1305") } }))
      .toEqual(["alert 40", "NegotiationFailed: the client has no cipher suite in common with this server"])
  })

  it("for want of a suite for the key ends with handshake_failure", () => {
    const suites = cipherSuites.filter(({ authentication }) => authentication === "ECDSA")
    expect(failed({ client: { suites }, issued: identities.RSA })[0]).toBe("alert 40")
  })

  it("for want of a common group ends with handshake_failure", () => {
    const [x25519, p256] = namedGroups
    expect(failed({ client: { groups: [x25519!] }, server: { groups: [p256!] }, issued: identities.RSA }))
      .toEqual(["alert 40", "NegotiationFailed: the client has no group in common with this server"])
  })

  it("since the client does not know the curve of the certificate ends with handshake_failure", () => {
    const [x25519] = namedGroups
    expect(failed({ client: { groups: [x25519!] } })[0]).toBe("alert 40")
  })

  it("since the client refuses the certificate tells both sides why", () => {
    const reason = { _tag: "CertificateRefused", detail: "we do not like it" } as const
    expect(failed({ client: { verify: () => ({ _tag: "Refused", alert: "unknown_ca", reason }) } }))
      .toEqual(["CertificateRefused: we do not like it", "alert 48"])
  })
})
