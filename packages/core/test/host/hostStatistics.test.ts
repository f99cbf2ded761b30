import { SocketDrops } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Datagram, Network, pair, pass, serverPort, settle } from "./Kit.ts"

const sizeOf = (datagrams: ReadonlyArray<Datagram>): number =>
  datagrams.reduce((sum, { bytes }) => sum + bytes.length, 0)

describe("the statistics of a host", () => {
  it.effect("count exactly the datagrams and bytes that the network carried", () =>
    Effect.gen(function*() {
      const { client, network, server, toServer } = yield* pair()
      for (let i = 0; i < 50; i++) yield* toServer.send(0, new Uint8Array(i * 40), { mode: "unsequenced" })
      yield* pass(2000)
      const up = network.between(client.address.port)
      const down = network.between(serverPort)
      expect(yield* client.statistics).toMatchObject({
        sentData: sizeOf(up),
        sentPackets: up.length,
        receivedData: sizeOf(down),
        receivedPackets: down.length,
        connectedPeers: 1
      })
      expect(yield* server.statistics).toMatchObject({
        sentData: sizeOf(down),
        sentPackets: down.length,
        receivedData: sizeOf(up),
        receivedPackets: up.length,
        connectedPeers: 1
      })
      for (const host of [client, server]) {
        const { dropped, steps } = yield* host.statistics
        expect(dropped).toEqual({})
        expect(steps).toBeGreaterThan(0)
      }
    }))

  it.live("time a step in sixteen", () =>
    Effect.gen(function*() {
      const { client } = yield* pair()
      const { stepTime } = yield* client.statistics
      expect(stepTime).toBeGreaterThan(0)
    }))

  it.effect("count from 0 again when they are popped, but for the connected peers", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* pair()
      const stranger = yield* network.raw()
      yield* stranger.send(client.address.port, new Uint8Array([1]))
      yield* settle
      const popped = yield* client.popStatistics
      expect(popped).toMatchObject({ dropped: { TooShort: 1 }, connectedPeers: 1 })
      expect(popped.sentPackets).toBe(network.between(client.address.port).length)
      const nothing = {
        sentData: 0,
        sentPackets: 0,
        receivedData: 0,
        receivedPackets: 0,
        dropped: {},
        steps: 0,
        stepTime: 0
      }
      expect(yield* client.statistics).toEqual({ ...nothing, connectedPeers: 1 })
      expect(yield* client.popStatistics).toEqual({ ...nothing, connectedPeers: 1 })
      yield* toServer.send(0, "x")
      yield* settle
      expect(yield* client.statistics).toMatchObject({ sentPackets: 1, receivedPackets: 1 })
    }))

  it.effect("count what the application sends in the turn in which they are popped later", () =>
    Effect.gen(function*() {
      const { client, network, toServer } = yield* pair()
      const before = network.between(client.address.port).length
      yield* toServer.send(0, "x")
      const { sentPackets } = yield* client.popStatistics
      yield* settle
      expect(sentPackets).toBe(before)
      expect((yield* client.statistics).sentPackets).toBe(1)
    }))

  it.effect("count datagrams that come in faster than they are read", () =>
    Effect.gen(function*() {
      const { client, network, server } = yield* pair()
      const stranger = yield* network.raw()
      for (let i = 0; i < 5000; i++) yield* stranger.send(serverPort, new Uint8Array([0]))
      yield* settle
      const { dropped, receivedPackets } = yield* server.statistics
      const { ReceiveQueueFull = 0, TooShort = 0 } = dropped
      expect(ReceiveQueueFull + TooShort).toBe(5000)
      expect(receivedPackets - TooShort).toBe(network.between(client.address.port).length)
      const popped = yield* server.popStatistics
      expect(popped.dropped).toEqual(dropped)
      expect((yield* server.statistics).dropped).toEqual({})
    }))

  it.effect("have what the socket has ignored, under its names", () =>
    Effect.gen(function*() {
      const ignored: Record<string, number> = {}
      const host = yield* new Network().host().pipe(
        Effect.provideService(SocketDrops.SocketDrops, () => ({ ...ignored }))
      )
      expect((yield* host.statistics).dropped).toEqual({})
      ignored["DtlsReplay"] = 3
      expect((yield* host.statistics).dropped).toEqual({ DtlsReplay: 3 })
      expect((yield* host.popStatistics).dropped).toEqual({ DtlsReplay: 3 })
      expect((yield* host.statistics).dropped).toEqual({})
      ignored["DtlsReplay"] = 5
      expect((yield* host.popStatistics).dropped).toEqual({ DtlsReplay: 2 })
    }))

  it.effect("know how many peers are connected", () =>
    Effect.gen(function*() {
      const { client, server, toServer } = yield* pair()
      expect((yield* server.statistics).connectedPeers).toBe(1)
      yield* toServer.disconnect()
      expect((yield* client.statistics).connectedPeers).toBe(0)
      yield* settle
      expect((yield* server.statistics).connectedPeers).toBe(0)
    }))
})
