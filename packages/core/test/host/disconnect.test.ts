import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope, Stream } from "effect"
import { connectTo, Network, onlyPeer, pair, pass, record, serverPort, settle, text, told } from "./Kit.ts"
import { kindsOf } from "./Raw.ts"

const bigPackets = Array.from({ length: 100 }, (_, i) => `${i} `.padEnd(1000, "x"))

describe("disconnect", () => {
  it.effect("drops what is queued and tells the remote the data", () =>
    Effect.gen(function*() {
      const { client, server, toServer } = yield* pair()
      const events = yield* record(server)
      yield* toServer.send(0, "dropped")
      yield* toServer.disconnect(12)
      expect(yield* toServer.state).toBe("Disconnecting")
      yield* settle
      expect(told(events)).toEqual(["1 connect 0", "1 disconnect Remote 12"])
      expect(yield* toServer.closed).toEqual({ _tag: "Local" })
      expect(yield* client.peers).toEqual([])
      expect(yield* server.peers).toEqual([])
    }))

  it.effect("is repeated until the remote has acknowledged it", () =>
    Effect.gen(function*() {
      const { network, server, toServer } = yield* pair()
      const events = yield* record(server)
      network.passes = () => false
      yield* toServer.disconnect(3)
      yield* pass(1000)
      expect(yield* toServer.state).toBe("Disconnecting")
      network.passes = () => true
      yield* pass(5000)
      expect(told(events).at(-1)).toBe("1 disconnect Remote 3")
      expect(yield* toServer.closed).toEqual({ _tag: "Local" })
    }))

  it.effect("ends with Timeout when the remote never acknowledges it", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* pair()
      network.passes = () => false
      yield* toServer.disconnect(3)
      yield* pass(60_000)
      expect(yield* toServer.closed).toEqual({ _tag: "Timeout" })
      expect(yield* client.peers).toEqual([])
    }))

  it.effect("by both sides at once ends on both sides", () =>
    Effect.gen(function*() {
      const { client, server, toClient, toServer } = yield* pair()
      yield* toServer.disconnect(1)
      yield* toClient.disconnect(2)
      yield* pass(60_000)
      expect((yield* toServer.closed)._tag).not.toBe("Closed")
      expect((yield* toClient.closed)._tag).not.toBe("Closed")
      expect(yield* client.peers).toEqual([])
      expect(yield* server.peers).toEqual([])
    }))
})

describe("a connection that is ended as soon as it is established", () => {
  for (const end of ["disconnect", "disconnectNow", "disconnectLater"] as const) {
    it.effect(`by ${end} ends on both sides at once`, () =>
      Effect.gen(function*() {
        const network = new Network()
        const server = yield* network.host({}, serverPort)
        const client = yield* network.host()
        const events = yield* record(server)
        const peer = yield* connectTo(client)
        yield* peer[end](5)
        yield* settle
        expect(yield* peer.state).toBe("Disconnected")
        expect(told(events)).toEqual(["1 connect 0", "1 disconnect Remote 5"])
      }))
  }
})

describe("disconnectNow", () => {
  it.effect("tells the remote by one datagram and forgets the connection at once", () =>
    Effect.gen(function*() {
      const { client, network, server, toServer } = yield* pair()
      const events = yield* record(server)
      const before = network.sent.length
      yield* toServer.send(0, "dropped")
      yield* toServer.disconnectNow(34)
      expect(yield* toServer.state).toBe("Disconnected")
      expect(yield* toServer.closed).toEqual({ _tag: "Closed" })
      expect(yield* client.peers).toEqual([])
      yield* pass(60_000)
      expect(network.sent.slice(before).map(({ bytes }) => kindsOf(bytes))).toEqual(["Disconnect"])
      expect(told(events)).toEqual(["1 connect 0", "1 disconnect Remote 34"])
    }))
})

describe("disconnectLater", () => {
  it.effect("disconnects after everything queued has been acknowledged", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* pair()
      const events = yield* record(server)
      for (const packet of bigPackets) yield* toServer.send(0, packet)
      yield* toServer.disconnectLater(56)
      expect(yield* toServer.state).toBe("DisconnectLater")
      yield* pass(5000)
      expect(events.flatMap((event) => event._tag === "Receive" ? text(event.packet) : [])).toEqual(bigPackets)
      expect(told(events.slice(-1))).toEqual(["1 disconnect Remote 56"])
      expect(yield* toServer.closed).toEqual({ _tag: "Local" })
      expect(yield* toClient.closed).toEqual({ _tag: "Remote", data: 56 })
    }))

  it.effect("can be hurried by disconnect, with other data", () =>
    Effect.gen(function*() {
      const { network, server, toServer } = yield* pair()
      const events = yield* record(server)
      network.passes = () => false
      for (const packet of bigPackets) yield* toServer.send(0, packet)
      yield* toServer.disconnectLater(1)
      yield* settle
      network.passes = () => true
      yield* toServer.disconnect(2)
      yield* settle
      expect(told(events)).toEqual(["1 connect 0", "1 disconnect Remote 2"])
    }))
})

describe("reset", () => {
  it.effect("forgets the connection without a word, and the remote finds out by its timeout", () =>
    Effect.gen(function*() {
      const { client, network, server, toServer } = yield* pair()
      const events = yield* record(server)
      const before = network.between(client.address.port).length
      yield* toServer.reset
      expect(yield* toServer.closed).toEqual({ _tag: "Closed" })
      yield* pass(1000)
      expect(told(events)).toEqual(["1 connect 0"])
      yield* pass(60_000)
      expect(told(events)).toEqual(["1 connect 0", "1 disconnect Timeout"])
      expect(network.between(client.address.port).length).toBe(before)
      expect(yield* server.peers).toEqual([])
    }))
})

describe("the states of a peer", () => {
  it.effect("go by ENet's names through a life", () =>
    Effect.gen(function*() {
      const network = new Network()
      const client = yield* network.host()
      const scope = yield* Scope.make()
      yield* Effect.forkChild(connectTo(client).pipe(Scope.provide(scope)), { startImmediately: true })
      yield* settle
      const peer = yield* onlyPeer(client)
      const seen = [yield* peer.state]
      const server = yield* network.host({}, serverPort)
      yield* pass(1000)
      seen.push(yield* peer.state)
      const toClient = yield* onlyPeer(server)
      yield* toClient.send(0, "unread")
      yield* peer.send(0, "queued")
      yield* peer.disconnectLater()
      seen.push(yield* peer.state)
      yield* peer.disconnect()
      seen.push(yield* peer.state)
      yield* settle
      seen.push(yield* peer.state)
      expect(seen).toEqual(["Connecting", "Connected", "DisconnectLater", "Disconnecting", "Disconnected"])
      yield* Scope.close(scope, Exit.void)
    }))

  it.effect("are Zombie while the last packets of a dead connection wait to be read", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* pair()
      yield* toServer.send(0, "unread")
      yield* settle
      yield* toServer.disconnectNow()
      yield* settle
      expect(yield* toClient.state).toBe("Zombie")
      expect((yield* toClient.statistics).totalWaitingData).toBe("unread".length)
      expect(told(yield* record(server))).toEqual(["1 connect 0", "1 receive 0 unread", "1 disconnect Remote 0"])
      expect(yield* toClient.state).toBe("Disconnected")
    }))
})

describe("closed", () => {
  it.effect("waits for the end, for everyone who asks, and keeps its answer", () =>
    Effect.gen(function*() {
      const { toServer } = yield* pair()
      const waiting = yield* Effect.forkChild(Effect.all([toServer.closed, toServer.closed], { concurrency: 2 }))
      yield* settle
      expect(waiting.pollUnsafe()).toBeUndefined()
      yield* toServer.disconnectNow()
      const reason = { _tag: "Closed" }
      expect(waiting.pollUnsafe()).toEqual(Exit.succeed([reason, reason]))
      expect(yield* toServer.closed).toEqual(reason)
    }))

  it.effect("says what has ended the connection first", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      yield* toServer.send(0, "unread")
      yield* settle
      yield* toServer.disconnectNow(8)
      yield* settle
      // gone already: it takes no orders
      yield* Effect.flip(toClient.reset)
      expect(yield* toClient.closed).toEqual({ _tag: "Remote", data: 8 })
      yield* Stream.runDrain(toClient.messages)
      expect(yield* toClient.closed).toEqual({ _tag: "Remote", data: 8 })
    }))
})
