import type { EnetEvent, EnetPeer } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { connectTo, onlyPeer, pair, pass } from "./Kit.ts"

const waitingLimit = 65_536
const queueLimit = 32_768
const packetSize = 1000
const packetCount = 400

const limited = pair({
  server: { maximumWaitingData: waitingLimit },
  client: { outgoingQueueLimit: queueLimit }
})

/** Sends numbered packets, waiting where `send` waits. */
const sendAll = (peer: EnetPeer.EnetPeer, size = packetSize, count = packetCount) =>
  Effect.forEach(Array.from({ length: count }), (_, i) => {
    const packet = new Uint8Array(size)
    new DataView(packet.buffer).setUint32(0, i)
    return peer.send(0, packet)
  }, { discard: true })

const numberOf = (packet: Uint8Array): number => new DataView(packet.buffer, packet.byteOffset).getUint32(0)

const inOrder = (count = packetCount) => Array.from({ length: count }, (_, i) => i)

/** Half a second at a time, what both sides hold. */
const watch = Effect.fnUntraced(function*(
  sender: EnetPeer.EnetPeer,
  receiver: EnetPeer.EnetPeer,
  seconds: number,
  size = packetSize
) {
  for (let i = 0; i < seconds * 2; i++) {
    yield* pass(500)
    const { outgoingQueued, reliableDataInTransit, windowSize } = yield* sender.statistics
    expect(outgoingQueued).toBeLessThanOrEqual(Math.max(queueLimit, size))
    expect(reliableDataInTransit).toBeLessThanOrEqual(windowSize)
    expect((yield* receiver.statistics).totalWaitingData).toBeLessThan(waitingLimit + size)
  }
})

describe("a consumer that stops reading", () => {
  it.effect("events makes the remote wait, and gets everything in order when it reads on", () =>
    Effect.gen(function*() {
      const { server, toClient, toServer } = yield* limited
      const pull = yield* Stream.toPull(server.events)
      yield* pull
      const sending = yield* Effect.forkChild(sendAll(toServer))
      yield* watch(toServer, toClient, 4)
      // the limit is used, and the sender waits
      expect((yield* toClient.statistics).totalWaitingData).toBeGreaterThanOrEqual(waitingLimit)
      expect((yield* toServer.statistics).outgoingQueued).toBeGreaterThan(queueLimit - packetSize)
      expect(sending.pollUnsafe()).toBeUndefined()
      const packets: Array<number> = []
      const note = (event: EnetEvent.EnetEvent) => {
        if (event._tag === "Receive") packets.push(numberOf(event.packet))
      }
      yield* Effect.forkScoped(Effect.forever(Effect.map(pull, (events) => events.forEach(note))))
      yield* pass(10_000)
      yield* Fiber.join(sending)
      expect(packets).toEqual(inOrder())
    }))

  it.effect("messages makes the remote wait, and gets everything in order when it reads on", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* limited
      const pull = yield* Stream.toPull(toClient.messages)
      const sending = yield* Effect.forkChild(sendAll(toServer))
      yield* watch(toServer, toClient, 4)
      expect(sending.pollUnsafe()).toBeUndefined()
      const packets: Array<number> = []
      yield* Effect.forkScoped(Effect.forever(Effect.map(pull, (messages) => {
        packets.push(...messages.map(({ packet }) => numberOf(packet)))
      })))
      yield* pass(10_000)
      yield* Fiber.join(sending)
      expect(packets).toEqual(inOrder())
    }))

  it.effect("may stop and go on many times", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* limited
      const sending = yield* Effect.forkChild(sendAll(toServer))
      const packets: Array<number> = []
      yield* Effect.forkScoped(Stream.runForEach(toClient.messages, ({ packet }) => {
        packets.push(numberOf(packet))
        return packets.length % 50 === 0 ? Effect.sleep(1500) : Effect.void
      }))
      for (let i = 0; i < 60 && packets.length < packetCount; i++) yield* watch(toServer, toClient, 1)
      yield* Fiber.join(sending)
      expect(packets).toEqual(inOrder())
    }))

  it.effect("holds one packet more than the limit at most, however large packets are", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* limited
      const size = 50_000
      const sending = yield* Effect.forkChild(sendAll(toServer, size, 8))
      yield* watch(toServer, toClient, 4, size)
      const reading = yield* Effect.forkChild(toClient.messages.pipe(Stream.take(8), Stream.runCollect))
      yield* pass(10_000)
      yield* Fiber.join(sending)
      const messages = yield* Fiber.join(reading)
      expect(messages.map(({ packet }) => numberOf(packet))).toEqual(inOrder(8))
      expect(messages.every(({ packet }) => packet.length === size)).toBe(true)
    }))

  it.effect("of one peer does not hold up another peer's packets", () =>
    Effect.gen(function*() {
      const { client, server, toClient, toServer } = yield* limited
      const other = yield* connectTo(client)
      yield* pass(1)
      const toOther = (yield* server.peers)[1]!
      yield* Stream.toPull(toClient.messages)
      yield* Effect.forkChild(sendAll(toServer))
      yield* pass(1000)
      const reading = yield* Effect.forkChild(toOther.messages.pipe(Stream.take(100), Stream.runCollect))
      yield* sendAll(other, packetSize, 100)
      yield* pass(100)
      expect((yield* Fiber.join(reading)).length).toBe(100)
    }))

  it.effect("may be away for a minute if the remote's timeout allows it", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* limited
      yield* toServer.timeout({ limit: 0xffffffff, minimum: 600_000, maximum: 600_000 })
      const sending = yield* Effect.forkChild(sendAll(toServer))
      yield* watch(toServer, toClient, 60)
      const packets: Array<number> = []
      yield* Effect.forkScoped(
        Stream.runForEach(toClient.messages, ({ packet }) => Effect.sync(() => packets.push(numberOf(packet))))
      )
      yield* pass(120_000)
      yield* Fiber.join(sending)
      expect(packets).toEqual(inOrder())
    }))

  it.effect("keeps no more unreliable packets than the limit either", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* limited
      for (let i = 0; i < 300; i++) {
        yield* toServer.send(0, new Uint8Array(packetSize), { mode: "unreliable" })
        yield* toServer.send(0, new Uint8Array(packetSize), { mode: "unsequenced" })
        if (i % 10 === 0) yield* pass(1)
      }
      yield* pass(10)
      const { totalWaitingData } = yield* (yield* onlyPeer(server)).statistics
      expect(totalWaitingData).toBeGreaterThanOrEqual(waitingLimit)
      expect(totalWaitingData).toBeLessThan(waitingLimit + packetSize)
    }))
})
