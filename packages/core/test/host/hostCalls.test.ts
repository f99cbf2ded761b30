import { EnetError, ReasonCode } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import {
  addressOf,
  connectTo,
  localhost,
  Network,
  pair,
  pass,
  reasonOf,
  record,
  serverPort,
  settle,
  told
} from "./Kit.ts"
import { firstOf, kindsOf } from "./Raw.ts"

describe("broadcast", () => {
  it.effect("reaches every connected peer that has the channel", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const clients = yield* Effect.all(Array.from({ length: 4 }, () => network.host()))
      const events = yield* Effect.all(clients.map(record))
      const peers = yield* Effect.all(clients.map((client, i) => connectTo(client, { channels: i + 1 })))
      yield* settle
      yield* peers[3]!.disconnect()
      yield* settle
      yield* server.broadcast(1, "to all")
      yield* server.broadcast(0, "anything", { mode: "unsequenced" })
      yield* settle
      expect(events.map((seen) => told(seen).slice(1))).toEqual([
        ["1 receive 0 anything"],
        ["1 receive 1 to all", "1 receive 0 anything"],
        ["1 receive 1 to all", "1 receive 0 anything"],
        ["1 disconnect Local"]
      ])
    }))

  it.effect("copies the bytes, and does nothing without peers", () =>
    Effect.gen(function*() {
      const { client, server } = yield* pair()
      const events = yield* record(client)
      const buffer = new TextEncoder().encode("abc")
      yield* server.broadcast(0, buffer)
      buffer.fill(0)
      yield* settle
      expect(told(events).at(-1)).toBe("1 receive 0 abc")
      yield* (yield* new Network().host()).broadcast(0, "nobody")
    }))

  it.effect("fails for a channel that the host does not have and for a packet that is too large", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host({ channelLimit: 2, maximumPacketSize: 10 })
      for (const channel of [2, -1, 0.5, NaN]) {
        expect(yield* reasonOf(host.broadcast(channel, "x"))).toEqual(
          new EnetError.InvalidChannel({ channel, channelCount: 2 })
        )
      }
      expect(yield* reasonOf(host.broadcast(0, new Uint8Array(11)))).toEqual(
        new EnetError.PacketTooLarge({ size: 11, maximum: 10 })
      )
    }))
})

describe("flush", () => {
  it.effect("sends what is queued, so that what follows in the turn leaves by itself", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* pair()
      const before = network.sent.length
      yield* toServer.send(0, "a")
      yield* client.flush
      yield* toServer.send(0, "b")
      yield* toServer.send(0, "c")
      yield* settle
      expect(network.sent.slice(before).map(({ bytes }) => kindsOf(bytes)).slice(0, 2)).toEqual([
        "SendReliable",
        "SendReliable SendReliable"
      ])
    }))

  it.effect("does nothing when nothing is queued", () =>
    Effect.gen(function*() {
      const { client, network } = yield* pair()
      const before = network.sent.length
      yield* client.flush
      yield* settle
      expect(network.sent.length).toBe(before)
    }))
})

describe("bandwidthLimit", () => {
  it.effect("is told to the remote within a second", () =>
    Effect.gen(function*() {
      // a remote without a limit of its own is told that there is none
      const { network, server, toServer } = yield* pair({ client: { outgoingBandwidth: 1_000_000 } })
      yield* pass(3000)
      const before = network.sent.length
      yield* server.bandwidthLimit({ incoming: 131_072, outgoing: 57_600 })
      yield* pass(1001)
      const told = network.sent.slice(before).filter(({ from }) => from === serverPort).flatMap(({ bytes }) =>
        firstOf(bytes, "BandwidthLimit") ?? []
      )
      expect(told).toMatchObject([{ incomingBandwidth: 131_072, outgoingBandwidth: 57_600 }])
      expect((yield* toServer.statistics).windowSize).toBe(8192)
    }))

  it.effect("leaves alone the direction that is left out", () =>
    Effect.gen(function*() {
      const { network, server } = yield* pair({ server: { incomingBandwidth: 100_000 } })
      yield* server.bandwidthLimit({ outgoing: 50_000 })
      yield* pass(2000)
      const told = network.between(serverPort).flatMap(({ bytes }) => firstOf(bytes, "BandwidthLimit") ?? [])
      expect(told.at(-1)).toMatchObject({ outgoingBandwidth: 50_000 })
      expect((yield* server.statistics).connectedPeers).toBe(1)
    }))
})

describe("channelLimit", () => {
  it.effect("is for later connections, and 0 stands for 255", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const before = yield* connectTo(client, { channels: 8 })
      yield* server.channelLimit(2)
      expect(yield* server.maxChannels).toBe(2)
      expect((yield* connectTo(client, { channels: 8 })).channelCount).toBe(2)
      expect(before.channelCount).toBe(8)
      yield* server.channelLimit(0)
      expect(yield* server.maxChannels).toBe(255)
      expect((yield* connectTo(client, { channels: 8 })).channelCount).toBe(8)
    }))
})

describe("refuseNewConnections", () => {
  it.effect("refuses requests while it is on, and leaves connections alone", () =>
    Effect.gen(function*() {
      const { client, server, toServer } = yield* pair()
      yield* server.refuseNewConnections(true)
      const refused = new EnetError.ConnectRefused({
        address: `${localhost}:${serverPort}`,
        data: ReasonCode.ReasonCode.Refusing
      })
      expect(yield* reasonOf(connectTo(client))).toEqual(refused)
      expect((yield* server.statistics).dropped).toEqual({ Refusing: 1 })
      expect(yield* toServer.state).toBe("Connected")
      yield* server.refuseNewConnections(false)
      expect((yield* connectTo(client)).channelCount).toBe(1)
    }))

  it.effect("ignores them where refusals are not told, so that they may still succeed", () =>
    Effect.gen(function*() {
      const { client, server, toServer } = yield* pair({ server: { refusalsPerSecond: 0 } })
      yield* server.refuseNewConnections(true)
      const attempt = yield* Effect.forkChild(connectTo(client))
      yield* pass(400)
      expect((yield* server.statistics).dropped).toEqual({ Refusing: 1 })
      expect(yield* toServer.state).toBe("Connected")
      yield* server.refuseNewConnections(false)
      yield* pass(200)
      expect((yield* Fiber.join(attempt)).channelCount).toBe(1)
    }))

  it.effect("can be on from the start", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({ refuseNewConnections: true, refusalsPerSecond: 0 }, serverPort)
      const client = yield* network.host()
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(client)))
      yield* pass(31_500)
      expect((yield* Fiber.join(attempt))._tag).toBe("ConnectTimeout")
    }))
})

describe("peers", () => {
  it.effect("lists the peers by their slots, from the first request to the last event", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const list = Effect.map(client.peers, (peers) => peers.map(({ connection, id }) => `${id}:${connection}`))
      expect(yield* list).toEqual([])
      const scope = yield* Scope.make()
      yield* connectTo(client).pipe(Scope.provide(scope))
      yield* connectTo(client)
      yield* Effect.forkChild(connectTo(client, { port: 9 }), { startImmediately: true })
      expect(yield* list).toEqual(["0:1", "1:2", "2:3"])
      yield* Scope.close(scope, Exit.void)
      yield* settle
      expect(yield* list).toEqual(["1:2", "2:3"])
      yield* connectTo(client)
      expect(yield* list).toEqual(["0:4", "1:2", "2:3"])
      yield* pass(31_500)
      expect(yield* list).toEqual(["0:4", "1:2"])
      expect((yield* server.peers).length).toBe(2)
    }))
})

describe("socketSend", () => {
  it.effect("sends exactly the bytes from the host's own port, uncounted", () =>
    Effect.gen(function*() {
      const network = new Network()
      const host = yield* network.host({}, serverPort)
      const other = yield* network.raw()
      yield* host.socketSend({ address: localhost, port: other.port }, new Uint8Array([1, 2, 255]))
      yield* host.socketSend({ address: addressOf(1).address, port: other.port }, "hé")
      yield* settle
      expect(other.received.map((bytes) => [...bytes])).toEqual([[1, 2, 255], [104, 195, 169]])
      expect(network.sent.map(({ from }) => from)).toEqual([serverPort, serverPort])
      expect(yield* host.statistics).toMatchObject({ sentPackets: 0, sentData: 0 })
    }))

  it.effect("fails on a host that is closed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const host = yield* new Network().host().pipe(Scope.provide(scope))
      yield* Scope.close(scope, Exit.void)
      const destination = { address: localhost, port: 1 }
      expect(yield* reasonOf(host.socketSend(destination, "x"))).toEqual(new EnetError.HostClosed({}))
      expect(yield* reasonOf(host.broadcast(0, "x"))).toEqual(new EnetError.HostClosed({}))
    }))
})

describe("address", () => {
  it.effect("is where the host's socket is bound", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host({}, 1234)
      expect(host.address).toEqual(addressOf(1234))
    }))
})
