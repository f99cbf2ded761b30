import { EnetHost, Entropy } from "@effect-enet/core"
import { Conditions, SeededRandom, SimulatedNetwork, TestTime } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Layer, Random, Scope, Stream } from "effect"
import { DatagramSocket } from "effect/socket"
import { TestClock } from "effect/testing"

const text = (payload: Uint8Array) => new TextDecoder().decode(payload)

const open = Effect.fnUntraced(function*(
  network: SimulatedNetwork.SimulatedNetwork,
  options?: SimulatedNetwork.SocketOptions
) {
  const socket = yield* DatagramSocket.DatagramSocket.pipe(Effect.provide(network.layer(options)))
  const reader = yield* socket.reader
  const writer = yield* socket.writer
  const received: Array<string> = []
  yield* reader.pull.pipe(
    Effect.map((batch) => received.push(...batch.map(({ payload }) => text(payload)))),
    Effect.forever,
    Effect.ignore,
    Effect.forkScoped({ startImmediately: true })
  )
  return { address: reader.address, received, reader, write: writer.write }
})

describe("SimulatedNetwork", () => {
  it.effect("delivers on Effect's clock", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ conditions: { latency: 50 } })
      const a = yield* open(network)
      const b = yield* open(network, { port: 7777 })
      expect([a.address, b.address].map(String)).toEqual(["10.0.1.1:49152", "10.0.1.2:7777"])
      yield* a.write({ payload: "one", address: b.address })
      yield* TestClock.adjust(20)
      yield* a.write({ payload: "two", address: b.address })
      yield* TestClock.adjust(29)
      expect(b.received).toEqual([])
      yield* TestClock.adjust(1)
      expect(b.received).toEqual(["one"])
      expect(yield* network.inFlight).toBe(1)
      yield* TestClock.adjust(20)
      expect(b.received).toEqual(["one", "two"])
      expect(yield* network.counters).toMatchObject({ sent: 2, delivered: 2 })
    }))

  it.effect("a datagram may overtake another that was sent before it", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ conditions: { latency: 500 } })
      const a = yield* open(network)
      const b = yield* open(network)
      yield* a.write({ payload: "slow", address: b.address })
      yield* network.setConditions({ latency: 5 })
      yield* a.write({ payload: "fast", address: b.address })
      // jitter never changes the order within a link, so this is another one
      yield* network.setLink("10.0.1.2", "10.0.1.1", { latency: 10 })
      yield* b.write({ payload: "back", address: a.address })
      yield* TestClock.adjust(10)
      expect(a.received).toEqual(["back"])
      yield* TestClock.adjust(600)
      expect(b.received).toEqual(["slow", "fast"])
    }))

  it.effect("delivers at once without any time passing, also answers to answers", () =>
    TestTime.run(Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make()
      const a = yield* open(network)
      const echo = yield* DatagramSocket.DatagramSocket.pipe(Effect.provide(network.layer({ port: 7 })))
      const reader = yield* echo.reader
      const writer = yield* echo.writer
      yield* reader.pull.pipe(Effect.flatMap((batch) => writer.writeAll(batch)), Effect.forever, Effect.forkScoped)
      for (let i = 0; i < 1_000; i++) yield* a.write({ payload: `${i}`, address: reader.address })
      yield* Effect.sleep(1)
      expect(a.received).toHaveLength(1_000)
      expect(a.received[999]).toBe("999")
    })))

  it.live("delivers in real time too", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ conditions: { latency: 20, jitter: 5 } })
      const a = yield* open(network)
      const b = yield* open(network)
      for (let i = 0; i < 50; i++) yield* a.write({ payload: `${i}`, address: b.address })
      yield* Effect.sleep(5)
      expect(b.received).toEqual([])
      yield* Effect.sleep(100)
      expect(b.received).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`))
    }))

  it.effect("an address has one socket at a time", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make()
      const place = { host: "10.9.9.9", port: 7 }
      const scope = yield* Scope.make()
      yield* open(network, place).pipe(Scope.provide(scope))
      const error = yield* Effect.flip(open(network, place))
      expect(error.reason).toMatchObject({ _tag: "DatagramSocketOpenError", kind: "AddressInUse" })
      yield* Scope.close(scope, Exit.void)
      expect(String((yield* open(network, place)).address)).toBe("10.9.9.9:7")
    }))

  it.effect("what is sent to nobody, or to a socket that has closed, is lost", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ conditions: { latency: 10 } })
      const a = yield* open(network)
      const scope = yield* Scope.make()
      const b = yield* open(network).pipe(Scope.provide(scope))
      yield* a.write({ payload: "too late", address: b.address })
      yield* Scope.close(scope, Exit.void)
      yield* a.write({ payload: "nobody", address: b.address })
      yield* TestClock.adjust(10)
      expect(yield* network.counters).toMatchObject({ sent: 2, delivered: 0, unreachable: 2 })
    }))

  it.effect("rebinds a client: others see it elsewhere", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make()
      const client = yield* open(network)
      const server = yield* open(network)
      const moved = yield* network.rebind(client.address)
      expect(moved.port).not.toBe(client.address.port)
      yield* client.write({ payload: "hello", address: server.address })
      yield* server.write({ payload: "to the old address", address: client.address })
      yield* server.write({ payload: "to the new address", address: moved })
      yield* TestClock.adjust(0)
      expect(server.received).toEqual(["hello"])
      expect(client.received).toEqual(["to the new address"])
      expect(String(client.reader.address)).toBe(String(client.address))
      expect(String(yield* network.rebind(client.address, { host: "10.7.7.7", port: 9 }))).toBe("10.7.7.7:9")
      expect(yield* network.rebind(moved)).toBe(moved)
    }))

  it.effect("a receive buffer that is full drops, and the socket counts it", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make()
      const a = yield* open(network)
      const socket = yield* DatagramSocket.DatagramSocket.pipe(
        Effect.provide(network.layer({ receiveBuffer: { capacity: 2 } }))
      )
      const reader = yield* socket.reader
      for (let i = 0; i < 5; i++) yield* a.write({ payload: `${i}`, address: reader.address })
      yield* TestClock.adjust(0)
      expect((yield* reader.pull).map(({ payload }) => text(payload))).toEqual(["0", "1"])
      expect(reader.dropped()).toBe(3)
    }))

  it.effect("remembers the last things that happened", () =>
    Effect.gen(function*() {
      const network = yield* SimulatedNetwork.make({ log: 3, conditions: { loss: 0 } })
      const a = yield* open(network)
      const b = yield* open(network)
      for (const payload of ["1", "2", "3"]) {
        yield* a.write({ payload, address: b.address })
        yield* TestClock.adjust(5)
      }
      expect((yield* network.records).map(({ fate, id }) => `${id} ${fate}`)).toEqual([
        "2 delivered",
        "3 sent",
        "3 delivered"
      ])
      expect((yield* network.timeline()).split("\n")).toHaveLength(4)
      const silent = yield* SimulatedNetwork.make()
      expect(yield* silent.timeline()).toBe("")
    }))

  it.effect("nothing is delivered after its scope is closed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const network = yield* SimulatedNetwork.make({ conditions: { latency: 10 } }).pipe(Scope.provide(scope))
      const a = yield* open(network)
      const b = yield* open(network)
      yield* a.write({ payload: "x", address: b.address })
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust(100)
      expect(b.received).toEqual([])
    }))

  /** A server that echoes, and a client that sends it a hundred packets through a bad network. */
  const conversation = Effect.fnUntraced(
    function*(conditions: Conditions.Conditions, seed: number) {
      const network = yield* SimulatedNetwork.make({ seed, conditions, log: 100_000 })
      const entropy = Entropy.layerRandom.pipe(
        Layer.provide(Layer.succeed(Random.Random, new SeededRandom.SeededRandom(seed)))
      )
      const host = (options?: SimulatedNetwork.SocketOptions) =>
        EnetHost.make({}).pipe(Effect.provide([network.layer(options), entropy]))
      const server = yield* host({ host: "10.0.0.1", port: 7777 })
      yield* Effect.forkScoped(
        server.serve((peer) =>
          Stream.runForEach(peer.messages, ({ channel, mode, packet }) => peer.send(channel, packet, { mode }))
        )
      )
      const client = yield* host()
      const talk = Effect.gen(function*() {
        const peer = yield* client.connect({ address: "10.0.0.1", port: 7777 })
        for (let i = 0; i < 100; i++) {
          yield* peer.send(0, `${i}`)
        }
        return yield* peer.messages.pipe(Stream.map(({ packet }) => text(packet)), Stream.take(100), Stream.runCollect)
      })
      const echoes = yield* Effect.scoped(talk)
      return { echoes, timeline: yield* network.timeline(), counters: yield* network.counters }
    },
    Effect.scoped,
    (program) => TestTime.run(program)
  )

  for (const [name, conditions] of Object.entries(Conditions.presets)) {
    it.effect(`carries a conversation under the conditions ${name}`, () =>
      Effect.gen(function*() {
        const { echoes } = yield* conversation(conditions, 1)
        expect(echoes).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`))
      }))
  }

  it.effect("the same seed gives the same run, to the last byte", () =>
    Effect.gen(function*() {
      const first = yield* conversation(Conditions.awful, 5)
      const again = yield* conversation(Conditions.awful, 5)
      // the clock of the test goes on, so only the times differ
      const withoutTimes = (timeline: string) => timeline.replaceAll(/^ *[\d.]+ {2}/gm, "")
      expect(first.timeline.split("\n").length).toBeGreaterThan(30)
      expect(withoutTimes(again.timeline)).toBe(withoutTimes(first.timeline))
      expect(again.counters).toEqual(first.counters)
      const other = yield* conversation(Conditions.awful, 6)
      expect(withoutTimes(other.timeline)).not.toBe(withoutTimes(first.timeline))
    }))
})
