import { EnetError } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope, Stream } from "effect"
import { captureLog, connectTo, Network, pair, pass, reasonOf, record, serverPort, settle, text, told } from "./Kit.ts"

describe("serve", () => {
  it.effect("runs one fiber for each peer that connects, with the peer's data", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const lines: Array<string> = []
      yield* Effect.forkScoped(server.serve((peer, data) =>
        Stream.runForEach(peer.messages, ({ packet }) =>
          Effect.sync(() =>
            lines.push(`${peer.connection} ${data} ${text(packet)}`)
          ))
      ))
      const first = yield* connectTo(client, { data: 10 })
      const second = yield* connectTo(client, { data: 20 })
      yield* second.send(0, "b")
      yield* settle
      yield* first.send(0, "a")
      yield* settle
      expect(lines).toEqual(["2 20 b", "1 10 a"])
    }))

  it.effect("interrupts the fiber when the peer goes, after it has read the last packets", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const lines: Array<string> = []
      const say = (line: string) => Effect.sync(() => lines.push(line))
      yield* Effect.forkScoped(
        server.serve((peer) =>
          Stream.runForEach(peer.messages, ({ packet }) => Effect.andThen(Effect.sleep(10), say(text(packet)))).pipe(
            Effect.andThen(Effect.never),
            Effect.onInterrupt(() => say("interrupted"))
          )
        )
      )
      const peer = yield* connectTo(client)
      yield* settle
      for (let i = 0; i < 5; i++) yield* peer.send(0, `${i}`)
      yield* settle
      yield* peer.disconnectNow()
      yield* pass(40)
      expect(lines).toEqual(["0", "1", "2", "3"])
      expect(yield* server.peers).toEqual([])
      yield* pass(10)
      expect(lines).toEqual(["0", "1", "2", "3", "4", "interrupted"])
    }))

  it.effect("lets a fiber that has read the last packet go on, up to where it waits", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const lines: Array<string> = []
      yield* Effect.forkScoped(
        server.serve((peer) =>
          Stream.runDrain(peer.messages).pipe(
            Effect.andThen(peer.closed),
            Effect.map((reason) => lines.push(reason._tag))
          )
        )
      )
      const peer = yield* connectTo(yield* network.host())
      yield* peer.send(0, "x")
      yield* settle
      yield* peer.disconnect()
      yield* settle
      expect(lines).toEqual(["Remote"])
    }))

  it.effect("interrupts a fiber that reads nothing, and frees its slot with what was unread", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({ maxPeers: 1 }, serverPort)
      const client = yield* network.host()
      let interrupted = 0
      yield* Effect.forkScoped(
        server.serve(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++)))
      )
      for (let round = 1; round <= 3; round++) {
        const peer = yield* connectTo(client)
        yield* peer.send(0, "unread")
        yield* settle
        yield* peer.disconnect()
        yield* settle
        expect(interrupted).toBe(round)
        expect(yield* server.peers).toEqual([])
      }
    }))

  it.effect("logs one line for a handler that fails, and disconnects only its peer", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const log = captureLog()
      yield* Effect.forkScoped(
        server.serve((_, data) =>
          data === 1 ? Effect.fail("oh no") : data === 2 ? Effect.die(new Error("worse")) : Effect.never
        ).pipe(Effect.provide(log.layer))
      )
      const failing = yield* connectTo(client, { data: 1 })
      const dying = yield* connectTo(client, { data: 2 })
      const well = yield* connectTo(client, { data: 3 })
      yield* pass(10)
      expect(yield* failing.closed).toEqual({ _tag: "Remote", data: 0 })
      expect(yield* dying.closed).toEqual({ _tag: "Remote", data: 0 })
      expect(yield* well.state).toBe("Connected")
      expect(log.lines.length).toBe(2)
      expect(log.lines[0]).toContain(`the handler of peer 0 127.0.0.1:${client.address.port} failed`)
      expect((yield* server.peers).length).toBe(1)
    }))

  it.effect("disconnects the peer after its queued packets when the handler ends", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      yield* Effect.forkScoped(server.serve((peer) =>
        Effect.forEach(Array.from({ length: 100 }), (_, i) => peer.send(0, `${i} ${"x".repeat(1000)}`))
      ))
      const peer = yield* connectTo(client)
      const messages = yield* Effect.forkChild(Stream.runCollect(peer.messages))
      yield* pass(1000)
      expect((yield* Fiber.join(messages)).length).toBe(100)
      expect(yield* peer.closed).toEqual({ _tag: "Remote", data: 0 })
    }))

  it.effect("takes over peers that connected before it ran, with what they have sent", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair()
      for (let i = 0; i < 3; i++) yield* toServer.send(0, `${i}`)
      yield* settle
      const packets: Array<string> = []
      yield* Effect.forkScoped(server.serve((peer) =>
        Effect.andThen(
          Effect.sleep(100),
          Stream.runForEach(peer.messages, ({ packet }) => Effect.sync(() => packets.push(text(packet))))
        )
      ))
      yield* settle
      yield* toServer.send(0, "3")
      yield* pass(100)
      expect(packets).toEqual(["0", "1", "2", "3"])
    }))

  it.effect("keeps what a peer sends while nobody reads its messages", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const packets: Array<string> = []
      yield* Effect.forkScoped(server.serve((peer) =>
        Effect.gen(function*() {
          const [greeting] = yield* peer.messages.pipe(Stream.take(1), Stream.runCollect)
          packets.push(text(greeting!.packet))
          yield* Effect.sleep(100)
          yield* Stream.runForEach(peer.messages, ({ packet }) => Effect.sync(() => packets.push(text(packet))))
        })
      ))
      const peer = yield* connectTo(client)
      yield* peer.send(0, "greeting")
      yield* pass(50)
      for (let i = 0; i < 3; i++) yield* peer.send(0, `${i}`)
      yield* pass(100)
      expect(packets).toEqual(["greeting", "0", "1", "2"])
    }))

  it.effect("leaves the host's own connections to those who made them", () =>
    Effect.gen(function*() {
      const network = new Network()
      const upstream = yield* network.host({}, serverPort)
      const relay = yield* network.host({}, serverPort + 1)
      yield* Effect.forkScoped(upstream.serve((peer) => Effect.andThen(peer.send(0, "early"), Effect.never)))
      const before = yield* connectTo(relay)
      yield* settle
      let served = 0
      yield* Effect.forkScoped(relay.serve(() => Effect.andThen(Effect.sync(() => served++), Effect.never)))
      const after = yield* connectTo(relay)
      yield* pass(10)
      expect(served).toBe(0)
      for (const peer of [before, after]) {
        const [message] = yield* peer.messages.pipe(Stream.take(1), Stream.runCollect)
        expect(text(message!.packet)).toBe("early")
      }
    }))

  it.effect("when interrupted, ends its fibers and peers, and leaves later connections to events", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      let interrupted = 0
      const serving = yield* Effect.forkChild(
        server.serve(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++)))
      )
      const served = yield* connectTo(client)
      yield* settle
      yield* Fiber.interrupt(serving)
      expect(interrupted).toBe(1)
      yield* settle
      expect(yield* served.closed).toEqual({ _tag: "Remote", data: 0 })
      const events = yield* record(server)
      const later = yield* connectTo(client)
      yield* later.send(0, "hello")
      yield* settle
      expect(told(events)).toEqual(["1 disconnect Local", "2 connect 0", "2 receive 0 hello"])
    }))

  it.effect("when interrupted in the middle of a handshake, leaves that peer's packets to events", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host()
      const serving = yield* Effect.forkChild(server.serve(() => Effect.never))
      yield* settle
      // the client's request arrives, its acknowledgement of the answer does not
      network.passes = ({ from, to }) => from === serverPort || network.between(from, to).length < 2
      const peer = yield* Effect.forkChild(connectTo(client))
      yield* settle
      yield* Fiber.interrupt(serving)
      network.passes = () => true
      const events = yield* record(server)
      yield* pass(5000)
      yield* (yield* Fiber.join(peer)).send(0, "hello")
      yield* settle
      expect(told(events)).toEqual(["1 connect 0", "1 receive 0 hello"])
    }))

  it.effect("fails with HostClosed when the host closes, and interrupts its fibers", () =>
    Effect.gen(function*() {
      const network = new Network()
      const scope = yield* Scope.make()
      const server = yield* network.host({}, serverPort).pipe(Scope.provide(scope))
      const client = yield* network.host()
      let interrupted = 0
      const serving = yield* Effect.forkChild(
        reasonOf(server.serve(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))))
      )
      yield* connectTo(client)
      yield* settle
      yield* Scope.close(scope, Exit.void)
      expect(yield* Fiber.join(serving)).toEqual(new EnetError.HostClosed({}))
      expect(interrupted).toBe(1)
    }))
})
