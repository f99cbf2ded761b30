/**
 * Attacks on a handshake: forged messages, messages out of their order, liars.
 */
import { describe, expect, it } from "@effect/vitest"
import { nodeCrypto, nodePrivateKey } from "../../src/crypto/NodeCrypto.ts"
import { encodeMessage } from "../../src/wire/Handshake.ts"
import { decodeServerKeyExchange, encodeServerKeyExchange } from "../../src/wire/messages/ServerKeyExchange.ts"
import { decodeRecords } from "../../src/wire/Record.ts"
import { Duo } from "../kit/Duo.ts"
import { changing, handshake, record } from "../kit/mitm.ts"
import * as Pki from "../kit/Pki.ts"
import { lastAlert, shown, tampered, untilFinished } from "../kit/tampering.ts"

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
