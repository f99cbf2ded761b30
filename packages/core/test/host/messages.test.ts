import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { pair, pass, record, settle, text, told } from "./Kit.ts"

describe("messages", () => {
  it.effect("gets the peer's packets while it runs, and events get them otherwise", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* pair()
      const events = yield* record(server)
      yield* toServer.send(0, "to events")
      yield* settle
      const reading = yield* Effect.forkChild(toClient.messages.pipe(Stream.take(1), Stream.runCollect))
      yield* settle
      yield* toServer.send(0, "to messages")
      const messages = yield* Fiber.join(reading)
      yield* toServer.send(0, "to events again")
      yield* settle
      expect(messages.map(({ packet }) => text(packet))).toEqual(["to messages"])
      expect(told(events)).toEqual(["1 connect 0", "1 receive 0 to events", "1 receive 0 to events again"])
    }))

  it.effect("gets what has arrived before it ran and nobody has read", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      yield* toServer.send(0, "waiting")
      yield* settle
      const [message] = yield* toClient.messages.pipe(Stream.take(1), Stream.runCollect)
      expect(text(message!.packet)).toBe("waiting")
    }))

  it.effect("gives channel, bytes and mode of each packet", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      const large = new Uint8Array(3000).fill(7)
      yield* toServer.send(0, "a")
      yield* toServer.send(1, "b", { mode: "unreliable" })
      yield* toServer.send(0, "c", { mode: "unsequenced" })
      yield* toServer.send(1, large, { mode: "unreliable-fragment" })
      yield* toServer.send(0, "d", { mode: "unsequenced-fragment" })
      // too large for a datagram: these go reliably
      yield* toServer.send(1, large, { mode: "unreliable" })
      const messages = yield* toClient.messages.pipe(Stream.take(6), Stream.runCollect)
      expect(messages.map(({ channel, mode, packet }) => `${channel} ${mode} ${packet.length}`)).toEqual([
        "0 reliable 1",
        "1 unreliable 1",
        "0 unsequenced 1",
        "1 unreliable-fragment 3000",
        "0 unsequenced 1",
        "1 reliable 3000"
      ])
    }))

  it.effect("keeps the order of a backlog that is larger than one pull", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      for (let i = 0; i < 5000; i++) yield* toServer.send(0, `${i}`)
      yield* pass(2000)
      const messages = yield* toClient.messages.pipe(Stream.take(5000), Stream.runCollect)
      expect(messages.map(({ packet }) => Number(text(packet)))).toEqual(Array.from({ length: 5000 }, (_, i) => i))
      expect((yield* toClient.statistics).totalWaitingData).toBe(0)
    }))

  it.effect("loses nothing when the remote disconnects right after its last packet", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* pair()
      const reading = yield* Effect.forkChild(Stream.runCollect(
        Stream.tap(toClient.messages, () => Effect.sleep(5))
      ))
      yield* settle
      for (let i = 0; i < 50; i++) yield* toServer.send(0, `${i} ${"x".repeat(500)}`)
      yield* toServer.disconnectLater(3)
      yield* pass(1000)
      const messages = yield* Fiber.join(reading)
      expect(messages.map(({ packet }) => Number.parseInt(text(packet)))).toEqual(
        Array.from({ length: 50 }, (_, i) => i)
      )
      expect(yield* toClient.closed).toEqual({ _tag: "Remote", data: 3 })
      expect(yield* server.peers).toEqual([])
    }))

  it.effect("still gives the last packets of a peer that is gone, then ends", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* pair()
      yield* toServer.send(0, "last words")
      yield* settle
      yield* toServer.disconnect(1)
      yield* pass(60_000)
      expect(yield* toClient.closed).toEqual({ _tag: "Remote", data: 1 })
      expect(yield* toClient.state).toBe("Zombie")
      const messages = yield* Stream.runCollect(toClient.messages)
      expect(messages.map(({ packet }) => text(packet))).toEqual(["last words"])
      expect(yield* toClient.state).toBe("Disconnected")
      expect(yield* server.peers).toEqual([])
    }))

  it.effect("ends when the peer is gone, whoever ended it", () =>
    Effect.gen(function*() {
      for (const end of ["disconnect", "disconnectNow", "disconnectLater", "reset"] as const) {
        const { toClient, toServer } = yield* pair()
        const here = yield* Effect.forkChild(Stream.runCollect(toServer.messages))
        const there = yield* Effect.forkChild(Stream.runCollect(toClient.messages))
        yield* settle
        yield* end === "reset" ? toServer.reset : toServer[end]()
        yield* pass(60_000)
        expect(yield* Fiber.join(here)).toEqual([])
        expect(yield* Fiber.join(there)).toEqual([])
        expect(yield* Stream.runCollect(toServer.messages)).toEqual([])
      }
    }))

  it.effect("shares the packets among several readers, each packet once", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      const seen: Array<number> = []
      const read = Stream.runForEach(toClient.messages, ({ packet }) =>
        Effect.sync(() => seen.push(Number(text(packet)))))
      const readers = yield* Effect.forkChild(Effect.all([read, read, read], { concurrency: 3 }))
      for (let i = 0; i < 60; i++) {
        yield* toServer.send(0, `${i}`)
        yield* settle
      }
      yield* toServer.disconnect()
      yield* pass(1000)
      yield* Fiber.join(readers)
      expect(seen.toSorted((a, b) =>
        a - b
      )).toEqual(Array.from({ length: 60 }, (_, i) => i))
    }))

  it.effect("of one peer do not hold up the events of another", () =>
    Effect.gen(function*() {
      const { client, server, toClient, toServer } = yield* pair()
      const events = yield* record(server)
      const stalled = yield* Effect.forkChild(Stream.runForEach(toClient.messages, () => Effect.never))
      yield* settle
      const other = yield* client.connect({ address: "127.0.0.1", port: server.address.port })
      for (let i = 0; i < 3; i++) {
        yield* toServer.send(0, "unread")
        yield* other.send(0, `${i}`)
        yield* settle
      }
      expect(told(events).slice(1)).toEqual(["2 connect 0", "2 receive 0 0", "2 receive 0 1", "2 receive 0 2"])
      expect((yield* toClient.statistics).totalWaitingData).toBe(2 * "unread".length)
      yield* Fiber.interrupt(stalled)
    }))
})
