import { describe, expect, it } from "@effect/vitest"
import { deadline } from "../../src/protocol/Association.ts"
import { decodeRecords } from "../../src/wire/Record.ts"
import { Duo, opened, type Side } from "../kit/Duo.ts"
import * as Pki from "../kit/Pki.ts"

const rsa = Pki.server(undefined, {}, Pki.rsa())

/** Lets time pass tick by tick, and gives the times since now at which a side sends something. */
const sends = (duo: Duo, side: Side, until: number): ReadonlyArray<number> => {
  const start = duo.now
  const times: Array<number> = []
  while (duo.now < start + until) {
    const at = Math.min(deadline(duo[side]!) ?? Infinity, start + until)
    const before = duo.sent[side].length
    duo.now = at
    duo.input(side, { _tag: "Tick" })
    if (duo.sent[side].length > before) times.push(at - start)
  }
  return times
}

/** A client that has the cookie, and a server that has answered. */
const answered = (options: ConstructorParameters<typeof Duo>[0] = {}): Duo => {
  const duo = new Duo(options).start()
  duo.deliver("server").deliver("client").deliver("server")
  return duo
}

describe("flights", () => {
  it("are sent again after 1 s, and then after twice the time, up to 60 s", () => {
    const duo = answered({ server: { handshakeTimeout: 600_000 } })
    expect(sends(duo, "server", 250_000)).toEqual([
      1000,
      3000,
      7000,
      15_000,
      31_000,
      63_000,
      123_000,
      183_000,
      243_000
    ])
  })

  it("of a client that hears nothing begin anew after the fifth time", () => {
    const duo = new Duo({ client: { handshakeTimeout: 600_000 } }).start()
    expect(sends(duo, "client", 34_000)).toEqual([
      1000,
      3000,
      7000,
      15_000,
      16_000,
      17_000,
      19_000,
      23_000,
      31_000,
      32_000,
      33_000
    ])
  })

  it("have new record numbers each time, and the same messages", () => {
    const duo = new Duo().start()
    sends(duo, "client", 10_000)
    const records = duo.sent.client.flatMap((datagram) => decodeRecords(datagram).records)
    expect(records.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3])
    expect(new Set(records.map(({ fragment }) => String(fragment))).size).toBe(1)
  })

  it("of a server are cut small after two timeouts", () => {
    const duo = answered({ issued: rsa, server: { handshakeTimeout: 100_000, mtu: 1400 } })
    const before = duo.sent.server.length
    expect(sends(duo, "server", 16_000)).toEqual([1000, 3000, 7000, 15_000])
    const sizes = duo.sent.server.slice(before).map(({ length }) => length)
    expect(sizes[0]).toBeGreaterThan(508)
    for (const size of sizes.slice(1)) expect(size).toBeLessThanOrEqual(508)
  })

  it("of a server that are lost come again when the client repeats its hello", () => {
    const duo = answered()
    duo.inbox.client.length = 0
    duo.wait(1000)
    // both sides' time is up: the server's own repetition, and none more for the client's
    const before = duo.sent.server.length
    duo.deliver("server")
    expect(duo.sent.server.length).toBe(before)
    duo.run()
    expect(duo.isOpen).toBe(true)
  })

  it("are repeated for a repetition, but not for two at once", () => {
    const duo = answered({ server: { handshakeTimeout: 100_000 } })
    const hello = duo.sent.client.at(-1)!
    const before = duo.sent.server.length
    const repeat = () => {
      duo.receive("server", hello)
      return duo.sent.server.length - before
    }
    duo.now += 399
    expect(repeat()).toBe(0)
    duo.now += 1
    expect(repeat()).toBe(1)
    expect(repeat()).toBe(1)
    duo.now += 400
    expect(repeat()).toBe(2)
    expect(duo.drops.server.every((reason) => reason === "Repeated")).toBe(true)
  })

  it("of a client that are lost come again when the server repeats its own", () => {
    const duo = answered()
    const flight = duo.inbox.client.slice()
    duo.deliver("client")
    duo.inbox.server.length = 0
    duo.now += 500
    for (const datagram of flight) duo.receive("client", datagram)
    duo.run()
    expect(duo.isOpen).toBe(true)
    expect(duo.now).toBe(1500)
  })

  it("that are the last come again when the other side repeats its Finished", () => {
    const duo = answered()
    duo.deliver("client").deliver("server")
    expect(duo.phase("server")).toBe("Open")
    duo.inbox.client.length = 0
    duo.wait(1000)
    expect(duo.sent.client.length).toBe(4)
    duo.run()
    expect(duo.isOpen).toBe(true)
    // nobody repeats anything by itself any more
    expect(sends(duo, "client", 30_000)).toEqual([])
  })

  it("that are the last are forgotten when the client has sent data", () => {
    const duo = opened()
    const finished = duo.sent.client.at(-1)!
    expect(duo.server?.flight).toBeDefined()
    duo.send("client", "hello")
    duo.run()
    expect(duo.server?.flight).toBeUndefined()
    duo.now += 10_000
    const before = duo.sent.server.length
    duo.receive("server", finished)
    expect(duo.sent.server.length).toBe(before)
  })

  it("in the wrong order are put right", () => {
    const duo = answered({ issued: rsa, server: { mtu: 300 } })
    duo.inbox.client.reverse()
    duo.deliver("client")
    expect(duo.inbox.server.length).toBe(1)
    // the client's Finished before its key exchange
    const { records } = decodeRecords(duo.inbox.server.splice(0)[0]!)
    const starts = [0]
    for (const { fragment } of records) starts.push(starts.at(-1)! + 13 + fragment.length)
    const whole = duo.sent.client.at(-1)!
    for (const index of [2, 1, 0]) duo.receive("server", whole.subarray(starts[index], starts[index + 1]))
    duo.run()
    expect(duo.isOpen).toBe(true)
    expect(duo.drops).toEqual({ client: [], server: [] })
  })

  it("work without any ChangeCipherSpec, which says nothing that an epoch does not", () => {
    const duo = answered()
    duo.deliver("client")
    const whole = duo.inbox.server.splice(0)[0]!
    const exchange = decodeRecords(whole).records[0]!.fragment.length + 13
    duo.receive("server", whole.subarray(0, exchange))
    duo.receive("server", whole.subarray(exchange + 14))
    expect(duo.phase("server")).toBe("Open")
  })
})

describe("deadlines", () => {
  it("end a client's handshake", () => {
    const duo = new Duo({ client: { handshakeTimeout: 5000 } }).start()
    duo.wait(4999)
    expect(duo.phase("client")).toBe("AwaitServerHello")
    duo.wait(1)
    expect(duo.end("client")).toEqual({ _tag: "HandshakeTimeout" })
    expect(deadline(duo.client!)).toBeUndefined()
  })

  it("end a server's handshake after 8 s, without a word", () => {
    const duo = answered()
    duo.now += 7999
    duo.input("server", { _tag: "Tick" })
    expect(duo.phase("server")).toBe("AwaitClientKeyExchange")
    const before = duo.sent.server.length
    duo.now += 1
    duo.input("server", { _tag: "Tick" })
    expect(duo.end("server")).toEqual({ _tag: "HandshakeTimeout" })
    expect(duo.sent.server.length).toBe(before)
  })

  it("let a client begin anew when the server must have forgotten it", () => {
    const duo = answered()
    duo.inbox.client.length = 0
    for (let i = 0; i < 8; i++) {
      duo.now += 1000
      duo.input("client", { _tag: "Tick" })
      duo.inbox.server.length = 0
    }
    // the server has forgotten as well
    duo.server = undefined
    duo.wait(1000)
    duo.run()
    expect(duo.isOpen).toBe(true)
    expect(duo.events.client.map(({ _tag }) => _tag)).toEqual(["Open"])
    const records = duo.sent.client.flatMap((datagram) => decodeRecords(datagram).records).filter(({ epoch }) =>
      epoch === 0
    )
    expect(new Set(records.map(({ sequence }) => sequence)).size).toBe(records.length)
  })

  it("end a server's association with which nobody does anything", () => {
    const duo = opened()
    duo.wait(8000)
    expect(duo.end("server")).toEqual({ _tag: "IdleTimeout" })
    duo.run()
    expect(duo.end("client")).toEqual({ _tag: "Remote" })
  })

  it.each(["client", "server"] as const)("leave an association alone when the %s has sent something", (side) => {
    const duo = opened()
    duo.send(side, "hello")
    duo.run()
    duo.wait(8000)
    expect(duo.isOpen).toBe(true)
  })

  it("end an association on which nothing comes", () => {
    const duo = opened({ client: { idleTimeout: 20_000 } })
    duo.send("client", "hello")
    duo.run()
    duo.send("server", "hello")
    duo.run()
    duo.wait(19_999)
    duo.send("server", "again")
    duo.run()
    duo.wait(19_999)
    expect(duo.isOpen).toBe(true)
    // what we send is no sign of life of the other side
    duo.send("client", "are you there?")
    duo.wait(1)
    expect(duo.end("client")).toEqual({ _tag: "IdleTimeout" })
  })
})

describe("closing", () => {
  it.each(["client", "server"] as const)("by the %s is told and answered", (side) => {
    const duo = opened()
    const other = side === "client" ? "server" : "client"
    const before = { client: duo.sent.client.length, server: duo.sent.server.length }
    duo.input(side, { _tag: "Close" })
    expect(duo.end(side)).toEqual({ _tag: "Local" })
    duo.run()
    expect(duo.end(other)).toEqual({ _tag: "Remote" })
    // close_notify both ways
    expect(duo.sent.client.length - before.client).toBe(1)
    expect(duo.sent.server.length - before.server).toBe(1)
    for (const bytes of [duo.sent.client.at(-1)!, duo.sent.server.at(-1)!]) {
      expect(decodeRecords(bytes).records.map(({ epoch, type }) => [type, epoch])).toEqual([[21, 1]])
    }
  })

  it("before the end of the handshake is not told in plaintext", () => {
    const duo = answered()
    const before = duo.sent.client.length
    duo.input("client", { _tag: "Close" })
    expect(duo.sent.client.length).toBe(before)
    expect(duo.end("client")).toEqual({ _tag: "Local" })
  })

  it("is for good, and lets go of keys", () => {
    const duo = opened()
    duo.input("client", { _tag: "Close" })
    const state = duo.client!
    expect([state.writing, state.reading, state.flight]).toEqual([undefined, undefined, undefined])
    duo.send("client", "hello")
    duo.wait(100_000)
    expect(duo.client).toBe(state)
  })
})
