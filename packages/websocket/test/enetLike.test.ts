import { EnetHost, type EnetPeer } from "@effect-enet/core"
import { EnetLike, NodeWebSocketClient } from "@effect-enet/websocket"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Deferred, Effect, Stream } from "effect"
import { connected, eventsOf, expectEvent, portOf, reasonOf, serverOn, text, urlOf } from "./kit/hosts.ts"
import * as Wire from "./kit/Wire.ts"

/** Written for ENet, with the three that most handlers need. */
const shout = (peer: Pick<EnetPeer.EnetPeer, "messages" | "send" | "closed">) =>
  Stream.runForEach(
    peer.messages,
    ({ channel, mode, packet }) =>
      Effect.ignore(peer.send(channel, text(packet).toUpperCase(), { mode, whenFull: "wait" }))
  ).pipe(
    Effect.andThen(peer.closed)
  )

describe("a WebSocket peer as ENet's", () => {
  it("is what an ENet peer is as well: one handler fits the hosts of both", () => {
    expectTypeOf<EnetPeer.EnetPeer>().toExtend<EnetLike.EnetLike>()
    expectTypeOf<EnetLike.EnetLike>().toExtend<Parameters<typeof shout>[0]>()
    const overEnet = Effect.flatMap(EnetHost.EnetHost, (host) => host.serve(shout))
    expectTypeOf(overEnet).toExtend<Effect.Effect<unknown, unknown, EnetHost.EnetHost>>()
  })

  it.live("a handler for ENet serves it: packets are reliable and on channel 0, the end has the code", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const end = yield* Deferred.make<unknown>()
      yield* Effect.forkScoped(
        server.serve((peer) =>
          shout(EnetLike.fromPeer(peer)).pipe(
            Effect.flatMap((reason) => Deferred.succeed(end, reason)),
            Effect.uninterruptible
          )
        )
      )
      const client = yield* NodeWebSocketClient.make({ url: urlOf(server) })
      const peer = EnetLike.fromPeer(yield* client.peer(1))
      assert.deepInclude(peer, { id: 1, channelCount: 1 })
      assert.strictEqual(peer.address.port, server.address?.port)
      yield* peer.send(0, "hello")
      const [heard] = yield* Stream.runCollect(Stream.take(peer.messages, 1))
      assert.deepStrictEqual(heard && { ...heard, packet: text(heard.packet) }, {
        channel: 0,
        packet: "HELLO",
        mode: "reliable"
      })
      yield* peer.disconnect(4001)
      assert.deepStrictEqual(yield* peer.closed, { _tag: "Local" })
      assert.deepStrictEqual(yield* Deferred.await(end), { _tag: "Remote", data: 4001 })
    }))

  it.live("what fails, fails with ENet's errors", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const { wire } = yield* Wire.join(portOf(server))
      const peer = EnetLike.fromPeer((yield* expectEvent(events, "PeerConnected")).peer)
      const { id } = peer
      assert.deepInclude(yield* reasonOf(peer.send(1, "x")), { _tag: "InvalidChannel", channel: 1, channelCount: 1 })
      const tooLarge = { _tag: "PacketTooLarge", size: 65_536, maximum: 65_535 }
      assert.deepInclude(yield* reasonOf(peer.send(0, new Uint8Array(65_536))), tooLarge)
      assert.deepInclude(yield* reasonOf(peer.disconnect(7)), { _tag: "InvalidOption", field: "code", actual: "7" })
      wire.socket.pause()
      const fill = Effect.andThen(Effect.sleep(1), peer.send(0, new Uint8Array(60_000), { whenFull: "fail" }))
      assert.deepInclude(yield* reasonOf(Effect.forever(fill)), { _tag: "QueueFull", peer: id, queued: 60_000 })
      yield* peer.disconnectNow()
      assert.deepStrictEqual(yield* peer.closed, { _tag: "Closed" })
      assert.deepInclude(yield* reasonOf(peer.send(0, "x")), { _tag: "PeerDisconnected", peer: id })
    }))

  it.live("a disconnect without data is the normal Close, and later means behind the packets", () =>
    Effect.gen(function*() {
      const { clientEvents, peer } = yield* connected()
      yield* EnetLike.fromPeer(peer).send(0, "goodbye")
      yield* EnetLike.fromPeer(peer).disconnectLater()
      assert.strictEqual(text((yield* expectEvent(clientEvents, "Packet")).bytes), "goodbye")
      const { reason } = yield* expectEvent(clientEvents, "PeerDisconnected")
      assert.deepInclude(reason, { _tag: "Remote", code: 1000 })
    }))

  it.live("a connection that was lost reads as ENet's timeout, one that broke the rules as a violation", () =>
    Effect.gen(function*() {
      const server = yield* serverOn()
      const events = yield* eventsOf(server)
      const { wire: lost } = yield* Wire.join(portOf(server))
      const first = yield* expectEvent(events, "PeerConnected")
      lost.socket.resetAndDestroy()
      assert.deepStrictEqual(yield* EnetLike.fromPeer(first.peer).closed, { _tag: "Timeout" })
      yield* expectEvent(events, "PeerDisconnected")
      const { wire: wrong } = yield* Wire.join(portOf(server))
      const second = yield* expectEvent(events, "PeerConnected")
      yield* wrong.send(Wire.frame(3, "there is no such opcode"))
      assert.deepStrictEqual(yield* EnetLike.fromPeer(second.peer).closed, { _tag: "ProtocolViolation" })
    }))
})
