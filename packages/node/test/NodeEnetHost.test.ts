import { Checksum, DeliveryMode, type EnetEvent } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Queue, Scope } from "effect"
import * as Dgram from "node:dgram"
import { connected, eventsOf, expectEvent, randomBytes } from "./utils/hosts.ts"

describe("NodeEnetHost over loopback sockets", () => {
  it.live("connects and disconnects, with data both ways", () =>
    Effect.gen(function*() {
      const { clientEvents, clientPeer, connect, serverEvents, serverPeer } = yield* connected({
        data: 0xdeadbeef,
        channels: 3
      })
      assert.strictEqual(connect.data, 0xdeadbeef)
      assert.strictEqual(clientPeer.channelCount, 3)
      assert.strictEqual(serverPeer.channelCount, 3)
      assert.strictEqual(yield* clientPeer.state, "Connected")

      yield* clientPeer.disconnect(99)
      const gone = yield* expectEvent(serverEvents, "Disconnect")
      assert.deepStrictEqual(gone.reason, { _tag: "Remote", data: 99 })
      assert.deepStrictEqual((yield* expectEvent(clientEvents, "Disconnect")).reason, { _tag: "Local" })
      assert.deepStrictEqual(yield* clientPeer.closed, { _tag: "Local" })
      assert.strictEqual(yield* clientPeer.state, "Disconnected")
    }))

  for (const mode of DeliveryMode.DeliveryMode.literals) {
    it.live(`carries ${mode} packets both ways`, () =>
      Effect.gen(function*() {
        const { clientEvents, clientPeer, serverEvents, serverPeer } = yield* connected({ channels: 2 })
        const packet = randomBytes(1000)
        yield* clientPeer.send(1, packet, { mode })
        const there = yield* expectEvent(serverEvents, "Receive")
        assert.deepStrictEqual([there.channel, there.packet], [1, packet])
        // A packet that fits one datagram carries no trace of what would have happened to a larger one.
        assert.strictEqual(there.mode, mode.replace("-fragment", ""))
        yield* serverPeer.send(0, there.packet, { mode })
        const back = yield* expectEvent(clientEvents, "Receive")
        assert.deepStrictEqual([back.channel, back.packet], [0, packet])
      }))
  }

  it.live("carries packets of 1 MiB, in order among small ones", () =>
    Effect.gen(function*() {
      const { clientPeer, serverEvents, serverPeer, clientEvents } = yield* connected()
      const large = randomBytes(1024 * 1024)
      yield* clientPeer.send(0, "before")
      yield* clientPeer.send(0, large)
      yield* clientPeer.send(0, "after")
      const packets = yield* Effect.forEach([1, 2, 3], () => expectEvent(serverEvents, "Receive"))
      assert.deepStrictEqual(packets.map(({ packet }) => packet.length), [6, large.length, 5])
      assert.deepStrictEqual(packets[1]?.packet, large)
      yield* serverPeer.send(0, large, { mode: "unreliable-fragment" })
      assert.deepStrictEqual((yield* expectEvent(clientEvents, "Receive")).packet, large)
    }))

  it.live("kicks a peer with data", () =>
    Effect.gen(function*() {
      const { clientEvents, clientPeer, serverPeer } = yield* connected()
      yield* serverPeer.disconnect(4242)
      assert.deepStrictEqual((yield* expectEvent(clientEvents, "Disconnect")).reason, { _tag: "Remote", data: 4242 })
      const error = yield* Effect.flip(clientPeer.send(0, "too late"))
      assert.strictEqual(error.reason._tag, "PeerDisconnected")
      assert.deepStrictEqual(yield* serverPeer.closed, { _tag: "Local" })
    }))

  it.live("broadcasts to every peer", () =>
    Effect.gen(function*() {
      const server = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
      const clients = yield* Effect.forEach([1, 2, 3], () => NodeEnetHost.make({ maxPeers: 1 }))
      const inboxes = yield* Effect.forEach(clients, (client) =>
        Effect.gen(function*() {
          const events = yield* eventsOf(client)
          yield* client.connect({ address: "127.0.0.1", port: server.address.port, timeout: 5000 })
          yield* expectEvent(events, "Connect")
          return events
        }))
      const serverEvents = yield* eventsOf(server)
      yield* Effect.forEach(clients, () => expectEvent(serverEvents, "Connect"))
      yield* server.broadcast(0, "to all")
      for (const events of inboxes) {
        assert.strictEqual(new TextDecoder().decode((yield* expectEvent(events, "Receive")).packet), "to all")
      }
    }))

  it.live("sends raw datagrams from its own port", () =>
    Effect.gen(function*() {
      const host = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
      const received = yield* Deferred.make<{ readonly text: string; readonly port: number }>()
      const socket = yield* Effect.acquireRelease(
        Effect.callback<Dgram.Socket>((resume) => {
          const socket = Dgram.createSocket("udp4").on("message", (message, { port }) => {
            Deferred.doneUnsafe(received, Effect.succeed({ text: message.toString(), port }))
          })
          socket.bind(0, "127.0.0.1", () => resume(Effect.succeed(socket)))
        }),
        (socket) => Effect.sync(() => socket.close())
      )
      yield* host.socketSend({ address: "127.0.0.1", port: socket.address().port }, "knock knock")
      assert.deepStrictEqual(yield* Effect.timeout(Deferred.await(received), "2 seconds"), {
        text: "knock knock",
        port: host.address.port
      })
    }))

  it.live("frees its port and tells its peers when its scope closes", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const server = yield* Scope.provide(NodeEnetHost.make({ bind: { address: "127.0.0.1" } }), scope)
      const events = yield* eventsOf(server)
      const client = yield* NodeEnetHost.make({ maxPeers: 1 })
      const peer = yield* client.connect({ address: "127.0.0.1", port: server.address.port, timeout: 5000 })
      yield* expectEvent(events, "Connect")
      yield* Scope.close(scope, Exit.void)
      const again = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1", port: server.address.port } })
      assert.strictEqual(again.address.port, server.address.port)
      assert.deepStrictEqual(yield* Effect.timeout(peer.closed, "2 seconds"), { _tag: "Remote", data: 0 })
    }))

  it.live("gives up connecting after the timeout", () =>
    Effect.gen(function*() {
      const silent = yield* NodeEnetHost.make({
        bind: { address: "127.0.0.1" },
        refuseNewConnections: true,
        refusalsPerSecond: 0
      })
      const client = yield* NodeEnetHost.make({ maxPeers: 1 })
      const error = yield* client.connect({ address: "127.0.0.1", port: silent.address.port, timeout: 200 }).pipe(
        Effect.flip,
        Effect.timeout("2 seconds")
      )
      assert.strictEqual(error.reason._tag, "ConnectTimeout")
      // The slot is free again.
      const server = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
      yield* client.connect({ address: "127.0.0.1", port: server.address.port, timeout: 5000 })
    }))

  it.live("uses the checksum that is provided, and drops what has none", () =>
    Effect.gen(function*() {
      const server = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } }).pipe(
        Effect.provide(Checksum.layerCrc32)
      )
      const events = yield* eventsOf(server)
      const target = { address: "127.0.0.1", port: server.address.port, timeout: 300 }
      const plain = yield* NodeEnetHost.make({ maxPeers: 1 })
      const error = yield* Effect.flip(plain.connect(target))
      assert.strictEqual(error.reason._tag, "ConnectTimeout")
      const summed = yield* NodeEnetHost.make({ maxPeers: 1 }).pipe(Effect.provide(Checksum.layerCrc32))
      yield* summed.connect(target)
      const connect: EnetEvent.EnetEvent = yield* Queue.take(events)
      assert.strictEqual(connect._tag, "Connect")
    }))
})
