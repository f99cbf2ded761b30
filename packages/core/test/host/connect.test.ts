import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { connectTo, localhost, Network, onlyPeer, pair, pass, record, serverPort, settle, text, told } from "./Kit.ts"
import { firstOf, kindsOf } from "./Raw.ts"

describe("connect", () => {
  it.effect("takes three datagrams, and both sides then hold a connected peer", () =>
    Effect.gen(function*() {
      const { client, network, server, toClient, toServer } = yield* pair()
      expect(network.sent.slice(0, 3).map(({ bytes }) => kindsOf(bytes))).toEqual([
        "Connect",
        "VerifyConnect",
        // ENet's first ping: no acknowledgement has come in yet
        "Acknowledge Ping"
      ])
      expect(yield* toServer.state).toBe("Connected")
      expect(yield* toClient.state).toBe("Connected")
      expect((yield* client.statistics).connectedPeers).toBe(1)
      expect((yield* server.statistics).connectedPeers).toBe(1)
    }))

  it.effect("carries the client's data to the server, and 0 to the client itself", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const atServer = yield* record(server)
      const atClient = yield* record(client)
      yield* connectTo(client, { data: 0xffffffff })
      yield* settle
      expect(told(atServer)).toEqual(["1 connect 4294967295"])
      expect(told(atClient)).toEqual(["1 connect 0"])
    }))

  it.effect("carries packets both ways", () =>
    Effect.gen(function*() {
      const { client, server, toClient, toServer } = yield* pair()
      const atServer = yield* record(server)
      const atClient = yield* record(client)
      yield* toServer.send(0, "up")
      yield* toClient.send(1, "down")
      yield* settle
      expect(told(atServer)).toEqual(["1 connect 0", "1 receive 0 up"])
      expect(told(atClient)).toEqual(["1 connect 0", "1 receive 1 down"])
    }))

  it.effect("asks for one channel unless told otherwise, and gets what the server grants", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({ channelLimit: 4 }, serverPort)
      const client = yield* network.host()
      expect((yield* connectTo(client)).channelCount).toBe(1)
      expect((yield* connectTo(client, { channels: 3 })).channelCount).toBe(3)
      expect((yield* connectTo(client, { channels: 255 })).channelCount).toBe(4)
      yield* settle
      expect((yield* server.peers).map(({ channelCount }) => channelCount)).toEqual([1, 3, 4])
    }))

  it.effect("settles on the smaller of the two MTUs", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair({ client: { mtu: 1000 }, server: { mtu: 4096 } })
      expect((yield* toServer.statistics).mtu).toBe(1000)
      expect((yield* toClient.statistics).mtu).toBe(1000)
    }))

  it.effect("gives each connection its slot, its number and the remote's address", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const first = yield* connectTo(client)
      const second = yield* connectTo(client)
      expect([first.id, second.id]).toEqual([0, 1])
      expect([first.connection, second.connection]).toEqual([1, 2])
      expect(String(first)).toBe(`0 ${localhost}:${serverPort}`)
      yield* settle
      expect((yield* server.peers).map((peer) => peer.address.port)).toEqual([client.address.port, client.address.port])
    }))

  it.effect("draws a new connect id each time", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const client = yield* network.host({ maxPeers: 4 })
      for (let i = 0; i < 4; i++) yield* connectTo(client)
      const ids = network.between(client.address.port).flatMap(({ bytes }) => firstOf(bytes, "Connect") ?? [])
        .map(({ connectID }) => connectID)
      expect(ids.length).toBe(4)
      expect(new Set(ids).size).toBe(4)
    }))

  it.effect("survives the loss of each datagram of the handshake", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const events = yield* record(server)
      const lost = new Set<string>()
      network.passes = ({ bytes }) => {
        const kinds = kindsOf(bytes)
        if (lost.has(kinds)) return true
        lost.add(kinds)
        return false
      }
      yield* Effect.forkScoped(connectTo(client))
      yield* pass(10_000)
      expect([...lost].slice(0, 3)).toEqual(["Connect", "VerifyConnect", "Acknowledge Ping"])
      expect(told(events)).toEqual(["1 connect 0"])
      expect(yield* (yield* onlyPeer(client)).state).toBe("Connected")
    }))

  it.effect("works from a host to itself", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host({}, serverPort)
      const events = yield* record(host)
      const peer = yield* connectTo(host, { data: 9 })
      yield* peer.send(0, "to myself")
      yield* settle
      expect(told(events).toSorted()).toEqual(["1 connect 0", "2 connect 9", "2 receive 0 to myself"])
    }))
})

describe("the scope of a connection", () => {
  it.effect("disconnects the peer when it closes, after the packets that are queued", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const events = yield* record(server)
      const packets = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(1000)}`)
      yield* Effect.scoped(Effect.gen(function*() {
        const peer = yield* connectTo(client)
        for (const packet of packets) yield* peer.send(0, packet)
      }))
      yield* pass(1000)
      expect(events.flatMap((event) => event._tag === "Receive" ? text(event.packet) : [])).toEqual(packets)
      expect(told(events.slice(-1))).toEqual(["1 disconnect Remote 0"])
      expect(yield* client.peers).toEqual([])
      expect(yield* server.peers).toEqual([])
    }))

  it.effect("frees the slot also when the remote is gone and left packets that nobody read", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host({ maxPeers: 1 })
      for (let round = 0; round < 3; round++) {
        const scope = yield* Scope.make()
        const peer = yield* connectTo(client).pipe(Scope.provide(scope))
        yield* settle
        const toClient = yield* onlyPeer(server)
        yield* toClient.send(0, "unread")
        yield* settle
        if (round === 0) yield* toClient.disconnect()
        if (round === 1) yield* toClient.reset
        yield* pass(10)
        yield* Scope.close(scope, Exit.void)
        yield* pass(60_000)
        expect(yield* peer.state).toBe("Disconnected")
        expect(yield* client.peers).toEqual([])
        expect(yield* server.peers).toEqual([])
      }
    }))

  it.effect("frees the slot when it closes while the remote's disconnection is being acknowledged", () =>
    Effect.gen(function*() {
      const { client, toClient, toServer } = yield* pair({ client: { maxPeers: 1 } })
      yield* toClient.send(0, "unread")
      yield* toServer.send(0, "queued")
      yield* toServer.disconnectLater()
      yield* toClient.disconnect(3)
      yield* pass(60_000)
      expect(yield* toServer.closed).toEqual({ _tag: "Remote", data: 3 })
      expect((yield* client.statistics).connectedPeers).toBe(0)
    }))

  it.effect("leaves no trace in the events of a host that nobody read", () =>
    Effect.gen(function*() {
      const network = new Network()
      const atServer = yield* Effect.flatMap(network.host({}, serverPort), record)
      const client = yield* network.host({ maxPeers: 1 })
      // more than the host would keep
      for (let i = 0; i < 1100; i++) {
        yield* Effect.scoped(connectTo(client))
        yield* settle
      }
      expect(atServer.length).toBe(2200)
      const events = yield* record(client)
      yield* settle
      expect(events).toEqual([])
    }))
})
