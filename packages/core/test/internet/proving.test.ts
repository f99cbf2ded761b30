import { deadline } from "@effect-enet/core/protocol"
import { describe, expect, it } from "@effect/vitest"
import { ack, connect, disconnect, ping, reliable } from "../protocol/segments.ts"
import { type Proof, Server, sessionOf, Stranger } from "./Stranger.ts"

describe("a CONNECT from a stranger", () => {
  it("is answered once, at once, and takes no slot", () => {
    const server = new Server({ maxPeers: 1 })
    const stranger = new Stranger(server, "192.0.2.1")
    expect(stranger.asks()).toMatchObject({ to: stranger.address, commands: [{ _tag: "VerifyConnect" }] })
    expect(server.pass(40_000)).toEqual([])
    expect(server.peers).toEqual([])
    expect(server.state.takenSlots).toBe(0)
  })

  it("is answered again when it is repeated, with the same numbers", () => {
    const server = new Server()
    const stranger = new Stranger(server, "192.0.2.1")
    stranger.asks()
    server.advance(500)
    stranger.asks()
    expect(stranger.answers[1]!.bytes).toEqual(stranger.answers[0]!.bytes)
    expect(stranger.answers[0]!.bytes.length).toBeLessThanOrEqual(52)
    stranger.acknowledges()
    expect(server.peers).toEqual(["Connected"])
  })

  it("that is answered with numbers of its own: none repeats, and other hosts would give others", () => {
    const seen = new Set<string>()
    for (const server of [new Server(), new Server({}, { secret: [1, 2, 3, 4] })]) {
      for (let i = 0; i < 100; i++) {
        const stranger = new Stranger(server, `192.0.2.${i}`, { connectID: i })
        stranger.asks()
        seen.add(JSON.stringify(stranger.proof))
      }
    }
    expect(seen.size).toBe(200)
    const numbers = [...seen].map((text): Proof => JSON.parse(text) as Proof)
    const spread = (pick: (proof: Proof) => number) => new Set(numbers.map(pick)).size
    expect(spread(({ sessionID }) => sessionID)).toBe(4)
    expect(spread(({ peerID }) => peerID)).toBeGreaterThan(180)
    expect(spread(({ number }) => number)).toBeGreaterThan(190)
    expect(spread(({ sentTime }) => sentTime)).toBeGreaterThan(190)
    expect(Math.max(...numbers.map(({ peerID }) => peerID))).toBeLessThan(0xfff)
  })

  it("is not answered with the numbers of an earlier one, also when everything has been forgotten since", () => {
    const server = new Server()
    const first = new Stranger(server, "192.0.2.1", { connectID: 1 })
    first.asks()
    server.advance(60_000).service()
    expect(deadline(server.state)).toBeUndefined()
    // to whoever has the address now
    const second = new Stranger(server, "192.0.2.1", { connectID: 1 })
    second.asks()
    expect(second.proof).not.toEqual(first.proof)
    second.acknowledges(first.proof)
    expect(server.peers).toEqual([])
    second.acknowledges()
    expect(server.peers).toEqual(["Connected"])
  })

  it("gets another session than the remote used last", () => {
    const server = new Server()
    for (let connectID = 0; connectID < 50; connectID++) {
      const stranger = new Stranger(server, "192.0.2.1", { connectID, incomingSessionID: 2 })
      expect(sessionOf(stranger.asks()!)).not.toBe(2)
    }
  })
})

describe("a proof", () => {
  const cases: ReadonlyArray<[string, (proof: Proof) => Proof]> = [
    ["sequence number", (proof) => ({ ...proof, number: proof.number ^ 1 })],
    ["sent time", (proof) => ({ ...proof, sentTime: proof.sentTime ^ 1 })],
    ["peer id", (proof) => ({ ...proof, peerID: (proof.peerID + 1) % 4095 })],
    ["session id", (proof) => ({ ...proof, sessionID: proof.sessionID ^ 1 })]
  ]
  it.each(cases)("with another %s connects nobody", (_, forge) => {
    const server = new Server()
    const stranger = new Stranger(server, "192.0.2.1")
    stranger.asks()
    stranger.acknowledges(forge(stranger.proof))
    expect(server.peers).toEqual([])
    expect(server.lines()).toEqual([])
    stranger.acknowledges()
    expect(server.peers).toEqual(["Connected"])
  })

  it("from elsewhere connects nobody", () => {
    const server = new Server()
    const stranger = new Stranger(server, "192.0.2.1")
    stranger.asks()
    for (const host of ["192.0.2.2", "192.0.2.1"]) {
      const other = new Stranger(server, host, {}, 9001)
      other.acknowledges(stranger.proof)
    }
    expect(server.peers).toEqual([])
    expect(server.dropped).toEqual({ UnknownPeer: 2 })
  })

  it("may come with the first data, and gives the round trip time", () => {
    const server = new Server()
    const stranger = new Stranger(server, "192.0.2.1", { data: 5 })
    stranger.asks()
    server.advance(80)
    const { proof } = stranger
    stranger.says(proof, ack(proof.number, proof.sentTime), reliable(0, 1, "hello"))
    expect(server.lines()).toEqual(["Connect 5", "Receive 0 hello"])
    expect(server.state.peers.get(0)).toMatchObject({ roundTripTime: 80 })
  })

  it("comes too late after ten seconds", () => {
    const server = new Server()
    const stranger = new Stranger(server, "192.0.2.1")
    stranger.asks()
    server.advance(10_001)
    stranger.acknowledges()
    expect(server.peers).toEqual([])
  })

  it("whose acknowledgement was lost is asked for again, of any datagram with the right ids", () => {
    const server = new Server()
    const stranger = new Stranger(server, "192.0.2.1")
    stranger.asks()
    server.advance(700)
    const [again] = stranger.says(stranger.proof, ping(2))
    expect(again).toMatchObject({ to: stranger.address, commands: stranger.answers[0]!.commands })
    expect(again!.sentTime).toBe(stranger.proof.sentTime)
    // not for each of a burst
    expect(stranger.says(stranger.proof, ping(3))).toEqual([])
    // that one was lost, too
    server.advance(500)
    expect(stranger.says(stranger.proof, ping(2))).toMatchObject([{ commands: [{ _tag: "VerifyConnect" }] }])
    expect(server.peers).toEqual([])
    stranger.acknowledges()
    expect(server.peers).toEqual(["Connected"])
    expect(server.lines()).toEqual(["Connect 0"])
  })

  it("is not waited for when the remote leaves again: that is acknowledged", () => {
    const server = new Server()
    const stranger = new Stranger(server, "192.0.2.1")
    stranger.asks()
    server.advance(700)
    // the acknowledgement of that may be lost as well
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(stranger.says(stranger.proof, disconnect(0, 2))).toMatchObject([{
        to: stranger.address,
        commands: [{ _tag: "Acknowledge", receivedReliableSequenceNumber: 2, receivedSentTime: 1 }]
      }])
    }
    expect(stranger.says(stranger.proof, disconnect(0, 1, 0x40))).toEqual([])
    expect(server.peers).toEqual([])
    expect(server.lines()).toEqual([])
  })

  it("is asked for again 16 times a second in one network, whatever others do", () => {
    const server = new Server()
    const asked = (hosts: ReadonlyArray<string>) => {
      const strangers = hosts.map((host) => new Stranger(server, host))
      for (const stranger of strangers) stranger.asks()
      server.advance(700)
      return () => strangers.filter((stranger) => stranger.says(stranger.proof, ping(2)).length > 0).length
    }
    const crowd = asked(Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`))
    const others = asked(Array.from({ length: 100 }, (_, i) => `10.${1 + i}.0.1`))
    expect(crowd()).toBe(16)
    // another network shares their sixteen only by chance, one in 256
    expect(others()).toBeGreaterThan(95)
    server.advance(1000)
    expect(crowd()).toBe(16)
  })

  it("is found for each of a thousand connections from one address", () => {
    const server = new Server({ maxPeers: 1000 })
    const strangers = Array.from({ length: 1000 }, (_, connectID) => new Stranger(server, "192.0.2.1", { connectID }))
    for (const stranger of strangers) stranger.asks()
    for (const stranger of strangers) stranger.acknowledges()
    expect(server.state.connectedPeers).toBe(1000)
    server.lines()
    // and each is still told from the others
    strangers.forEach((stranger, index) => stranger.says(stranger.proof, reliable(0, 1, `packet ${index}`)))
    expect(new Set(server.lines()).size).toBe(1000)
  })
})

describe("a request from an address of many peers", () => {
  it("is not compared with each of them", () => {
    const server = new Server({ maxPeers: 2000 })
    let looks = 0
    const behind = (port: number) => ({
      get host() {
        looks++
        return "192.0.2.1"
      },
      port
    })
    for (let port = 1; port <= 1000; port++) {
      const peer = new Stranger(server, "192.0.2.1", { connectID: port }, port)
      peer.asks()
      server.hears(
        behind(port),
        { peerID: peer.proof.peerID, sessionID: peer.proof.sessionID, sentTime: 1 },
        ack(peer.proof.number, peer.proof.sentTime)
      )
    }
    expect(server.state.connectedPeers).toBe(1000)
    looks = 0
    server.hears(behind(5000), { peerID: 0xfff, sentTime: 1 }, connect({ connectID: 1 }))
    expect(looks).toBeLessThan(20)
    // and who repeats a CONNECT is found among them
    expect(server.hears(behind(700), { peerID: 0xfff, sentTime: 1 }, connect({ connectID: 700 }))).toEqual([])
    expect(server.dropped).toEqual({})
  })
})

describe("two remotes with the same peer id", () => {
  it("are told apart by their addresses", () => {
    const server = new Server({ maxPeers: 4000 })
    const strangers: Array<Stranger> = []
    const taken = new Map<number, Stranger>()
    let pair: [Stranger, Stranger] | undefined
    for (let i = 0; i < 2000; i++) {
      const stranger = new Stranger(server, `10.0.${i >>> 8}.${i & 255}`, { connectID: i })
      stranger.asks()
      strangers.push(stranger)
      const other = taken.get(stranger.proof.peerID)
      if (other !== undefined) pair ??= [other, stranger]
      taken.set(stranger.proof.peerID, stranger)
    }
    for (const stranger of strangers) stranger.acknowledges()
    expect(server.state.connectedPeers).toBe(2000)
    server.lines()
    const [first, second] = pair!
    first.says(first.proof, reliable(0, 1, "first"))
    second.says(second.proof, reliable(0, 1, "second"))
    expect(server.lines()).toEqual(["Receive 0 first", "Receive 0 second"])
  })
})

describe("the table of half-open connections", () => {
  it("gives up the oldest for a new one", () => {
    const server = new Server({}, { halfOpenLimit: 16 })
    const strangers = Array.from({ length: 20 }, (_, index) => new Stranger(server, `10.${index}.0.1`))
    for (const stranger of strangers) stranger.asks()
    for (const stranger of strangers) stranger.acknowledges()
    expect(server.dropped).toEqual({ HalfOpenFull: 4, UnknownPeer: 4 })
    expect(server.state.connectedPeers).toBe(16)
    // an honest remote asks again
    strangers[0]!.answers.splice(0)
    strangers[0]!.asks()
    strangers[0]!.acknowledges()
    expect(server.state.connectedPeers).toBe(17)
  })

  it("takes so many of one network per second, and all of others", () => {
    const server = new Server({ maxPeers: 100 }, { connectsPerPrefix: 10 })
    const answered = (host: (index: number) => string) =>
      Array.from({ length: 30 }, (_, index) => new Stranger(server, host(index), { connectID: index }).asks())
        .filter((answer) => answer !== undefined).length
    expect(answered((index) => `192.0.2.${index}`)).toBe(10)
    expect(server.dropped).toEqual({ TooManyConnects: 20 })
    expect(answered((index) => `192.0.${3 + index}.1`)).toBe(30)
    expect(answered((index) => `2001:db8::${index}`)).toBe(10)
    expect(answered((index) => `2001:db8:0:${1 + index}::1`)).toBe(30)
    server.advance(500)
    expect(answered((index) => `192.0.2.${100 + index}`)).toBe(5)
  })

  it("counts networks by the prefix that is set", () => {
    const server = new Server({}, { connectsPerPrefix: 1, prefix: { ipv4: 32, ipv6: 128 } })
    expect(new Stranger(server, "192.0.2.1").asks()).toBeDefined()
    expect(new Stranger(server, "192.0.2.2").asks()).toBeDefined()
    expect(new Stranger(server, "192.0.2.1", { connectID: 2 }).asks()).toBeUndefined()
  })

  it("answers a repeated CONNECT of a network that has used up its share", () => {
    const server = new Server({}, { connectsPerPrefix: 1 })
    const stranger = new Stranger(server, "192.0.2.1")
    expect(stranger.asks()).toBeDefined()
    expect(stranger.asks()).toBeDefined()
    stranger.acknowledges()
    expect(server.peers).toEqual(["Connected"])
  })
})
