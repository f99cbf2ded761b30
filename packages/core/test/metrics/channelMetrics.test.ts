import { ChannelMetrics } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { connectTo, pass, settle } from "../host/Kit.ts"
import { Chat, collect, game, Move, Score, State, typedPair } from "../typed/Kit.ts"
import { valueOf, withMetrics } from "./Kit.ts"

const messagesOf = (lines: ReadonlyArray<string>, channel: string, event: string): number =>
  valueOf(lines, `enet_channel_messages_total{channel="${channel}",event="${event}"}`)

describe("metrics of typed channels", () => {
  it.effect("count messages of each channel by what became of them", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const { server, toServer } = yield* typedPair(game)
        yield* ChannelMetrics.observe(server)
        yield* collect(server.messages(Chat))
        for (const text of ["a", "b", "c"]) yield* toServer.send(Chat, text)
        yield* toServer.raw.send(Chat.id, new Uint8Array([200]))
        for (let i = 0; i < 5; i++) {
          yield* toServer.send(State, i)
          yield* settle
        }
        for (let i = 0; i < 1000; i++) yield* toServer.send(Move, { x: i, y: 0.1 })
        yield* settle
        yield* server.broadcast(Score, { Ada: 1 })
        yield* pass(1000)
        const told = yield* lines
        expect(messagesOf(told, "chat", "received")).toBe(3)
        expect(messagesOf(told, "chat", "undecoded")).toBe(1)
        expect(messagesOf(told, "state", "superseded")).toBe(4)
        const { dropped } = yield* server.statistics(Move)
        expect(dropped).toBeGreaterThan(0)
        expect(messagesOf(told, "move", "dropped")).toBe(dropped)
        expect(messagesOf(told, "score", "sent")).toBe(1)
        expect(messagesOf(told, "score", "received")).toBe(0)
      })
    ))

  it.effect("count peers that wait for a reader, and packets on no channel of the set", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const { client, server, toServer } = yield* typedPair(game, { server: { channelLimit: 8 } })
        yield* ChannelMetrics.observe(server, { attributes: { host: "lobby" } })
        for (let i = 0; i < 20; i++) yield* toServer.send(Chat, "x".repeat(100))
        const other = yield* connectTo(client.raw, { channels: 8 })
        yield* other.send(7, "stray")
        yield* pass(1000)
        const told = yield* lines
        expect(valueOf(told, `enet_channel_stalls_total{host="lobby",channel="chat"}`)).toBe(1)
        expect(valueOf(told, `enet_stray_packets_total{host="lobby"}`)).toBe(1)
      })
    ))

  it.effect("are there from the beginning, and count the last messages when the observer goes", () =>
    withMetrics((lines) =>
      Effect.gen(function*() {
        const { server, toServer } = yield* typedPair(game)
        yield* collect(server.messages(Chat))
        const scope = yield* Scope.make()
        yield* ChannelMetrics.observe(server, { interval: "1 hour" }).pipe(Scope.provide(scope))
        yield* settle
        expect(messagesOf(yield* lines, "chat", "received")).toBe(0)
        yield* toServer.send(Chat, "late")
        yield* settle
        yield* Scope.close(scope, Exit.void)
        expect(messagesOf(yield* lines, "chat", "received")).toBe(1)
      })
    ))
})
