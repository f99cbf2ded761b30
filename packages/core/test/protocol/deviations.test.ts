// What docs/deviations.md lists and no other file tests.
import { describe, expect, it } from "@effect/vitest"
import { connectingRig, Rig, serverRig } from "./Rig.ts"
import { ack, connect, datagram, fragment, ping, reliable, unreliableFragment, verifyConnect } from "./segments.ts"

/** The memory of all byte arrays to which a value refers. */
const bytesIn = (value: unknown): number => {
  const seen = new Set<unknown>()
  const stack = [value]
  let sum = 0
  while (stack.length > 0) {
    const item = stack.pop()
    if (typeof item !== "object" || item === null || seen.has(item)) continue
    seen.add(item)
    if (item instanceof Uint8Array) sum += item.buffer.byteLength
    else stack.push(...Object.values(item))
  }
  return sum
}

const received = (rig: Rig) =>
  rig.outputs({ _tag: "Dispatch" }).events.map((event) => event._tag === "Receive" ? [...event.payload] : event)

describe("fragments that no honest sender makes", () => {
  const part = (number: number, offset: number, ...bytes: ReadonlyArray<number>) =>
    fragment(0, { start: 1, count: 3, number, total: 8, offset, payload: Uint8Array.from(bytes) })

  it("what no fragment covers is zero", () => {
    const rig = serverRig()
    rig.receive([part(0, 1, 1), part(1, 3, 2), part(2, 6, 3)])
    expect(received(rig)).toEqual([[0, 1, 0, 2, 0, 0, 3, 0]])
  })

  it("where fragments overlap, the one that arrived last counts", () => {
    const rig = serverRig()
    rig.receive([part(2, 4, 3, 3, 3, 3), part(0, 0, 1, 1, 1, 1, 1), part(1, 4, 2, 2)])
    expect(received(rig)).toEqual([[1, 1, 1, 1, 2, 2, 3, 3]])
  })

  it("however much they overlap, they hold no more than a few times the packet", () => {
    const size = 1000
    for (
      const make of [fragment, (_: number, fields: Parameters<typeof fragment>[1]) => unreliableFragment(0, 0, fields)]
    ) {
      const rig = serverRig()
      const expected = new Uint8Array(size)
      for (let number = 0; number < 600; number++) {
        const offset = (number * 7) % 100
        const payload = new Uint8Array(900).fill(number)
        expected.set(payload, offset)
        rig.receive(make(0, { start: 1, count: 600, number, total: size, offset, payload }))
        rig.service()
        const { incomingReliable, incomingUnreliable } = rig.peer.channel(0)
        if (bytesIn([incomingReliable, incomingUnreliable]) > 3 * size) throw new Error("holds too much")
      }
      expect(received(rig)).toEqual([[...expected]])
      expect(rig.peer).toMatchObject({ totalWaitingData: 0, waitingOverhead: 0 })
    }
  })
})

describe("ids that would spill into the flags of the header", () => {
  it("a CONNECT from slot 0xFFF or above is ignored", () => {
    for (const outgoingPeerID of [0xfff, 0x1000, 0xffff]) {
      const rig = new Rig()
      rig.receive(connect({ outgoingPeerID }), { peerID: 0xfff })
      expect(rig.service()).toEqual([])
      expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
    }
    const rig = new Rig()
    rig.receive(connect({ outgoingPeerID: 0xffe }), { peerID: 0xfff })
    expect(rig.service()).toMatchObject([{ word: 0x8ffe }])
  })

  it("of the ids in VERIFY_CONNECT only the bits that the header has room for count", () => {
    const rig = connectingRig()
    rig.receive(verifyConnect({ outgoingPeerID: 0xf123, incomingSessionID: 0xf1, outgoingSessionID: 0xfe }), {
      sessionID: 0
    })
    expect(rig.peer.link).toMatchObject({ outgoingPeerID: 0x123, incomingSessionID: 1, outgoingSessionID: 2 })
    expect(rig.service()).toMatchObject([{ word: 0x8000 | (2 << 12) | 0x123 }])
  })
})

describe("datagrams of strange lengths", () => {
  it("one that is longer than a datagram can be is dropped", () => {
    const rig = serverRig()
    const bytes = new Uint8Array(5000)
    bytes.set(datagram({ peerID: 0, sentTime: rig.now }, [reliable(0, 1, "x")]))
    rig.receiveBytes(bytes)
    expect(rig.lines()).toEqual([])
    expect(rig.state.dropped).toEqual({ TooLong: 1 })
  })

  it("one of 4096 bytes is not", () => {
    const rig = serverRig()
    rig.receiveBytes(datagram({ peerID: 0, sentTime: rig.now }, [reliable(0, 1, 4096 - 4 - 6)]))
    expect(rig.lines()).toEqual(["Receive 0 4086 bytes"])
  })

  it("one that is shorter than its header is dropped", () => {
    const rig = serverRig()
    for (const bytes of [[], [0], [0x80, 0], [0x80, 0, 1]]) rig.receiveBytes(Uint8Array.from(bytes))
    expect(rig.state.dropped).toEqual({ TooShort: 4 })
  })

  it("one without commands is no error", () => {
    const rig = serverRig()
    rig.receiveBytes(Uint8Array.of(0, 0))
    expect(rig.state.dropped).toEqual({})
  })
})

describe("after disconnect_later", () => {
  it("packets that were received before are still delivered; C's service loop leaves them", () => {
    const rig = serverRig()
    rig.receive([reliable(0, 1, "a"), reliable(0, 2, "b"), ping(9)])
    rig.send(0, "x")
    rig.apply({ _tag: "DisconnectLater", peer: rig.ref, data: 0 })
    expect(rig.lines()).toEqual(["Receive 0 a", "Receive 0 b"])
  })

  it("but not those that are left when the last acknowledgement arrives", () => {
    const rig = serverRig()
    rig.receive(reliable(0, 1, "a"))
    rig.send(0, "x")
    rig.apply({ _tag: "DisconnectLater", peer: rig.ref, data: 0 })
    rig.service()
    rig.receive(ack(1, rig.now, 0))
    expect(rig.stateName).toBe("Disconnecting")
    expect(rig.lines()).toEqual([])
  })
})
