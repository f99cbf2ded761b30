import { Channel, ChannelSet } from "@effect-enet/core"
import { SeededRandom } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Result, Schema, Stream } from "effect"
import { captureLog, connectTo, pass, settle } from "../host/Kit.ts"
import { Chat, collect, game, Move, Score, server as serverAddress, State, typedHost, typedPair } from "./Kit.ts"

/** 1000 bytes are eleven messages of 26 bytes, at 64 bytes of overhead. */
const line = (i: number) => `line ${i} `.padEnd(25, ".")
const numberOf = (text: string) => Number(text.split(" ")[1])
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

describe("a channel that nobody reads", () => {
  it.effect("does not keep readers of other channels from theirs until it is full", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      const { values } = yield* collect(server.messages(Move))
      for (let i = 0; i < 10; i++) yield* toServer.send(Chat, line(i))
      yield* toServer.send(Move, { x: 1, y: 2 })
      yield* settle
      expect(values).toHaveLength(1)
      expect((yield* server.statistics(Chat)).stalls).toBe(0)
    }))

  it.effect("makes its peer wait when it is full and reliable, says so once, and loses nothing", () =>
    Effect.gen(function*() {
      const log = captureLog()
      yield* Effect.gen(function*() {
        const { server, toClient, toServer } = yield* typedPair(game)
        const moves = yield* collect(server.messages(Move))
        for (let i = 0; i < 50; i++) yield* toServer.send(Chat, line(i))
        yield* settle
        yield* toServer.send(Move, { x: 1, y: 2 })
        yield* pass(5000)
        expect(moves.values).toEqual([])
        expect(log.lines).toEqual([
          `nobody reads channel "chat": peer ${toClient.toString()} waits with all its channels`
        ])
        expect((yield* server.statistics(Chat)).stalls).toBe(1)
        const lines = yield* collect(server.messages(Chat))
        yield* pass(100)
        expect(lines.values.map(({ message }) => numberOf(message))).toEqual(upTo(50))
        expect(moves.values).toHaveLength(1)
      }).pipe(Effect.provide(log.layer))
    }))

  it.effect("does not make other peers wait", () =>
    Effect.gen(function*() {
      const { network, server, toServer } = yield* typedPair(game)
      const others = yield* typedHost(network, game)
      const other = yield* others.connect(serverAddress)
      const { values } = yield* collect(server.messages(Move))
      for (let i = 0; i < 50; i++) yield* toServer.send(Chat, line(i))
      yield* settle
      yield* other.send(Move, { x: 1, y: 2 })
      yield* settle
      expect(values.map(({ peer }) => peer.address.port)).toEqual([others.raw.address.port])
    }))

  it.effect("drops the oldest messages when it is full and not reliable, and counts them", () =>
    Effect.gen(function*() {
      const Position = Channel.make("position", { id: 0, schema: Schema.Int, mode: "unreliable", bufferLimit: 650 })
      const { server, toServer } = yield* typedPair(ChannelSet.make([Position]))
      for (let i = 0; i < 30; i++) yield* toServer.send(Position, i)
      yield* settle
      expect((yield* server.poll(Position)).map(({ message }) => message)).toEqual(upTo(30).slice(20))
      expect(yield* server.statistics(Position)).toMatchObject({ received: 10, dropped: 20, stalls: 0 })
    }))

  it.effect("keeps little of peers that come, send, and go", () =>
    Effect.gen(function*() {
      const { network, server } = yield* typedPair(game)
      const big = Channel.make("chat", { id: 1, schema: Schema.String })
      const sets = ChannelSet.make([big])
      for (let round = 0; round < 30; round++) {
        yield* Effect.scoped(Effect.gen(function*() {
          const client = yield* typedHost(network, sets)
          const peer = yield* client.connect(serverAddress)
          yield* peer.send(big, "x".repeat(60_000))
          yield* pass(200)
          yield* peer.disconnect()
          yield* peer.closed
        }))
      }
      yield* settle
      const unread = yield* server.poll(Chat)
      expect(unread.length).toBeGreaterThan(10)
      expect(unread.length).toBeLessThanOrEqual(17)
      expect((yield* server.statistics(Chat)).dropped).toBe(30 - unread.length)
    }))
})

describe("a channel with latest", () => {
  it.effect("keeps only the newest message for a slow reader", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      for (let i = 0; i < 20; i++) {
        yield* toServer.send(State, i)
        yield* settle
      }
      expect((yield* server.poll(State)).map(({ message }) => message)).toEqual([19])
      expect(yield* server.statistics(State)).toMatchObject({ received: 1, superseded: 19, dropped: 0 })
    }))

  it.effect("lets only the newest message wait while the peer's queue is long", () =>
    Effect.gen(function*() {
      const { client, network, server, toServer } = yield* typedPair(game)
      const { values } = yield* collect(server.messages(State, Chat))
      network.passes = () => false
      for (let i = 0; i < 100; i++) yield* toServer.send(Chat, "x".repeat(1000))
      yield* settle
      for (let i = 0; i < 20; i++) {
        yield* toServer.send(State, i)
        yield* settle
      }
      expect(yield* client.statistics(State)).toMatchObject({ sent: 0, superseded: 19 })
      network.passes = () => true
      yield* pass(5000)
      expect(values.flatMap(({ _tag, message }) => _tag === "state" ? [message] : [])).toEqual([19])
      yield* toServer.send(State, 20)
      yield* settle
      expect(values.at(-1)?.message).toBe(20)
      expect(yield* client.statistics(State)).toMatchObject({ sent: 2, superseded: 19 })
    }))

  it.effect("does not wait where the queue is smaller than its own limit", () =>
    Effect.gen(function*() {
      const { network, server, toServer } = yield* typedPair(game, { client: { outgoingQueueLimit: 100 } })
      const { values } = yield* collect(server.messages(State))
      network.passes = () => false
      for (let i = 0; i < 200; i++) yield* toServer.send(State, i)
      network.passes = () => true
      yield* pass(1000)
      expect(values.at(-1)?.message).toBe(199)
    }))

  it.effect("is broadcast to each peer as its queue allows", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      const { values } = yield* collect(toServer.messages(State))
      yield* server.broadcast(State, 7)
      yield* settle
      expect(values.map(({ message }) => message)).toEqual([7])
    }))
})

describe("packets that are no messages", () => {
  const garbage = new Uint8Array([1, 2, 3, 4, 5, 6, 7])

  it.effect("come with a reason to their own stream, are counted, and end no stream", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* typedPair(game)
      const undecoded = yield* collect(server.undecoded)
      const { values } = yield* collect(server.messages(Move))
      yield* toServer.raw.send(0, garbage)
      yield* toServer.send(Move, { x: 1, y: 2 })
      yield* settle
      expect(undecoded.values).toEqual([{
        peer: toClient,
        channel: 0,
        packet: garbage,
        reason: "y: a number has an unknown form"
      }])
      expect(values.map(({ message }) => message)).toEqual([{ x: 1, y: 2 }])
      expect(yield* server.statistics(Move)).toMatchObject({ received: 1, undecoded: 1 })
    }))

  it.effect("are told of by their number where the channel is none of the set", () =>
    Effect.gen(function*() {
      const { network, server } = yield* typedPair(game)
      const undecoded = yield* collect(server.undecoded)
      const peer = yield* connectTo(yield* network.host(), { channels: 9 })
      yield* peer.send(8, "what?")
      yield* settle
      expect(undecoded.values.map(({ channel, reason }) => `${channel} ${reason}`)).toEqual([
        "8 no channel of the set has this id"
      ])
      expect(yield* server.strayPackets).toBe(1)
    }))

  it.effect("of every kind leave the channels working", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      const messages = yield* collect(server.messages(Move, Chat, State, Score))
      const undecoded = yield* collect(server.undecoded)
      const random = new SeededRandom.SeededRandom(3)
      let sent = 0
      for (let round = 0; round < 500; round++) {
        const size = random.pick([0, 1, 2, 5, 9, 40, 1500])
        yield* toServer.raw.send(random.integer(0, 3), random.bytes(size))
        sent++
        if (round % 10 === 0) yield* settle
      }
      yield* pass(1000)
      const before = messages.values.length
      expect(before + undecoded.values.length + (yield* server.statistics(State)).superseded).toBe(sent)
      expect(undecoded.values.length).toBeGreaterThan(100)
      yield* toServer.send(Chat, "still here")
      yield* settle
      expect(messages.values.slice(before).map(({ message }) => message)).toEqual(["still here"])
    }))

  it.effect("are those for which an encoding of one's own or a check throws, and end no stream", () =>
    Effect.gen(function*() {
      const Own = Channel.make("own", {
        id: 0,
        schema: Schema.Unknown,
        encoding: () => ({
          layout: "JSON, and nothing is caught",
          encode: (message) => Result.succeed(new TextEncoder().encode(JSON.stringify(message))),
          decode: (bytes) => Result.succeed(JSON.parse(new TextDecoder().decode(bytes)))
        })
      })
      const Checked = Channel.make("checked", {
        id: 1,
        schema: Schema.String.check(Schema.makeFilter((text: string) => BigInt(text) > 0n))
      })
      const { server, toServer } = yield* typedPair(ChannelSet.make([Own, Checked]))
      const undecoded = yield* collect(server.undecoded)
      const { values } = yield* collect(server.messages(Own, Checked))
      yield* toServer.raw.send(0, "{")
      yield* toServer.raw.send(1, "\x01x")
      yield* toServer.send(Own, { x: 1 })
      yield* toServer.send(Checked, "7")
      yield* settle
      expect(undecoded.values.map(({ channel, reason }) => `${channel} ${reason}`)).toEqual([
        expect.stringMatching(/^0 the encoding threw: .*JSON/),
        "1 the encoding threw: Cannot convert x to a BigInt"
      ])
      expect(values.map(({ message }) => message)).toEqual([{ x: 1 }, "7"])
      // nor is it a defect of who sends
      const error = yield* Effect.flip(toServer.send(Own, 1n))
      expect(error.reason._tag).toBe("NotEncodable")
    }))

  it.effect("are kept up to a limit for a slow reader, and not at all for none", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(game)
      yield* toServer.raw.send(0, garbage)
      yield* settle
      yield* server.poll(Move)
      const seen: Array<number> = []
      yield* Effect.forkScoped(
        Stream.runForEach(server.undecoded, ({ packet }) =>
          Effect.andThen(Effect.sync(() => seen.push(packet.length)), Effect.sleep(1000))),
        { startImmediately: true }
      )
      for (let i = 0; i < 10; i++) {
        yield* toServer.raw.send(0, new Uint8Array(20_000 + i))
        yield* settle
        yield* server.poll(Move)
      }
      yield* pass(60_000)
      // the first one at once; of the others three are as much as may wait
      expect(seen).toEqual([20_000, 20_007, 20_008, 20_009])
      expect((yield* server.statistics(Move)).undecoded).toBe(11)
    }))
})
