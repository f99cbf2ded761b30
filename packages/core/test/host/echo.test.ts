import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
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
      for (let i = 0; i < 100; i++) yield* peer.send(i % 2, `packet ${i}`)
      const messages = yield* Fiber.join(echoes)
      expect(messages.map(({ channel, packet }) => `${channel} ${text(packet)}`)).toEqual(
        Array.from({ length: 100 }, (_, i) => `${i % 2} packet ${i}`)
      )
      yield* peer.disconnect(7)
      expect(yield* peer.closed).toEqual({ _tag: "Local" })
    }))
})
