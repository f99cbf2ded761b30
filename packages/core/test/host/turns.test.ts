import { EnetHost } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { DatagramSocket } from "effect/socket"
import { TestClock } from "effect/testing"
import { settle, text } from "./Kit.ts"

interface Sent {
  readonly payload: Uint8Array
  readonly port: number
}

/** A socket like those of platforms, which sends at once; what it sends lies there until somebody carries it on. */
const lineSocket = (port: number) => {
  const sent: Array<Sent> = []
  let receive = (_payload: Uint8Array, _port: number): void => {}
  const send: DatagramSocket.BackingSocket["send"] = (payload, destination, done) => {
    sent.push({ payload: payload.slice(), port: destination?.port ?? 0 })
    done()
  }
  const layer = Layer.effect(
    DatagramSocket.DatagramSocket,
    DatagramSocket.makeFromBackingSocket((events) =>
      Effect.sync(() => {
        receive = (payload, from) => events.onPacket(payload, "10.0.0.1", from)
        return {
          address: { host: "10.0.0.1", port },
          send,
          sendMany: (payloads, destinations, done) => {
            payloads.forEach((payload, index) => send(payload, destinations[index], () => {}))
            done()
          },
          joinMulticast: () => Effect.succeed(() => Effect.void),
          close: () => {}
        }
      })
    )
  )
  return {
    layer,
    port,
    sent,
    take: () => sent.splice(0),
    receive: (bytes: Uint8Array, from: number) => receive(bytes, from)
  }
}

type Line = ReturnType<typeof lineSocket>

const host = (line: Line) => EnetHost.make().pipe(Effect.provide(line.layer))

/** A server that echoes what it gets, and a connected client that does nothing by itself. */
const echoing = Effect.gen(function*() {
  const lines = [lineSocket(1), lineSocket(2)] as const
  const [server, client] = lines
  const carry = Effect.gen(function*() {
    for (let round = 0; round < 10; round++) {
      yield* settle
      for (const { payload } of server.take()) client.receive(payload, server.port)
      for (const { payload } of client.take()) server.receive(payload, client.port)
    }
  })
  const listening = yield* host(server)
  yield* Effect.forkScoped(Stream.runForEach(
    listening.events,
    (event) => event._tag === "Receive" ? event.peer.send(0, event.packet) : Effect.void
  ))
  yield* Effect.forkScoped(carry)
  const peer = yield* (yield* host(client)).connect({ address: "10.0.0.1", port: server.port, channels: 1 })
  yield* carry
  const send = Effect.fnUntraced(function*(packet: string) {
    yield* peer.send(0, packet)
    yield* settle
    return client.take()
  })
  yield* TestClock.adjust(1)
  const ping = Effect.gen(function*() {
    yield* peer.ping
    yield* settle
    return client.take()
  })
  return {
    server,
    send,
    ping,
    steps: Effect.map(listening.statistics, ({ steps }) => steps),
    deliver: (datagrams: ReadonlyArray<Sent>) => datagrams.forEach(({ payload }) => server.receive(payload, 2))
  }
})

const holds = (sent: ReadonlyArray<Sent>, packet: string): boolean =>
  sent.some(({ payload }) => text(payload).includes(packet))

describe("a host in one turn of the event loop", () => {
  it.effect("sends at once what the application answers at once", () =>
    Effect.gen(function*() {
      const { deliver, send, server } = yield* echoing
      const question = yield* send("hello")
      deliver(question)
      expect(holds(server.take(), "hello")).toBe(true)
      yield* settle
      expect(server.take()).toEqual([])
    }))

  it.effect("acknowledges at once what brings the application nothing to answer", () =>
    Effect.gen(function*() {
      const { deliver, ping, server } = yield* echoing
      const question = yield* ping
      expect(question.length).toBe(1)
      deliver(question)
      expect(server.take().length).toBe(1)
    }))

  it.effect("takes no step to answer pings but those in which they come", () =>
    Effect.gen(function*() {
      const { deliver, ping, server, steps } = yield* echoing
      const questions = [...yield* ping, ...yield* ping, ...yield* ping]
      const before = yield* steps
      deliver(questions)
      yield* settle
      expect((yield* steps) - before).toBe(3)
      expect(server.take().length).toBe(3)
    }))

  it.effect("gathers the answers to datagrams on each other's heels", () =>
    Effect.gen(function*() {
      const { deliver, send, server } = yield* echoing
      const questions = [...yield* send("one"), ...yield* send("two"), ...yield* send("three")]
      expect(questions.length).toBe(3)
      deliver(questions)
      const first = server.take()
      expect([first.length, holds(first, "one")]).toEqual([1, true])
      yield* settle
      const others = server.take()
      expect([others.length, holds(others, "two"), holds(others, "three")]).toEqual([1, true, true])
    }))
})
