import { EnetHost } from "@effect-enet/core"
import { SimulatedNetwork, TestTime } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope, Stream } from "effect"

describe("what the simulation has found", () => {
  it.effect("a packet that is completed after the application let its peer go is nobody's", () =>
    TestTime.run(Effect.scoped(Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ conditions: { latency: 20, rate: 30_000, queue: 200_000 } })
      const server = yield* EnetHost.make().pipe(Effect.provide(network.layer({ host: "10.0.0.1", port: 7777 })))
      yield* Effect.forkScoped(
        server.serve((peer) => Effect.andThen(peer.send(0, new Uint8Array(20_000)), Effect.never))
      )
      const client = yield* EnetHost.make().pipe(Effect.provide(network.layer()))
      const events: Array<string> = []
      yield* Effect.forkScoped(
        Stream.runForEach(client.events, ({ _tag }) => Effect.sync(() => void events.push(_tag)))
      )
      const scope = yield* Scope.make()
      const peer = yield* client.connect({ address: "10.0.0.1", port: 7777 }).pipe(Scope.provide(scope))
      // leaves only when this has arrived, which takes as long as the packet of the server
      yield* peer.send(0, new Uint8Array(40_000))
      yield* Effect.sleep(200)
      yield* Scope.close(scope, Exit.void)
      expect(yield* peer.state).toBe("DisconnectLater")
      yield* Effect.sleep("30 seconds")
      expect(yield* peer.state).toBe("Disconnected")
      expect(events).toEqual(["Connect", "Disconnect"])
    }))))
})
