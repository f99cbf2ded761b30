import { Channel, ChannelSet, EnetError } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema, Scope, Stream } from "effect"
import { captureLog, connectTo, Network, pass, reasonOf, serverPort, settle } from "../host/Kit.ts"
import { Chat, checkedGame, collect, game, Move, Score, server, State, typedHost, typedPair } from "./Kit.ts"

describe("a checked channel set", () => {
  const newer = ChannelSet.make([
    Channel.make("move", { id: 0, schema: Schema.Struct({ x: Schema.Finite, y: Schema.Finite, z: Schema.Finite }) }),
    Chat
  ], { check: true })

  it.effect("connects those that have the same", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* typedPair(checkedGame)
      const { values } = yield* collect(server.messages(Chat))
      yield* toServer.send(Chat, "we understand each other")
      yield* settle
      expect(values).toHaveLength(1)
      expect(yield* server.strayPackets).toBe(0)
    }))

  it.effect("refuses those that have others, on both sides and in words", () =>
    Effect.gen(function*() {
      const network = new Network()
      const host = yield* typedHost(network, checkedGame, {}, serverPort)
      const client = yield* typedHost(network, newer)
      const error = yield* Effect.flip(client.connect(server))
      expect(error.message).toBe(
        "127.0.0.1:7777 has other channels than we have: both sides need the same version of the channel set"
      )
      expect(error.reason._tag).toBe("DifferentChannels")
      yield* settle
      expect(yield* host.peers).toEqual([])
      expect(yield* host.raw.peers).toEqual([])
    }))

  it.effect("refuses a remote without one with a documented code", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* typedHost(network, checkedGame, {}, serverPort)
      const peer = yield* connectTo(yield* network.host())
      expect(yield* peer.closed).toEqual({ _tag: "Remote", data: ChannelSet.DIFFERENT_CHANNELS })
    }))

  it.effect("does not wait without end for a remote that says nothing", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const client = yield* typedHost(network, checkedGame)
      const connecting = yield* Effect.forkChild(Effect.flip(client.connect(server)))
      yield* pass(4999)
      expect(connecting.pollUnsafe()).toBeUndefined()
      yield* pass(1)
      expect((yield* Fiber.join(connecting)).message).toBe(
        "127.0.0.1:7777 does not say which channels it has: is its channel set made with { check: true } as well?"
      )
      yield* settle
      expect(yield* client.peers).toEqual([])
      expect(yield* client.raw.peers).toEqual([])
    }))

  it.effect("keeps the connect data for itself", () =>
    Effect.gen(function*() {
      const client = yield* typedHost(new Network(), checkedGame)
      const error = yield* Effect.flip(client.connect({ ...server, data: 5 }))
      expect(error.reason._tag).toBe("InvalidOption")
    }))

  it("has the same fingerprint whatever the order, and another for every difference", () => {
    const fingerprint = (...channels: ReadonlyArray<Channel.Any>) => ChannelSet.make(channels).fingerprint
    const schema = Schema.Struct({ x: Schema.Finite, y: Schema.Finite })
    const sets = [
      fingerprint(Move),
      fingerprint(Move, Chat),
      fingerprint(Channel.make("moved", { id: 0, schema, mode: "unreliable" })),
      fingerprint(Channel.make("move", { id: 1, schema, mode: "unreliable" })),
      fingerprint(Channel.make("move", { id: 0, schema, mode: "reliable" })),
      fingerprint(Channel.make("move", { id: 0, schema: Schema.Struct({ x: Schema.Finite }), mode: "unreliable" })),
      fingerprint()
    ]
    expect(new Set(sets).size).toBe(sets.length)
    expect(fingerprint(Chat, Move)).toBe(fingerprint(Move, Chat))
    expect(sets).not.toContain(0)
  })
})

describe("declarations", () => {
  const reason = (declare: () => unknown): unknown => {
    try {
      return declare()
    } catch (error) {
      return error instanceof EnetError.EnetError ? error.message : error
    }
  }

  it("say at once what is wrong with them", () => {
    const schema = Schema.Int
    expect(reason(() => Channel.make("a", { id: 254, schema }))).toBe("id must be an integer from 0 to 253, got 254")
    expect(reason(() => Channel.make("a", { id: 0, schema, bufferLimit: 0 }))).toContain("bufferLimit must be")
    const twice = "channels must be different ids and names, got "
    expect(reason(() => ChannelSet.make([Move, Channel.make("a", { id: 0, schema })]))).toBe(`${twice}0 twice`)
    expect(reason(() => ChannelSet.make([Move, Channel.make("move", { id: 9, schema })]))).toBe(`${twice}move twice`)
  })

  it.effect("need a host that grants their channels", () =>
    Effect.gen(function*() {
      const made = typedHost(new Network(), game, { channelLimit: 3 })
      expect((yield* reasonOf(made)).message).toBe("channelLimit must be at least 4 for this channel set, got 3")
    }))
})

describe("connections", () => {
  it.effect("tell who is there, and who comes and goes", () =>
    Effect.gen(function*() {
      const { network, server: host, toServer } = yield* typedPair(game)
      const { values } = yield* collect(host.connections)
      yield* settle
      const other = yield* (yield* typedHost(network, game)).connect(server)
      yield* settle
      yield* toServer.disconnect(42)
      yield* settle
      yield* other.raw.disconnectNow(43)
      yield* settle
      expect(values.map((connection) =>
        connection._tag === "Connected"
          ? `+${connection.peer.connection}`
          : `-${connection.peer.connection} ${JSON.stringify(connection.reason)}`
      )).toEqual(["+1", "+2", `-1 {"_tag":"Remote","data":42}`, `-2 {"_tag":"Remote","data":43}`])
    }))

  it.effect("are told to every reader", () =>
    Effect.gen(function*() {
      const { server } = yield* typedPair(game)
      const readers = [yield* collect(server.connections), yield* collect(server.connections)]
      yield* settle
      expect(readers.map(({ values }) => values.length)).toEqual([1, 1])
    }))
})

describe("serve", () => {
  it.effect("runs a fiber for each peer, which ends when the peer is gone and what it sent is read", () =>
    Effect.gen(function*() {
      const network = new Network()
      const host = yield* typedHost(network, game, {}, serverPort)
      const log: Array<string> = []
      yield* Effect.forkScoped(host.serve((peer) =>
        peer.messages(Chat).pipe(
          Stream.runForEach(({ message }) => Effect.sync(() => void log.push(`${peer.connection} ${message}`))),
          Effect.andThen(Effect.never),
          Effect.ensuring(Effect.sync(() => void log.push(`${peer.connection} gone`)))
        )
      ))
      yield* settle
      const client = yield* typedHost(network, game)
      const [a, b] = [yield* client.connect(server), yield* client.connect(server)]
      yield* b.send(Chat, "hello")
      yield* a.send(Chat, "bye")
      yield* a.disconnect()
      yield* pass(100)
      expect(log.toSorted()).toEqual(["1 bye", "1 gone", "2 hello"])
    }))

  it.effect("lets a handler that has read the last message go on, up to where it waits", () =>
    Effect.gen(function*() {
      const { server: host, toServer } = yield* typedPair(game)
      const reasons: Array<string> = []
      yield* Effect.forkScoped(host.serve((peer) =>
        Stream.runDrain(peer.messages(Chat)).pipe(
          Effect.andThen(peer.closed),
          Effect.map(({ _tag }) => reasons.push(_tag))
        )
      ))
      yield* settle
      yield* toServer.send(Chat, "last")
      yield* toServer.disconnect()
      yield* settle
      expect(reasons).toEqual(["Remote"])
    }))

  it.effect("disconnects a peer whose handler ends, or fails", () =>
    Effect.gen(function*() {
      const captured = captureLog()
      yield* Effect.gen(function*() {
        const network = new Network()
        const host = yield* typedHost(network, game, {}, serverPort)
        yield* Effect.forkScoped(host.serve((peer) =>
          Effect.andThen(peer.send(Chat, "the last word"), peer.connection === 2 ? Effect.fail("no") : Effect.void)
        ))
        yield* settle
        const client = yield* typedHost(network, game)
        for (let i = 0; i < 2; i++) {
          const peer = yield* client.connect(server)
          const reading = yield* Effect.forkChild(Stream.runCollect(peer.messages(Chat)))
          yield* pass(100)
          expect(yield* peer.closed).toEqual({ _tag: "Remote", data: 0 })
          expect((yield* Fiber.join(reading)).map(({ message }) =>
            message
          )).toEqual(["the last word"])
        }
      }).pipe(Effect.provide(captured.layer))
      expect(captured.lines).toHaveLength(1)
      expect(captured.lines[0]).toContain("the handler of peer")
    }))
})

describe("the end", () => {
  it.effect("of a peer makes its sends fail", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* typedPair(game)
      yield* toClient.raw.disconnectNow()
      yield* settle
      for (const send of [toServer.send(Move, { x: 0, y: 0 }), toServer.send(State, 1)]) {
        expect((yield* Effect.flip(send)).reason._tag).toBe("PeerDisconnected")
      }
    }))

  it.effect("of the typed host ends its streams and disconnects the peers that came to it", () =>
    Effect.gen(function*() {
      const network = new Network()
      const scope = yield* Scope.make()
      const host = yield* typedHost(network, game, {}, serverPort).pipe(Scope.provide(scope))
      const client = yield* typedHost(network, game)
      const peer = yield* client.connect(server)
      yield* settle
      const streams = [host.messages(Score), host.connections, host.undecoded]
      const endings: Array<Fiber.Fiber<unknown, EnetError.EnetError>> = []
      for (const stream of streams) {
        endings.push(yield* Effect.forkChild(Stream.runDrain<unknown, EnetError.EnetError, never>(stream)))
      }
      yield* settle
      yield* Scope.close(scope, Exit.void)
      yield* pass(100)
      for (const ending of endings) {
        expect((yield* reasonOf(Fiber.join(ending)))._tag).toBe("HostClosed")
      }
      expect((yield* peer.closed)._tag).toBe("Remote")
    }))

  it.effect("of the scope of connect disconnects the peer", () =>
    Effect.gen(function*() {
      const { client, server: host, toClient } = yield* typedPair(game)
      yield* Effect.scoped(Effect.gen(function*() {
        yield* client.connect(server)
        yield* settle
        expect(yield* host.peers).toHaveLength(2)
      }))
      yield* pass(100)
      expect(yield* host.peers).toEqual([toClient])
    }))
})
