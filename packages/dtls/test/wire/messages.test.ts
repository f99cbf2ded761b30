import { describe, expect, it } from "@effect/vitest"
import { decodeAlert, encodeAlert } from "../../src/wire/Alert.ts"
import { HandshakeType } from "../../src/wire/Constants.ts"
import { decodeCertificate, encodeCertificate } from "../../src/wire/messages/Certificate.ts"
import { isCertificateRequest } from "../../src/wire/messages/CertificateRequest.ts"
import { decodeClientHello, encodeClientHello, encodeInvariantFields } from "../../src/wire/messages/ClientHello.ts"
import { decodeClientKeyExchange, encodeClientKeyExchange } from "../../src/wire/messages/ClientKeyExchange.ts"
import { decodeHelloVerifyRequest, encodeHelloVerifyRequest } from "../../src/wire/messages/HelloVerifyRequest.ts"
import { isNewSessionTicket } from "../../src/wire/messages/NewSessionTicket.ts"
import { decodeServerHello, encodeServerHello } from "../../src/wire/messages/ServerHello.ts"
import { decodeServerKeyExchange, encodeServerKeyExchange } from "../../src/wire/messages/ServerKeyExchange.ts"
import { fromHex, messagesOf, session, toHex } from "../kit/fixture.ts"

const through =
  <A>(decode: (body: Uint8Array) => A | undefined, encode: (message: A) => Uint8Array) =>
  (body: Uint8Array): Uint8Array | undefined => {
    const message = decode(body)
    return message === undefined ? undefined : encode(message)
  }

/** Decodes and encodes again, by type of message. */
const codecs = new Map<number, (body: Uint8Array) => Uint8Array | undefined>([
  [HandshakeType.ClientHello, through(decodeClientHello, encodeClientHello)],
  [HandshakeType.HelloVerifyRequest, through(decodeHelloVerifyRequest, encodeHelloVerifyRequest)],
  [HandshakeType.ServerHello, through(decodeServerHello, encodeServerHello)],
  [HandshakeType.Certificate, through(decodeCertificate, encodeCertificate)],
  [HandshakeType.ServerKeyExchange, through(decodeServerKeyExchange, encodeServerKeyExchange)],
  [HandshakeType.ClientKeyExchange, through(decodeClientKeyExchange, encodeClientKeyExchange)]
])

const captured = [
  ...messagesOf(session("server cca8"), "client").map((message) => ({ ...message, from: "OpenSSL's client" })),
  ...messagesOf(session("client c02f"), "server").map((message) => ({ ...message, from: "OpenSSL's server" })),
  ...messagesOf(session("client c02f"), "client").map((message) => ({ ...message, from: "our client" }))
].filter(({ type }) => codecs.has(type))

describe("messages of OpenSSL and of our own", () => {
  it("are all there", () => {
    expect(new Set(captured.map(({ type }) => type))).toEqual(new Set(codecs.keys()))
  })

  it.each(captured.map((message) => [`${message.type} of ${message.from}`, message] as const))(
    "%s survives decoding and encoding",
    (_, { body, type }) => {
      const codec = codecs.get(type)
      expect(toHex(codec?.(body) ?? new Uint8Array(0))).toBe(toHex(body))
    }
  )

  it.each(captured.map((message) => [`${message.type} of ${message.from}`, message] as const))(
    "%s is malformed without any of its ends, and with one more byte",
    (_, { body, type }) => {
      const codec = codecs.get(type)
      // a hello without extensions is complete, and so is one that ends right before them
      const allowed = type === HandshakeType.ClientHello || type === HandshakeType.ServerHello ? 1 : 0
      let accepted = 0
      for (let length = 0; length < body.length; length++) {
        if (codec?.(body.subarray(0, length)) !== undefined) accepted++
      }
      expect(accepted).toBeLessThanOrEqual(allowed)
      expect(codec?.(Uint8Array.of(...body, 0))).toBeUndefined()
    }
  )
})

describe("the hello of our client", () => {
  it("is what it should be, byte by byte", () => {
    const [message] = messagesOf(session("client c02f"), "client")
    const hello = decodeClientHello(message!.body)
    expect(toHex(message!.body)).toBe(
      toHex(fromHex(`
        fefd ${toHex(hello!.random)} 00 00
        000e c02b c02f c02c c030 cca9 cca8 00ff 01 00
        003a
        0000 000e 000c 00 0009 6c6f63616c686f7374
        000a 0008 0006 001d 0017 0018
        000b 0002 01 00
        000d 000e 000c 0403 0503 0603 0401 0501 0601
        0017 0000
      `))
    )
  })

  it("repeats everything but the cookie when it comes again", () => {
    const [first, second] = messagesOf(session("client c02f"), "client").map(({ body }) => decodeClientHello(body))
    expect(first?.cookie.length).toBe(0)
    expect(second?.cookie.length).toBeGreaterThan(0)
    expect(encodeInvariantFields(first!)).toEqual(encodeInvariantFields(second!))
    expect(first?.extensions).toEqual(second?.extensions)
  })
})

describe("extensions", () => {
  const hello = (extensions: string) => fromHex(`fefd ${"11".repeat(32)} 00 00 0002 c02f 01 00 ${extensions}`)

  it("may be missing", () => {
    expect(decodeClientHello(hello(""))?.extensions).toEqual([])
    expect(decodeClientHello(hello("0000"))?.extensions).toEqual([])
  })

  it("must not occur twice (RFC 5246 section 7.4.1.4)", () => {
    expect(decodeClientHello(hello("0004 00170000"))?.extensions.length).toBe(1)
    expect(decodeClientHello(hello("0008 00170000 00170000"))).toBeUndefined()
  })

  it("must fit their length", () => {
    expect(decodeClientHello(hello("0003 00170000"))).toBeUndefined()
    expect(decodeClientHello(hello("0005 00170000"))).toBeUndefined()
    expect(decodeClientHello(hello("0004 00170001"))).toBeUndefined()
  })
})

describe("messages that are only checked", () => {
  it("a CertificateRequest", () => {
    expect(isCertificateRequest(fromHex("01 40 0002 0403 0000"))).toBe(true)
    expect(isCertificateRequest(fromHex("01 40 0002 0403 0005 0003 300100"))).toBe(true)
    expect(isCertificateRequest(fromHex("01 40 0002 0403 0005 0004 300100"))).toBe(false)
    expect(isCertificateRequest(fromHex("01 40 0003 040305 0000"))).toBe(false)
    expect(isCertificateRequest(fromHex("01 40 0002 0403 0000 00"))).toBe(false)
    expect(isCertificateRequest(new Uint8Array(0))).toBe(false)
  })

  it("a NewSessionTicket", () => {
    expect(isNewSessionTicket(fromHex("00001c20 0003 aabbcc"))).toBe(true)
    expect(isNewSessionTicket(fromHex("00001c20 0004 aabbcc"))).toBe(false)
    expect(isNewSessionTicket(fromHex("00001c20 0002 aabbcc"))).toBe(false)
  })
})

describe("alerts", () => {
  it("are two bytes", () => {
    expect(decodeAlert(Uint8Array.of(2, 40))).toEqual({ level: "fatal", description: 40 })
    expect(decodeAlert(Uint8Array.of(1, 0))).toEqual({ level: "warning", description: 0 })
    expect(encodeAlert({ level: "fatal", description: 50 })).toEqual(Uint8Array.of(2, 50))
    for (const bytes of [[], [2], [3, 0], [0, 0], [2, 40, 0]]) {
      expect(decodeAlert(Uint8Array.from(bytes))).toBeUndefined()
    }
  })
})
