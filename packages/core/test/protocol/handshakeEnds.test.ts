import type { Command } from "@effect-enet/core/wire"
import { describe, expect, it } from "@effect/vitest"
import { clientRig, connectingRig, REMOTE, Rig, serverRig } from "./Rig.ts"
import { ack, connect, datagram, fragment, piece, ping, reliable, unreliable, verifyConnect } from "./segments.ts"

const SCHEDULE = [0, 500, 1500, 3500, 7500, 15_500]

describe("13.20 nobody answers", () => {
  it("13.20 a full host stays silent", () => {
    const rig = serverRig({ settings: { maxPeers: 1 } })
    rig.service()
    rig.receive(connect({ connectID: 2 }), { peerID: 0xfff, from: { ...REMOTE, port: 9001 } })
    expect(rig.service()).toEqual([])
    expect(rig.state.dropped).toEqual({ HostFull: 1 })
  })

  it("13.20 the client reports a disconnection with data 0 after 31.5 s and six CONNECTs", () => {
    const rig = new Rig()
    rig.apply({ _tag: "Connect", address: REMOTE, channelCount: 1, data: 5, connectID: 1 })
    const first = rig.service()
    const sent = rig.pass(31_490)
    expect([0, ...sent.map(({ at }) => at)]).toEqual(SCHEDULE)
    expect(sent.map(({ commands }) => commands)).toEqual(sent.map(() => first[0]!.commands))
    expect(rig.lines()).toEqual([])
    expect(rig.pass(10)).toEqual([])
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
    expect(rig.state.takenSlots).toBe(0)
  })

  it("13.20 the server retransmits VERIFY_CONNECT as often, and then forgets without an event", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    rig.service()
    expect([0, ...rig.pass(31_490).map(({ at }) => at)]).toEqual(SCHEDULE)
    expect(rig.stateName).toBe("AcknowledgingConnect")
    expect(rig.pass(10)).toEqual([])
    expect(rig.lines()).toEqual([])
    expect(rig.stateName).toBe("Disconnected")
  })

  it("13.20 timeout parameters set right after connecting govern the attempt", () => {
    const rig = new Rig()
    rig.apply({ _tag: "Connect", address: REMOTE, channelCount: 1, data: 0, connectID: 1 })
    rig.apply({ _tag: "Timeout", peer: rig.ref, limit: 4, minimum: 1000, maximum: 2000 })
    rig.service()
    expect(rig.pass(3490).map(({ at }) => at)).toEqual([500, 1500])
    rig.pass(10)
    expect(rig.lines()).toEqual(["Disconnect 0 Timeout"])
  })
})

describe("13.21 a VERIFY_CONNECT that does not fit the CONNECT", () => {
  const unfit: ReadonlyArray<[string, Partial<Command.VerifyConnect>]> = [
    ["another connect id", { connectID: 1 }],
    ["another throttle interval", { packetThrottleInterval: 5001 }],
    ["another throttle acceleration", { packetThrottleAcceleration: 3 }],
    ["another throttle deceleration", { packetThrottleDeceleration: 0 }],
    ["no channel", { channelCount: 0 }],
    ["256 channels", { channelCount: 256 }]
  ]
  for (const [name, fields] of unfit) {
    it(`13.21 ${name}: disconnected with data 0, and nothing is sent`, () => {
      const rig = connectingRig()
      rig.receive([verifyConnect(fields), ping()], { sessionID: 0 })
      expect(rig.service()).toEqual([])
      expect(rig.lines()).toEqual(["Disconnect 0 Rejected"])
      expect(rig.stateName).toBe("Disconnected")
      expect(rig.pass(2000)).toEqual([])
    })
  }
})

describe("13.22 a retransmitted VERIFY_CONNECT", () => {
  it("13.22 is acknowledged again and changes nothing", () => {
    const rig = clientRig()
    rig.service()
    const { link } = rig.peer
    rig.receive(verifyConnect())
    expect(rig.sends()).toEqual([[ack(1, rig.now)]])
    expect(rig.peer.link).toEqual(link)
    expect(rig.lines()).toEqual([])
  })

  it("13.22 even when its fields do not fit", () => {
    const rig = clientRig()
    rig.service()
    rig.receive(verifyConnect({ connectID: 1, mtu: 576, channelCount: 0 }))
    expect(rig.sends()).toEqual([[ack(1, rig.now)]])
    expect(rig.stateName).toBe("Connected")
  })

  it("13.22 a lost acknowledgement is repaired that way", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    rig.service()
    const [again] = rig.pass(500)
    expect(again!.commands).toMatchObject([{ _tag: "VerifyConnect", reliableSequenceNumber: 1 }])
    rig.acknowledge(again!)
    expect(rig.lines()).toEqual(["Connect 0"])
  })
})

describe("13.23 event data", () => {
  it("13.23 the server's is the client's value", () => {
    const rig = new Rig()
    rig.join({ data: 0xfedcba98 })
    expect(rig.lines()).toEqual(["Connect 4275878552"])
  })

  it("13.23 the client's is 0", () => {
    const rig = connectingRig({ call: { data: 77 } })
    rig.receive(verifyConnect(), { sessionID: 0 })
    expect(rig.lines()).toEqual(["Connect 0"])
  })
})

describe("13.24 data before the connection", () => {
  const data = [
    reliable(0, 1, "reliable"),
    unreliable(0, 1, 1, "unreliable"),
    fragment(1, piece("fragment", 4, 1, 0)),
    fragment(1, piece("fragment", 4, 1, 1))
  ]

  it("13.24 in AcknowledgingConnect it is neither delivered nor acknowledged, and arrives later", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    const verify = rig.service()
    for (const command of data) rig.receive(command)
    expect(rig.service()).toEqual([])
    rig.acknowledge(...verify)
    rig.receive(data)
    expect(rig.lines()).toEqual(["Connect 0", "Receive 0 reliable", "Receive 0 unreliable", "Receive 1 fragment"])
    expect(rig.sends()).toEqual([[ack(1, rig.now, 0), ack(1, rig.now, 1), ack(2, rig.now, 1)]])
  })

  it("13.24 behind the acknowledgement of VERIFY_CONNECT in one datagram it is delivered at once", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    rig.service()
    rig.receive([ack(1, rig.now), ...data])
    expect(rig.lines()).toEqual(["Connect 0", "Receive 0 reliable", "Receive 0 unreliable", "Receive 1 fragment"])
  })

  it("13.24 in ConnectionPending it is neither delivered nor acknowledged, and arrives later", () => {
    const rig = new Rig()
    rig.options = { eventSlots: 0 }
    rig.receive(connect({ data: 3 }), { peerID: 0xfff })
    rig.acknowledge(...rig.service())
    expect(rig.stateName).toBe("ConnectionPending")
    for (const command of data) rig.receive(command)
    expect(rig.service()).toEqual([])
    expect(rig.lines()).toEqual([])
    rig.options = {}
    expect(rig.lines()).toEqual(["Connect 3"])
    rig.receive(data)
    expect(rig.lines()).toEqual(["Receive 0 reliable", "Receive 0 unreliable", "Receive 1 fragment"])
  })

  it("13.24 in ConnectionSucceeded likewise, on the client's side", () => {
    const rig = connectingRig()
    rig.options = { eventSlots: 0 }
    rig.receive([verifyConnect(), ...data], { sessionID: 0 })
    expect(rig.stateName).toBe("ConnectionSucceeded")
    expect(rig.sends()).toEqual([[ack(1, rig.now)]])
    rig.options = {}
    expect(rig.lines()).toEqual(["Connect 0"])
    rig.receive(data[0]!)
    expect(rig.lines()).toEqual(["Receive 0 reliable"])
  })

  it("no ping, bandwidth limit or throttle configuration is taken either", () => {
    const rig = new Rig()
    rig.receive(connect(), { peerID: 0xfff })
    rig.service()
    rig.receive([ping(), ping()])
    expect(rig.service()).toEqual([])
    expect(rig.state.dropped).toEqual({ Unacceptable: 1 })
  })
})

describe("an acknowledgement of CONNECT, which ENet never sends", () => {
  it("ends its retransmission; the client then waits for VERIFY_CONNECT without limit", () => {
    const rig = connectingRig()
    rig.receiveBytes(datagram({ peerID: 0 }, [ack(1, rig.now)]))
    expect(rig.pass(60_000, 100)).toEqual([])
    expect(rig.stateName).toBe("Connecting")
    rig.receive(verifyConnect(), { sessionID: 0 })
    expect(rig.lines()).toEqual(["Connect 0"])
  })
})
