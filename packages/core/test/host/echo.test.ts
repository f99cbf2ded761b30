import { EnetHost } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"

const hostOn = (network: MemoryNetwork.MemoryNetwork, port?: number) =>
  EnetHost.make({ maxPeers: 8 }).pipe(
    Effect.provide(network.layer({ port }))
  )

describe("EnetHost", () => {
  it.effect("connects and echoes", () =>
    Effect.gen(function*() {
      const network = MemoryNetwork.make()
      const server = yield* hostOn(network, 7777)
      const client = yield* hostOn(network)
      yield* Effect.forkScoped(server.serve((peer) =>
        peer.messages.pipe(
          Stream.runForEach((m) => peer.send(m.channel, m.packet, { mode: m.mode }))
        )
      ))
      const peer = yield* client.connect({ address: "127.0.0.1", port: 7777, channels: 2, data: 5 })
      yield* peer.send(0, "hello")
      console.log("sent")
      const got = yield* peer.messages.pipe(Stream.take(1), Stream.runCollect)
      expect(new TextDecoder().decode(got[0]!.packet)).toBe("hello")
      const fiber = yield* Effect.forkChild(peer.messages.pipe(Stream.take(100), Stream.runCollect))
      for (let i = 0; i < 100; i++) yield* peer.send(1, `m${i}`)
      yield* TestClock.adjust(1000)
      expect((yield* Fiber.join(fiber)).length).toBe(100)
      yield* peer.disconnect(7)
      expect(yield* peer.closed).toEqual({ _tag: "Local" })
    }))
})
