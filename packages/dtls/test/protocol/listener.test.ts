import { describe, expect, it } from "@effect/vitest"
import { nodeCrypto } from "../../src/crypto/NodeCrypto.ts"
import * as Listener from "../../src/protocol/Listener.ts"
import { connect } from "../../src/protocol/Reducer.ts"
import { decodeAlert } from "../../src/wire/Alert.ts"
import { encodeMessage } from "../../src/wire/Handshake.ts"
import { type ClientHello, decodeClientHello, encodeClientHello } from "../../src/wire/messages/ClientHello.ts"
import { decodeHelloVerifyRequest } from "../../src/wire/messages/HelloVerifyRequest.ts"
import { decodeRecords, encodeRecord } from "../../src/wire/Record.ts"
import { clientConfig } from "../kit/Duo.ts"
import { seededRandom } from "../kit/random.ts"

const random = seededRandom("listener")
const listener = Listener.make(nodeCrypto, 0, random)
const home = "10.0.0.2 5000"

const first = connect(clientConfig(), 0, 0, seededRandom("client")).outputs.transmits[0]!

const helloOf = (datagram: Uint8Array): ClientHello => decodeClientHello(datagram.subarray(25))!

/** A datagram with a ClientHello in it. */
const datagramOf = (
  hello: ClientHello,
  options: { readonly sequence?: number; readonly recordSequence?: number; readonly epoch?: number } = {}
): Uint8Array =>
  encodeRecord({
    type: 22,
    version: 0xfeff,
    epoch: options.epoch ?? 0,
    sequence: options.recordSequence ?? 1,
    fragment: encodeMessage({ type: 1, sequence: options.sequence ?? 1, body: encodeClientHello(hello) })
  })

const cookieFrom = (greeting: Listener.Greeting): Uint8Array => {
  if (greeting._tag !== "Reply") throw new Error(`no reply: ${greeting._tag}`)
  const [record] = decodeRecords(greeting.datagram).records
  const request = decodeHelloVerifyRequest(record!.fragment.subarray(12))
  if (request === undefined) throw new Error("no HelloVerifyRequest")
  return request.cookie
}

const hello = helloOf(first)
const cookie = cookieFrom(Listener.greet(listener, home, first))
const withCookie = (cookie: Uint8Array, changes: Partial<ClientHello> = {}) =>
  datagramOf({ ...hello, cookie, ...changes })
const verdict = (datagram: Uint8Array, address = home, self = listener) => Listener.greet(self, address, datagram)._tag

describe("the cookie", () => {
  it("is asked for with an answer smaller than the question", () => {
    const greeting = Listener.greet(listener, home, first)
    if (greeting._tag !== "Reply") throw new Error("no reply")
    expect(greeting.datagram.length).toBe(60)
    // the shortest hello there can be: one suite, no extensions
    const shortest = datagramOf({ ...hello, cipherSuites: [0xc02f], extensions: [] })
    expect(shortest.length).toBeGreaterThan(60)
    expect(verdict(shortest)).toBe("Reply")
  })

  it("is asked for under the numbers of the ClientHello (RFC 6347 section 4.2.1)", () => {
    const greeting = Listener.greet(listener, home, datagramOf(hello, { sequence: 3, recordSequence: 77 }))
    if (greeting._tag !== "Reply") throw new Error("no reply")
    const [record] = decodeRecords(greeting.datagram).records
    expect(record).toMatchObject({ type: 22, version: 0xfeff, epoch: 0, sequence: 77 })
    expect([...record!.fragment.subarray(0, 6)]).toEqual([3, 0, 0, 35, 0, 3])
  })

  it("opens the door to its address", () => {
    expect(verdict(withCookie(cookie))).toBe("Accept")
  })

  it("is no good from another address or port", () => {
    for (const address of ["10.0.0.3 5000", "10.0.0.2 5001", "10.0.0.2 500", "10.0.0.25 000", ""]) {
      expect(verdict(withCookie(cookie), address)).toBe("Reply")
    }
  })

  it("is no good with any of its bits changed, or without its end", () => {
    for (let bit = 0; bit < cookie.length * 8; bit++) {
      const changed = cookie.slice()
      changed[bit >>> 3]! ^= 1 << (bit & 7)
      expect(verdict(withCookie(changed))).toBe("Reply")
    }
    for (let length = 0; length < cookie.length; length++) {
      expect(verdict(withCookie(cookie.subarray(0, length)))).toBe("Reply")
    }
    expect(verdict(withCookie(Uint8Array.of(...cookie, 0)))).toBe("Reply")
  })

  it("is no good for another hello", () => {
    const changes: ReadonlyArray<Partial<ClientHello>> = [
      { random: new Uint8Array(32) },
      { version: 0xfefc },
      { sessionId: Uint8Array.of(1) },
      { cipherSuites: hello.cipherSuites.slice(1) },
      { compressionMethods: Uint8Array.of(0, 1) }
    ]
    for (const change of changes) expect(verdict(withCookie(cookie, change))).toBe("Reply")
  })

  it("is good for as long as its secret is the last or the one before", () => {
    const at = (...times: ReadonlyArray<number>) => {
      let self = listener
      for (const now of times) self = Listener.rotate(self, now, random)
      return verdict(withCookie(cookie), home, self)
    }
    expect(at(29_999)).toBe("Accept")
    expect(at(30_000)).toBe("Accept")
    expect(at(30_000, 59_999)).toBe("Accept")
    expect(at(30_000, 60_000)).toBe("Reply")
    expect(at(59_999)).toBe("Accept")
    expect(at(60_000)).toBe("Reply")
  })

  it("is another one for each secret", () => {
    const other = Listener.make(nodeCrypto, 0, random)
    expect(cookieFrom(Listener.greet(other, home, first))).not.toEqual(cookie)
    expect(verdict(withCookie(cookie), home, other)).toBe("Reply")
  })
})

describe("what is no ClientHello in one piece", () => {
  const ignored = (bytes: Uint8Array) => expect(verdict(bytes)).toBe("Ignore")

  it("gets no answer", () => {
    const good = withCookie(cookie)
    for (let length = 0; length < good.length; length++) ignored(good.subarray(0, length))
    ignored(Uint8Array.of(...good, 0))
    ignored(Uint8Array.of(...good, ...good))
    ignored(datagramOf({ ...hello, cookie }, { epoch: 1 }))
    ignored(new TextEncoder().encode("no DTLS at all, but long enough to be some"))
  })

  it("gets no answer in fragments", () => {
    const [record] = decodeRecords(withCookie(cookie)).records
    const cut = record!.fragment.slice(0, 60)
    cut[11] = 48
    ignored(encodeRecord({ ...record!, fragment: cut }))
    // all of it, as if there was more to come
    const more = record!.fragment.slice()
    more[3]! += 1
    ignored(encodeRecord({ ...record!, fragment: more }))
  })

  it("gets no answer with numbers that leave no room for ours", () => {
    expect(verdict(datagramOf({ ...hello, cookie }, { recordSequence: 2 ** 48 - 1 }))).toBe("Ignore")
    expect(verdict(datagramOf({ ...hello, cookie }, { recordSequence: 2 ** 47 }))).toBe("Accept")
    expect(verdict(datagramOf({ ...hello, cookie }, { sequence: 0xffff }))).toBe("Ignore")
    expect(verdict(datagramOf({ ...hello, cookie }, { sequence: 0xff00 }))).toBe("Accept")
  })
})

describe("another version", () => {
  it("before 1.2 is answered with protocol_version", () => {
    const greeting = Listener.greet(listener, home, withCookie(cookie, { version: 0xfeff }))
    if (greeting._tag !== "Reply") throw new Error("no reply")
    const [record] = decodeRecords(greeting.datagram).records
    expect(record?.type).toBe(21)
    expect(decodeAlert(record!.fragment)).toEqual({ level: "fatal", description: 70 })
    expect(greeting.datagram.length).toBe(15)
  })

  it("after 1.2 may fall back", () => {
    expect(verdict(datagramOf({ ...hello, version: 0xfefc }))).toBe("Reply")
  })

  it("of TLS gets no answer", () => {
    expect(verdict(withCookie(cookie, { version: 0x0303 }))).toBe("Ignore")
  })
})
