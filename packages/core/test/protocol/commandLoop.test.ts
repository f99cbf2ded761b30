import { describe, expect, it } from "@effect/vitest"
import { REMOTE, serverRig } from "./Rig.ts"
import {
  ack,
  connect,
  datagram,
  fragment,
  piece,
  ping,
  reliable,
  throttleConfigure,
  unreliable,
  unsequenced,
  verifyConnect
} from "./segments.ts"

const PING = [0x85, 0xff, 0, 9]

/** A datagram with a good reliable packet, then these bytes, then a good unreliable packet. */
const sandwich = (...middle: ReadonlyArray<number>): Uint8Array =>
  Uint8Array.of(
    ...datagram({ peerID: 0, sentTime: 1016 }, [reliable(0, 1, "before")]),
    ...middle,
    ...datagram({ peerID: 0 }, [unreliable(1, 0, 1, "after")]).slice(2)
  )

describe("13.9 what is no command stops the datagram, and earlier commands keep their effect", () => {
  const stops = (reason: string, bytes: Uint8Array) => {
    const rig = serverRig()
    rig.receiveBytes(bytes)
    expect(rig.lines()).toEqual(["Receive 0 before"])
    expect(rig.sends()).toEqual([[ack(1, 1016, 0)]])
    expect(rig.state.dropped).toEqual({ [reason]: 1 })
  }

  it("a good command does not stop it", () => {
    const rig = serverRig()
    rig.receiveBytes(sandwich(...PING))
    expect(rig.lines()).toEqual(["Receive 0 before", "Receive 1 after"])
    expect(rig.sends()).toEqual([[ack(1, 1016, 0), ack(9, 1016)]])
    expect(rig.state.dropped).toEqual({})
  })

  for (const number of [0, 13, 14, 15]) {
    it(`13.9 command number ${number}`, () => {
      stops("Malformed", sandwich(0x80 | number, 0xff, 0, 9, ...new Array<number>(60).fill(0)))
    })
  }

  it("13.9 a truncated command", () => {
    stops("Malformed", Uint8Array.of(...sandwich().slice(0, 4 + 12), 0x84, 0xff, 0, 2, 0, 0, 0))
    stops("Malformed", Uint8Array.of(...sandwich().slice(0, 4 + 12), 0x85, 0xff, 0))
  })

  it("13.9 a payload past the end", () => {
    stops("Malformed", Uint8Array.of(...sandwich().slice(0, 4 + 12), 0x86, 1, 0, 1, 0, 3, 65, 66))
  })

  it("a channel that the connection does not have", () => {
    stops("Unacceptable", sandwich(0x86, 2, 0, 1, 0, 1, 65))
    stops("Unacceptable", sandwich(0x86, 0xff, 0, 1, 0, 1, 65))
  })

  it("a CONNECT to a slot", () => {
    stops("Unacceptable", sandwich(...datagram({ peerID: 0 }, [connect()]).slice(2)))
  })

  it("a packet above the maximum size", () => {
    const rig = serverRig({ settings: { maximumPacketSize: 6 } })
    rig.receive([reliable(0, 1, "before"), reliable(0, 2, "too long"), ping(9)])
    expect(rig.lines()).toEqual(["Receive 0 before"])
    expect(rig.sends()).toEqual([[ack(1, rig.now, 0)]])
  })
})

describe("acknowledge flags", () => {
  it("13.10 without a sent time a flagged command takes effect, unacknowledged, and hides the rest", () => {
    const rig = serverRig()
    rig.receive([unreliable(1, 0, 1, "first"), reliable(0, 1, "second"), unreliable(1, 0, 2, "third")], {
      sentTime: undefined
    })
    expect(rig.lines()).toEqual(["Receive 1 first", "Receive 0 second"])
    expect(rig.service()).toEqual([])
    expect(rig.state.dropped).toEqual({ NotAcknowledgeable: 1 })
  })

  it("13.10 so does a flagged THROTTLE_CONFIGURE", () => {
    const rig = serverRig()
    rig.receive([throttleConfigure(1, 2, 3, 2), ping(3)], { sentTime: undefined })
    expect(rig.peer.link).toMatchObject({
      packetThrottleInterval: 1,
      packetThrottleAcceleration: 2,
      packetThrottleDeceleration: 3
    })
    expect(rig.service()).toEqual([])
  })

  it("13.11 a flagged SEND_UNRELIABLE is acknowledged with the number in its header", () => {
    const rig = serverRig()
    rig.receive(unreliable(1, 0, 5, "x", 0x80))
    rig.receive(unreliable(1, 42, 5, "y", 0x80))
    expect(rig.lines()).toEqual(["Receive 1 x"])
    expect(rig.sends()).toEqual([[ack(0, rig.now, 1), ack(42, rig.now, 1)]])
  })

  it("13.11 a flagged SEND_UNSEQUENCED likewise", () => {
    const rig = serverRig()
    rig.receive({ ...unsequenced(1, 1, "x"), flags: 0xc0 })
    expect(rig.lines()).toEqual(["Receive 1 x"])
    expect(rig.sends()).toEqual([[ack(0, rig.now, 1)]])
  })

  it("13.12 a SEND_RELIABLE without the flag is delivered and not acknowledged", () => {
    const rig = serverRig()
    rig.receive(reliable(0, 1, "x", 0))
    expect(rig.lines()).toEqual(["Receive 0 x"])
    expect(rig.service()).toEqual([])
  })

  it("13.12 a SEND_FRAGMENT without the flag likewise", () => {
    const rig = serverRig()
    rig.receive([0, 1].map((number) => fragment(0, piece("fragmented", 5, 1, number), { flags: 0 })))
    expect(rig.lines()).toEqual(["Receive 0 fragmented"])
    expect(rig.service()).toEqual([])
  })

  it("an acknowledgement that asks to be acknowledged is", () => {
    const rig = serverRig()
    rig.receive({ ...ack(77, rig.now), flags: 0x80 })
    expect(rig.sends()).toEqual([[ack(77, rig.now)]])
  })

  it("acknowledgements echo the sent time of the datagram", () => {
    const rig = serverRig()
    rig.receive(reliable(0, 1, "x"), { sentTime: 0xfedc })
    expect(rig.sends()).toEqual([[ack(1, 0xfedc, 0)]])
  })
})

describe("commands in one datagram", () => {
  it("there may be as many as fit", () => {
    const rig = serverRig()
    rig.receive(Array.from({ length: 1023 }, (_, i) => ping(i + 2)))
    expect(rig.sends().map((commands) => commands.length).reduce((a, b) => a + b)).toBe(1023)
  })

  it("a CONNECT makes the new peer the one that the following commands are for", () => {
    const rig = serverRig()
    rig.receive([connect({ connectID: 2 }), connect({ connectID: 3 })], {
      peerID: 0xfff,
      from: { ...REMOTE, port: 9001 }
    })
    expect(rig.state.takenSlots).toBe(2)
    expect(rig.state.peers.get(1)?.link.connectID).toBe(2)
    expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
  })

  it("a late VERIFY_CONNECT is acknowledged and changes nothing", () => {
    const rig = serverRig()
    const { link, state } = rig.peer
    rig.receive(verifyConnect({ mtu: 600 }))
    expect(rig.peer.link).toEqual(link)
    expect(rig.peer.state).toBe(state)
    expect(rig.sends()).toEqual([[ack(1, rig.now)]])
  })
})
