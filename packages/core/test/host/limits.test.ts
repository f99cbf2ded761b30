import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { connectTo, Network, pair, pass, patiently, record, serverPort, settle, told } from "./Kit.ts"

describe("a host whose events nobody reads", () => {
  it.effect("keeps the connections that it could not tell of, with their packets", () =>
    Effect.gen(function*() {
      const count = 1200
      const network = new Network()
      const server = yield* network.host({ maxPeers: count }, serverPort)
      const client = yield* network.host({ maxPeers: count })
      for (let i = 0; i < count; i++) yield* (yield* connectTo(client, { data: i })).send(0, `${i}`)
      yield* settle
      // the rest waits in the protocol
      expect((yield* server.peers).length).toBe(1024)
      expect((yield* server.statistics).connectedPeers).toBe(1024)
      const events = yield* record(server)
      yield* pass(3000)
      expect((yield* server.statistics).connectedPeers).toBe(count)
      expect(events.length).toBe(2 * count)
      for (const peer of yield* server.peers) {
        const data = peer.connection - 1
        expect(told(events.filter((event) => event.peer === peer))).toEqual([
          `${peer.connection} connect ${data}`,
          `${peer.connection} receive 0 ${data}`
        ])
      }
    }).pipe(patiently), 30_000)

  it.effect("can still connect elsewhere, and hear of the end", () =>
    Effect.gen(function*() {
      const network = new Network()
      const crowd = yield* network.host({ maxPeers: 1100 })
      const host = yield* network.host({ maxPeers: 2000 }, serverPort)
      const remote = yield* network.host({}, serverPort + 1)
      for (let i = 0; i < 1100; i++) yield* connectTo(crowd)
      yield* Effect.forkScoped(remote.serve((peer) => Effect.andThen(peer.send(0, "hello"), Effect.sleep(100))))
      for (let i = 0; i < 3; i++) {
        yield* Effect.scoped(Effect.gen(function*() {
          const peer = yield* connectTo(host, { port: serverPort + 1 })
          const messages = yield* Effect.forkChild(Stream.runCollect(peer.messages))
          yield* pass(200)
          expect((yield* Fiber.join(messages)).length).toBe(1)
          expect(yield* peer.closed).toEqual({ _tag: "Remote", data: 0 })
        }))
        yield* settle
        expect((yield* host.peers).every((peer) => peer.address.port === crowd.address.port)).toBe(true)
      }
    }).pipe(patiently), 30_000)
})

describe("the clock of a host", () => {
  it.effect("may go over 32 bits of milliseconds in the life of a connection", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const events = yield* record(server)
      yield* pass(2 ** 32 - 6000)
      const peer = yield* connectTo(client)
      for (let i = 0; i < 10; i++) {
        yield* peer.send(0, `${i}`)
        yield* pass(1000)
      }
      expect((yield* peer.statistics).roundTripTime).toBe(1)
      network.passes = () => false
      yield* peer.send(0, "late")
      yield* pass(1000)
      network.passes = () => true
      yield* pass(2000)
      yield* peer.disconnect(1)
      yield* settle
      expect(told(events)).toEqual([
        "1 connect 0",
        ...Array.from({ length: 10 }, (_, i) => `1 receive 0 ${i}`),
        "1 receive 0 late",
        "1 disconnect Remote 1"
      ])
    }))

  it.effect("may go over 32 bits in the middle of a handshake and of a silence", () =>
    Effect.gen(function*() {
      const network = new Network()
      const client = yield* network.host()
      yield* pass(2 ** 32 - 3000)
      const attempt = yield* Effect.forkChild(Effect.flip(connectTo(client)))
      yield* pass(31_499)
      expect(attempt.pollUnsafe()).toBeUndefined()
      yield* pass(1)
      expect((yield* Fiber.join(attempt)).reason._tag).toBe("ConnectTimeout")
      expect(network.sent.length).toBe(6)
    }))
})

describe("packets on 255 channels", () => {
  it.effect("arrive on theirs, each in order", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair({ channels: 255 })
      const events = yield* record(server)
      for (let i = 0; i < 3; i++) for (let channel = 0; channel < 255; channel++) yield* toServer.send(channel, `${i}`)
      yield* pass(100)
      for (let channel = 0; channel < 255; channel++) {
        const received = events.filter((event) => event._tag === "Receive" && event.channel === channel)
        expect(told(received)).toEqual([0, 1, 2].map((i) => `1 receive ${channel} ${i}`))
      }
    }))
})
