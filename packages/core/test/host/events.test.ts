import { EnetEvent } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope, Stream } from "effect"
import { connectTo, Network, onlyPeer, pair, pass, record, serverPort, settle, told } from "./Kit.ts"

describe("events", () => {
  it.effect("tell of connection, packets and end of each peer in their order", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair()
      const events = yield* record(server)
      for (let i = 0; i < 3; i++) yield* toServer.send(0, `${i}`)
      yield* toServer.disconnectLater(77)
      yield* pass(10)
      expect(told(events)).toEqual([
        "1 connect 0",
        "1 receive 0 0",
        "1 receive 0 1",
        "1 receive 0 2",
        "1 disconnect Remote 77"
      ])
    }))

  it.effect("are kept for a reader that comes late", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair()
      yield* toServer.send(1, "early")
      yield* settle
      yield* toServer.disconnectNow(5)
      yield* settle
      expect(told(yield* record(server))).toEqual(["1 connect 0", "1 receive 1 early", "1 disconnect Remote 5"])
    }))

  it.effect("say Local on the side that disconnects, and Remote with the data on the other", () =>
    Effect.gen(function*() {
      const { client, server, toServer } = yield* pair()
      const atServer = yield* record(server)
      const atClient = yield* record(client)
      yield* toServer.disconnect(0xffffffff)
      yield* settle
      expect(told(atClient)).toEqual(["1 connect 0", "1 disconnect Local"])
      expect(told(atServer)).toEqual(["1 connect 0", "1 disconnect Remote 4294967295"])
    }))

  it.effect("say Timeout when the other side has fallen silent", () =>
    Effect.gen(function*() {
      const { network, server } = yield* pair()
      const events = yield* record(server)
      network.passes = () => false
      yield* pass(60_000)
      expect(told(events)).toEqual(["1 connect 0", "1 disconnect Timeout"])
      expect(yield* server.peers).toEqual([])
    }))

  it.effect("say Closed when this side drops the connection", () =>
    Effect.gen(function*() {
      for (const end of ["reset", "disconnectNow"] as const) {
        const { server, toClient } = yield* pair()
        const events = yield* record(server)
        yield* end === "reset" ? toClient.reset : toClient.disconnectNow(1)
        yield* settle
        expect(told(events)).toEqual(["1 connect 0", "1 disconnect Closed"])
        expect(yield* toClient.closed).toEqual({ _tag: "Closed" })
      }
    }))

  it.effect("say Closed of every peer when the host closes, and end", () =>
    Effect.gen(function*() {
      const network = new Network()
      const scope = yield* Scope.make()
      const server = yield* network.host({}, serverPort).pipe(Scope.provide(scope))
      const client = yield* network.host()
      yield* connectTo(client)
      yield* connectTo(client)
      const reader = yield* Effect.forkChild(Stream.runCollect(server.events))
      yield* settle
      yield* Scope.close(scope, Exit.void)
      expect(told(yield* Fiber.join(reader))).toEqual([
        "1 connect 0",
        "2 connect 0",
        "1 disconnect Closed",
        "2 disconnect Closed"
      ])
    }))

  it.effect("go to one of two readers each", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair()
      const one = yield* record(server)
      const two = yield* record(server)
      for (let i = 0; i < 50; i++) {
        yield* toServer.send(0, `${i}`)
        yield* settle
      }
      const expected = ["1 connect 0", ...Array.from({ length: 50 }, (_, i) => `1 receive 0 ${i}`)]
      expect(told([...one, ...two]).toSorted()).toEqual(expected.toSorted())
    }))

  it.effect("go on with the next reader when one stops", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair()
      const first = yield* server.events.pipe(Stream.take(1), Stream.runCollect)
      yield* toServer.send(0, "later")
      yield* settle
      expect(told([...first, ...(yield* record(server))])).toEqual(["1 connect 0", "1 receive 0 later"])
    }))

  it.effect("of a peer never come after its end", () =>
    Effect.gen(function*() {
      const { client, network, server, toClient, toServer } = yield* pair()
      const events = yield* record(server)
      yield* toServer.send(0, "before")
      yield* settle
      yield* toClient.reset
      // the client does not know yet
      yield* toServer.send(0, "after")
      yield* settle
      const again = yield* connectTo(client)
      yield* again.send(0, "anew")
      yield* pass(60_000)
      expect(told(events)).toEqual([
        "1 connect 0",
        "1 receive 0 before",
        "1 disconnect Closed",
        "2 connect 0",
        "2 receive 0 anew"
      ])
      expect(network.sent.length).toBeGreaterThan(0)
    }))

  it.effect("of a slot's next connection carry another handle", () =>
    Effect.gen(function*() {
      const { client, server, toServer } = yield* pair()
      const events = yield* record(server)
      yield* toServer.disconnect()
      yield* settle
      yield* connectTo(client)
      yield* settle
      const [first, end, second] = events.map(({ peer }) => peer)
      expect(first).toBe(end)
      expect(second).not.toBe(first)
      expect([first!.id, second!.id]).toEqual([0, 0])
      expect([first!.connection, second!.connection]).toEqual([1, 2])
      expect(second).toBe(yield* onlyPeer(server))
    }))

  it.effect("come in the order of the packets of every peer, however many there are", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const events = yield* record(server)
      const peers = yield* Effect.all(Array.from({ length: 20 }, () => connectTo(client)))
      for (let i = 0; i < 100; i++) for (const peer of peers) yield* peer.send(0, `${i}`)
      yield* pass(1000)
      for (const peer of yield* server.peers) {
        const received = told(events.filter((event) => event.peer === peer && event._tag === "Receive"))
        expect(received).toEqual(Array.from({ length: 100 }, (_, i) => `${peer.connection} receive 0 ${i}`))
      }
    }))

  it.effect("are matched by one handler per kind", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair()
      const events = yield* record(server)
      yield* toServer.send(0, new Uint8Array(3))
      yield* settle
      yield* toServer.disconnect()
      yield* settle
      const match = EnetEvent.match({
        Connect: ({ data }) => data,
        Receive: ({ packet }) => packet,
        Disconnect: ({ reason }) => reason._tag
      })
      expect(events.map(match)).toEqual([0, new Uint8Array(3), "Remote"])
    }))
})
