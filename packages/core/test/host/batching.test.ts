import { EnetEvent } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { connectTo, Network, pair, pass, serverPort, settle } from "./Kit.ts"
import { commandsOf, kindsOf } from "./Raw.ts"

/** A connection whose handshake and first pings are over. */
const quiet = Effect.tap(pair({ channels: 4 }), () => pass(1250))

const commandCounts = (datagrams: ReadonlyArray<{ readonly bytes: Uint8Array }>) =>
  datagrams.map(({ bytes }) => commandsOf(bytes).length)

describe("packets sent in one turn", () => {
  it.effect("share one datagram, whatever their channels and modes are", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* quiet
      const before = network.between(client.address.port).length
      yield* toServer.send(0, "a")
      yield* toServer.send(1, "b", { mode: "unreliable" })
      yield* toServer.send(2, "c", { mode: "unsequenced" })
      yield* toServer.send(3, "d")
      yield* toServer.ping
      yield* settle
      expect(network.between(client.address.port).slice(before).map(({ bytes }) => kindsOf(bytes))).toEqual([
        "SendReliable SendUnreliable SendUnsequenced SendReliable Ping"
      ])
    }))

  it.effect("share datagrams when many fibers send them", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* quiet
      const before = network.between(client.address.port).length
      yield* Effect.all(Array.from({ length: 20 }, (_, i) => toServer.send(0, `${i}`)), { concurrency: "unbounded" })
      yield* settle
      expect(commandCounts(network.between(client.address.port).slice(before))).toEqual([20])
    }))

  it.effect("are at most 32 in a datagram", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* quiet
      const before = network.between(client.address.port).length
      for (let i = 0; i < 100; i++) yield* toServer.send(0, `${i}`)
      yield* settle
      expect(commandCounts(network.between(client.address.port).slice(before))).toEqual([32, 32, 32, 4])
    }))

  it.effect("fill datagrams up to the MTU", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* quiet
      const before = network.between(client.address.port).length
      // 4 bytes of header and 6 for each command: four of these make 1,388 bytes
      for (let i = 0; i < 8; i++) yield* toServer.send(0, new Uint8Array(340))
      yield* settle
      expect(network.between(client.address.port).slice(before).map(({ bytes }) => bytes.length)).toEqual([1388, 1388])
    }))

  it.effect("share a datagram with what is broadcast", () =>
    Effect.gen(function*() {
      const { network, server, toClient } = yield* quiet
      const before = network.between(serverPort).length
      yield* toClient.send(0, "to one")
      yield* server.broadcast(1, "to all")
      yield* toClient.send(0, "to one again")
      yield* settle
      expect(network.between(serverPort).slice(before).map(({ bytes }) => kindsOf(bytes))).toEqual([
        "SendReliable SendReliable SendReliable"
      ])
    }))

  it.effect("go to each peer in datagrams of its own", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const clients = yield* Effect.all(Array.from({ length: 5 }, () => network.host()))
      for (const client of clients) yield* connectTo(client)
      yield* pass(1250)
      const before = network.between(serverPort).length
      for (let i = 0; i < 3; i++) yield* server.broadcast(0, `${i}`)
      yield* settle
      expect(network.between(serverPort).slice(before).map(({ to }) => to)).toEqual(
        clients.map(({ address }) => address.port)
      )
    }))
})

describe("a reply", () => {
  const replyTo = Effect.fnUntraced(function*(connected: Effect.Success<typeof quiet>) {
    const { client, network, toServer } = connected
    yield* settle
    const before = network.between(serverPort).length
    yield* toServer.send(0, "ask")
    yield* settle
    expect(network.between(serverPort, client.address.port).slice(before).map(({ bytes }) => kindsOf(bytes))).toEqual([
      "Acknowledge SendReliable"
    ])
  })

  it.effect("of a reader of events leaves with the acknowledgement", () =>
    Effect.gen(function*() {
      const connected = yield* quiet
      yield* connected.server.events.pipe(
        Stream.runForEach(EnetEvent.match({
          Connect: () => Effect.void,
          Receive: ({ channel, packet, peer }) => peer.send(channel, packet),
          Disconnect: () => Effect.void
        })),
        Effect.forkScoped
      )
      yield* replyTo(connected)
    }))

  it.effect("of a reader of messages leaves with the acknowledgement", () =>
    Effect.gen(function*() {
      const connected = yield* quiet
      yield* connected.toClient.messages.pipe(
        Stream.runForEach(({ channel, packet }) => connected.toClient.send(channel, packet)),
        Effect.forkScoped
      )
      yield* replyTo(connected)
    }))

  it.effect("of a handler of serve leaves with the acknowledgement", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      yield* Effect.forkScoped(
        server.serve((peer) => Stream.runForEach(peer.messages, ({ channel, packet }) => peer.send(channel, packet)))
      )
      const client = yield* network.host()
      const toServer = yield* connectTo(client)
      yield* pass(1250)
      yield* replyTo({ network, server, client, toServer, toClient: (yield* server.peers)[0]! })
    }))
})

describe("many datagrams that arrive in one turn", () => {
  it.effect("are acknowledged together", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* quiet
      const before = network.between(serverPort).length
      for (let i = 0; i < 640; i++) yield* toServer.send(0, "x")
      yield* settle
      const answers = network.between(serverPort, client.address.port).slice(before)
      expect(answers.flatMap(({ bytes }) => commandsOf(bytes)).length).toBe(640)
      // twenty datagrams came in
      expect(answers.length).toBeLessThanOrEqual(21)
    }))
})
