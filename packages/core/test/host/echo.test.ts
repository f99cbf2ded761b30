import { EnetHost } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { connectTo, Network, serverPort, text } from "./Kit.ts"

describe("an echo server", () => {
  it.effect("gives back every packet on its channel, and tells of the end", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      yield* Effect.forkScoped(server.serve((peer) =>
        Stream.runForEach(peer.messages, ({ channel, mode, packet }) => peer.send(channel, packet, { mode }))
      ))
      const peer = yield* connectTo(client, { channels: 2, data: 5 })
      const echoes = yield* Effect.forkChild(peer.messages.pipe(Stream.take(100), Stream.runCollect))
      for (let i = 0; i < 100; i++) {
        yield* peer.send(i % 2, `packet ${i}`)
      }
      const messages = yield* Fiber.join(echoes)
      expect(messages.map(({ channel, packet }) =>
        `${channel} ${text(packet)}`
      )).toEqual(
        Array.from({ length: 100 }, (_, i) => `${i % 2} packet ${i}`)
      )
      yield* peer.disconnect(7)
      expect(yield* peer.closed).toEqual({ _tag: "Local" })
    }))

  it.effect("is one layer among others, which closes with its scope", () =>
    Effect.gen(function*() {
      const network = new Network()
      const echo = Layer.effectDiscard(Effect.gen(function*() {
        const host = yield* EnetHost.EnetHost
        yield* Effect.forkScoped(
          host.serve((peer) => Stream.runForEach(peer.messages, ({ channel, packet }) => peer.send(channel, packet)))
        )
      })).pipe(Layer.provide(EnetHost.layer()), Layer.provide(network.layer(serverPort)))
      const client = yield* network.host()
      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(echo, scope)
      const peer = yield* connectTo(client)
      yield* peer.send(0, "hello")
      const [message] = yield* peer.messages.pipe(Stream.take(1), Stream.runCollect)
      expect(text(message!.packet)).toBe("hello")
      yield* Scope.close(scope, Exit.void)
      expect(yield* peer.closed).toEqual({ _tag: "Remote", data: 0 })
      yield* network.host({}, serverPort)
    }))
})
