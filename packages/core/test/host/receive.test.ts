import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { pair, settle, text } from "./Kit.ts"

describe("receive", () => {
  it.effect("takes one packet and leaves the others", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      for (const word of ["a", "b", "c"]) yield* toServer.send(0, word)
      yield* settle
      const words: Array<string> = []
      for (let i = 0; i < 3; i++) words.push(text((yield* toClient.receive).packet))
      expect(words).toEqual(["a", "b", "c"])
    }))

  it.effect("waits for a packet", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      const waiting = yield* Effect.forkChild(toClient.receive)
      yield* settle
      yield* toServer.send(1, "late")
      expect(yield* Fiber.join(waiting)).toMatchObject({ channel: 1, mode: "reliable" })
    }))

  it.effect("fails when the peer is gone, after its last packet", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      yield* toServer.send(0, "last")
      yield* toServer.disconnectLater()
      yield* settle
      expect(text((yield* toClient.receive).packet)).toBe("last")
      const error = yield* Effect.flip(toClient.receive)
      expect(error.reason._tag).toBe("PeerDisconnected")
    }))

  it.effect("keeps a served peer's handler alive until it has taken what came before the end", () =>
    Effect.gen(function*() {
      const { client, server } = yield* pair()
      const words: Array<string> = []
      yield* Effect.forkChild(server.serve((peer) =>
        peer.receive.pipe(
          Effect.flatMap(({ packet }) => Effect.sync(() => words.push(text(packet)))),
          Effect.tap(Effect.yieldNow),
          Effect.forever
        )
      ))
      yield* settle
      const peer = yield* client.connect({ address: "127.0.0.1", port: server.address.port })
      for (let i = 0; i < 50; i++) yield* peer.send(0, `${i}`)
      yield* peer.disconnectLater()
      for (let round = 0; round < 20; round++) yield* settle
      expect(words.length).toBe(50)
    }))
})
