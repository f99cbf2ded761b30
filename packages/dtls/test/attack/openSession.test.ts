/**
 * Attacks on an open association: whatever is not authentic changes nothing.
 */
import { describe, expect, it } from "@effect/vitest"
import { encodeMessage } from "../../src/wire/Handshake.ts"
import { decodeRecords } from "../../src/wire/Record.ts"
import { type Duo, opened, type Side } from "../kit/Duo.ts"
import { handshake, record } from "../kit/mitm.ts"

const sides: ReadonlyArray<Side> = ["client", "server"]

/** Both sides can still talk to each other. */
const talks = (duo: Duo): void => {
  const word = `word ${duo.received("server").length}`
  duo.send("client", word)
  duo.run()
  duo.send("server", word)
  duo.run()
  expect(duo.received("server").at(-1)).toBe(word)
  expect(duo.received("client").at(-1)).toBe(word)
}

/** A datagram does nothing but count as dropped. */
const ignored = (duo: Duo, side: Side, datagram: Uint8Array, reason: string): void => {
  const [state, sent, events, drops] = [
    duo[side],
    duo.sent[side].length,
    duo.events[side].length,
    duo.drops[side].length
  ]
  duo.receive(side, datagram)
  expect(duo.drops[side].slice(drops)).toEqual([reason])
  expect(duo.sent[side].length).toBe(sent)
  expect(duo.events[side].length).toBe(events)
  expect(duo[side]).toEqual(state)
}

const established = (): Duo => {
  const duo = opened()
  talks(duo)
  return duo
}

describe.each(sides)("an open %s ignores", (side) => {
  it("application data without protection", () => {
    const duo = established()
    for (const sequence of [0, 5, 2 ** 48 - 1]) {
      ignored(duo, side, record(23, new TextEncoder().encode("forged"), { sequence }), "Unprotected")
    }
    talks(duo)
  })

  it("alerts without protection", () => {
    const duo = established()
    for (const description of [0, 10, 20, 40, 48, 80, 90]) {
      for (const level of [1, 2]) ignored(duo, side, record(21, Uint8Array.of(level, description)), "Unprotected")
    }
    talks(duo)
  })

  it("handshake messages and ChangeCipherSpec without protection", () => {
    const duo = established()
    for (let type = 0; type <= 24; type++) {
      for (const sequence of [0, 1, 4, 5, 6]) {
        ignored(duo, side, handshake({ type, sequence, body: new Uint8Array(12) }), "Unprotected")
      }
    }
    ignored(duo, side, record(20, Uint8Array.of(1)), "Unprotected")
    talks(duo)
  })

  it("a record that comes a hundred times, but for the first", () => {
    const duo = established()
    const other = side === "client" ? "server" : "client"
    duo.send(other, "once")
    const datagram = duo.sent[other].at(-1)!
    duo.run()
    for (let i = 0; i < 100; i++) ignored(duo, side, datagram, "Replay")
    expect(duo.received(side).filter((text) => text === "once").length).toBe(1)
    talks(duo)
  })

  it("a record that is older than its window", () => {
    const duo = established()
    const other = side === "client" ? "server" : "client"
    duo.send(other, "late")
    const late = duo.inbox[side].splice(0)[0]!
    for (let i = 0; i < 64; i++) duo.send(other, String(i))
    duo.run()
    ignored(duo, side, late, "Replay")
    expect(duo.received(side)).not.toContain("late")
  })

  it("every record with a changed bit", () => {
    const duo = established()
    const other = side === "client" ? "server" : "client"
    duo.send(other, "genuine")
    const datagram = duo.inbox[side].splice(0)[0]!
    for (let bit = 0; bit < datagram.length * 8; bit++) {
      const changed = datagram.slice()
      changed[bit >>> 3]! ^= 1 << (bit & 7)
      const [state, sent] = [duo[side], duo.sent[side].length]
      duo.receive(side, changed)
      expect(duo[side], `bit ${bit}`).toEqual(state)
      expect(duo.sent[side].length).toBe(sent)
    }
    // and the window does not know their numbers
    duo.receive(side, datagram)
    expect(duo.received(side).at(-1)).toBe("genuine")
    talks(duo)
  })

  it("records with numbers far ahead, which must not move the window", () => {
    const duo = established()
    for (const sequence of [100, 10_000, 2 ** 48 - 1]) {
      ignored(duo, side, record(23, new Uint8Array(40), { epoch: 1, sequence }), "NotAuthentic")
    }
    talks(duo)
  })

  it("records of its own", () => {
    const duo = established()
    duo.send(side, "to the other")
    const own = duo.sent[side].at(-1)!
    duo.inbox.client.length = 0
    duo.inbox.server.length = 0
    expect(["NotAuthentic", "Replay"]).toContain((() => {
      duo.receive(side, own)
      return duo.drops[side].at(-1)
    })())
    talks(duo)
  })

  it("records of other epochs", () => {
    const duo = established()
    for (const epoch of [2, 3, 0xffff]) ignored(duo, side, record(23, new Uint8Array(40), { epoch }), "Epoch")
    talks(duo)
  })

  it("records too short for a tag, and empty ones", () => {
    const duo = established()
    for (const length of [0, 1, 8, 15, 23]) {
      ignored(duo, side, record(23, new Uint8Array(length), { epoch: 1 }), "NotAuthentic")
    }
    talks(duo)
  })

  it("datagrams of a byte, and of no bytes", () => {
    const duo = established()
    for (let byte = 0; byte < 256; byte++) ignored(duo, side, Uint8Array.of(byte), "Malformed")
    const drops = duo.drops[side].length
    duo.receive(side, new Uint8Array(0))
    expect(duo.drops[side].length).toBe(drops)
    talks(duo)
  })

  it("a datagram that goes wrong in the middle, from there on", () => {
    const duo = established()
    const other = side === "client" ? "server" : "client"
    duo.send(other, "genuine")
    const datagram = duo.inbox[side].splice(0)[0]!
    duo.receive(side, Uint8Array.of(...datagram, 99, 99))
    expect(duo.received(side).at(-1)).toBe("genuine")
    expect(duo.drops[side].at(-1)).toBe("Malformed")
    talks(duo)
  })
})

describe("an authentic message", () => {
  /** A record under the keys of the other side, as only the other side can make it. */
  const authentic = (duo: Duo, from: Side, type: number, plaintext: Uint8Array, version = 0xfefd): Uint8Array => {
    const state = duo[from]!
    const header = { type, version, epoch: 1, sequence: state.recordSequences[1] + 5 }
    return record(type, state.writing!.seal(header, plaintext), header)
  }

  it("close_notify ends the association, answered", () => {
    const duo = established()
    duo.receive("server", authentic(duo, "client", 21, Uint8Array.of(1, 0)))
    expect(duo.end("server")).toEqual({ _tag: "Remote" })
    expect(decodeRecords(duo.sent.server.at(-1)!).records[0]).toMatchObject({ type: 21, epoch: 1 })
  })

  it("of another version is ignored", () => {
    const duo = established()
    ignored(duo, "server", authentic(duo, "client", 21, Uint8Array.of(1, 0), 0xfeff), "Version")
    talks(duo)
  })

  it("of fatal level ends the association, unanswered", () => {
    const duo = established()
    const sent = duo.sent.server.length
    duo.receive("server", authentic(duo, "client", 21, Uint8Array.of(2, 80)))
    expect(duo.end("server")).toEqual({ _tag: "Alert", description: 80 })
    expect(duo.sent.server.length).toBe(sent)
  })

  it("that only warns changes nothing", () => {
    const duo = established()
    duo.receive("server", authentic(duo, "client", 21, Uint8Array.of(1, 90)))
    expect(duo.isOpen).toBe(true)
  })

  it("that is malformed changes nothing", () => {
    const duo = established()
    duo.receive("server", authentic(duo, "client", 21, Uint8Array.of(2)))
    duo.receive("server", authentic(duo, "client", 22, Uint8Array.of(1, 2, 3)))
    duo.receive("server", authentic(duo, "client", 20, Uint8Array.of(1)))
    expect(duo.isOpen).toBe(true)
  })

  it("ClientHello does not begin a negotiation, and is told so", () => {
    const duo = established()
    const hello = encodeMessage({
      type: 1,
      sequence: 0,
      body: decodeRecords(duo.sent.client[0]!).records[0]!.fragment.slice(12)
    })
    duo.receive("server", authentic(duo, "client", 22, hello))
    expect(duo.isOpen).toBe(true)
    const answer = decodeRecords(duo.sent.server.at(-1)!).records[0]!
    expect(duo.client!.reading!.open(answer, answer.fragment)).toEqual(Uint8Array.of(1, 100))
    talks(duo)
  })

  it("HelloRequest does not begin a negotiation either", () => {
    const duo = established()
    const request = encodeMessage({ type: 0, sequence: 6, body: new Uint8Array(0) })
    duo.receive("client", authentic(duo, "server", 22, request))
    const answer = decodeRecords(duo.sent.client.at(-1)!).records[0]!
    expect(duo.server!.reading!.open(answer, answer.fragment)).toEqual(Uint8Array.of(1, 100))
    talks(duo)
  })
})

describe("sequence numbers", () => {
  it("end before they begin again", () => {
    const duo = established()
    const state = duo.client!
    duo.client = { ...state, recordSequences: [state.recordSequences[0], 2 ** 48 - 1] }
    duo.send("client", "the last one")
    expect(duo.isOpen).toBe(true)
    duo.run()
    expect(duo.received("server").at(-1)).toBe("the last one")
    const sent = duo.sent.client.length
    duo.send("client", "one too many")
    expect(duo.sent.client.length).toBe(sent)
    expect(duo.end("client")).toEqual({ _tag: "Exhausted" })
  })
})
