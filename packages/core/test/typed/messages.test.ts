import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { connectTo, pass, settle } from "../host/Kit.ts"
import { Chat, collect, game, Move, Score, server as serverAddress, typedHost, typedPair } from "./Kit.ts"

describe("messages", () => {
  it.effect("gives values of the channel's schema, and their peer", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* typedPair(game)
      const { values } = yield* collect(server.messages(Move))
      yield* toServer.send(Move, { x: 1.5, y: -2 })
      yield* settle
      expect(values).toEqual([{ _tag: "move", peer: toClient, message: { x: 1.5, y: -2 } }])
    }))

  it.effect("merges several channels, told apart by the channel's name", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      const { values } = yield* collect(server.messages(Chat, Score))
      yield* toServer.send(Chat, "hi")
      yield* toServer.send(Score, { ada: 3 })
      yield* toServer.send(Move, { x: 0, y: 0 })
      yield* settle
      const told = values.map((received) =>
        received._tag === "chat" ? received.message.toUpperCase() : received.message["ada"]
      )
      expect(told).toEqual(["HI", 3])
    }))

  it.effect("goes both ways", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* typedPair(game)
      const { values } = yield* collect(toServer.messages(Chat))
      yield* toClient.send(Chat, "welcome")
      yield* settle
      expect(values.map(({ message }) => message)).toEqual(["welcome"])
    }))

  it.effect("keeps what came before there was a reader", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      yield* toServer.send(Chat, "early")
      yield* settle
      const { values } = yield* collect(server.messages(Chat))
      yield* settle
      expect(values.map(({ message }) => message)).toEqual(["early"])
    }))

  it.effect("of a peer go to its own reader while there is one", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* typedPair(game)
      const host = yield* collect(server.messages(Chat))
      const peer = yield* collect(toClient.messages(Chat))
      yield* toServer.send(Chat, "to the peer's")
      yield* settle
      yield* peer.stop
      yield* toServer.send(Chat, "to the host's")
      yield* settle
      expect(peer.values.map(({ message }) => message)).toEqual(["to the peer's"])
      expect(host.values.map(({ message }) => message)).toEqual(["to the host's"])
    }))

  it.effect("of a peer end with the last one that it sent", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* typedPair(game)
      const reading = yield* Effect.forkChild(Stream.runCollect(Stream.tap(
        toClient.messages(Score),
        () => Effect.sleep(1)
      )))
      for (let i = 0; i < 100; i++) yield* toServer.send(Score, { round: i })
      yield* toServer.disconnect()
      yield* pass(1000)
      const messages = yield* Fiber.join(reading)
      expect(messages.map(({ message }) => message["round"])).toEqual(Array.from({ length: 100 }, (_, i) => i))
    }))

  it.effect("can be polled for what has arrived", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      expect(yield* server.poll(Move, Chat)).toEqual([])
      yield* toServer.send(Move, { x: 1, y: 1 })
      yield* toServer.send(Chat, "now")
      yield* settle
      expect((yield* server.poll(Move, Chat)).map(({ _tag }) => _tag)).toEqual(["move", "chat"])
      expect(yield* server.poll(Move, Chat)).toEqual([])
    }))

  it.effect("that are none of the schema are refused before they are sent", () =>
    Effect.gen(function*() {
      const { toServer } = yield* typedPair(game)
      const error = yield* Effect.flip(toServer.send(Move, { x: Number.NaN, y: 0 }))
      expect(error.message).toBe(`not a message of channel "move": x: expected a finite number, got NaN`)
    }))

  it.effect("on a channel of another set with the same type are a defect", () =>
    Effect.gen(function*() {
      const { toServer } = yield* typedPair(game)
      const exit = yield* Effect.exit(toServer.send({ ...Chat }, "hello"))
      expect(String(exit)).toContain(`channel "chat" with id 1 is none of this host's channel set`)
    }))

  it.effect("are broadcast to all", () =>
    Effect.gen(function*() {
      const { network, server, toServer } = yield* typedPair(game)
      const other = yield* typedHost(network, game)
      const second = yield* other.connect(serverAddress)
      const first = yield* collect(toServer.messages(Chat))
      const others = yield* collect(second.messages(Chat))
      yield* settle
      yield* server.broadcast(Chat, "all")
      yield* settle
      expect([first, others].map(({ values }) => values.map(({ message }) => message))).toEqual([["all"], ["all"]])
      expect((yield* server.statistics(Chat)).sent).toBe(1)
    }))

  it.effect("come from remotes without typed channels as well", () =>
    Effect.gen(function*() {
      const { network, server } = yield* typedPair(game)
      const { values } = yield* collect(server.messages(Move))
      const peer = yield* connectTo(yield* network.host(), { channels: 4 })
      // an integer 1 and a float 0.5
      yield* peer.send(0, new Uint8Array([0, 1, 1, 0, 0, 0, 0x3f]))
      yield* settle
      expect(values.map(({ message }) => message)).toEqual([{ x: 1, y: 0.5 }])
    }))
})
