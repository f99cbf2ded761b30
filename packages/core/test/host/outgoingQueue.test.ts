import { EnetError, type EnetPeer } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope, Stream } from "effect"
import { connectTo, Network, onlyPeer, pair, pass, reasonOf, serverPort, settle, text } from "./Kit.ts"

const limit = 10_000
const packet = new Uint8Array(1000)
const gone = new EnetError.PeerDisconnected({ peer: 0 })

/** Fills the outgoing queue of a peer that nobody answers for. */
const fill = Effect.fnUntraced(function*(peer: EnetPeer.EnetPeer) {
  while ((yield* peer.statistics).outgoingQueued + packet.length <= limit) {
    yield* peer.send(0, packet)
    yield* settle
  }
})

/** A connection whose network has gone silent, with a full outgoing queue. */
const full = Effect.gen(function*() {
  const connected = yield* pair({ client: { outgoingQueueLimit: limit } })
  connected.network.passes = () => false
  yield* fill(connected.toServer)
  return connected
})

const isWaiting = (fiber: Fiber.Fiber<unknown, unknown>) =>
  Effect.map(settle, () => expect(fiber.pollUnsafe()).toBeUndefined())

const packetsOf = (peer: EnetPeer.EnetPeer, read: (packet: Uint8Array) => void) =>
  Effect.forkScoped(Stream.runForEach(peer.messages, (message) => Effect.sync(() => read(message.packet))))

describe("a full outgoing queue", () => {
  it.effect("makes send wait until there is room", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* full
      const waiting = yield* Effect.forkChild(toServer.send(0, packet))
      yield* isWaiting(waiting)
      const before = yield* toServer.statistics
      expect(before.outgoingQueued).toBe(limit)
      let received = 0
      yield* packetsOf(toClient, () => received++)
      network.passes = () => true
      yield* pass(1000)
      yield* Fiber.join(waiting)
      expect(received).toBe((before.outgoingQueued + before.reliableDataInTransit) / packet.length + 1)
      expect((yield* toServer.statistics).outgoingQueued).toBe(0)
    }))

  it.effect("lets waiting sends go in their order", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* full
      const fibers: Array<Fiber.Fiber<void, EnetError.EnetError>> = []
      for (let i = 0; i < 20; i++) fibers.push(yield* Effect.forkChild(toServer.send(0, `packet ${i}`.padEnd(1000))))
      yield* settle
      const received: Array<string> = []
      yield* packetsOf(toClient, (bytes) => received.push(text(bytes).trim()))
      network.passes = () => true
      yield* pass(2000)
      yield* Fiber.joinAll(fibers)
      expect(received.slice(-20)).toEqual(Array.from({ length: 20 }, (_, i) => `packet ${i}`))
    }))

  it.effect("makes send fail with QueueFull where it shall fail", () =>
    Effect.gen(function*() {
      const { toServer } = yield* full
      expect(yield* reasonOf(toServer.send(0, packet, { whenFull: "fail" }))).toEqual(
        new EnetError.QueueFull({ peer: 0, queued: limit, limit })
      )
      expect((yield* toServer.statistics).outgoingQueued).toBe(limit)
    }))

  it.effect("makes send drop the packet without a word where it shall drop", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* full
      yield* toServer.send(0, "dropped", { whenFull: "drop" })
      const received: Array<string> = []
      yield* packetsOf(toClient, (bytes) => received.push(text(bytes)))
      network.passes = () => true
      yield* pass(1000)
      yield* toServer.send(0, "sent", { whenFull: "drop" })
      yield* pass(10)
      expect(received).not.toContain("dropped")
      expect(received.at(-1)).toBe("sent")
    }))

  it.effect("still takes a packet that fits", () =>
    Effect.gen(function*() {
      const { toServer } = yield* pair({ client: { outgoingQueueLimit: limit } })
      yield* toServer.send(0, new Uint8Array(limit - 100), { whenFull: "fail" })
      yield* toServer.send(0, new Uint8Array(100), { whenFull: "fail" })
      expect((yield* reasonOf(toServer.send(0, new Uint8Array(1), { whenFull: "fail" })))._tag).toBe("QueueFull")
    }))

  it.effect("is of one peer only", () =>
    Effect.gen(function*() {
      const { client, network } = yield* full
      network.passes = () => true
      const other = yield* connectTo(client)
      network.passes = () => false
      yield* other.send(0, packet, { whenFull: "fail" })
    }))
})

describe("an empty outgoing queue", () => {
  it.effect("takes one packet that is larger than the limit", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* pair({ client: { outgoingQueueLimit: limit } })
      network.passes = () => false
      const sizes: Array<number> = []
      yield* packetsOf(toClient, (bytes) => sizes.push(bytes.length))
      yield* toServer.send(0, new Uint8Array(limit * 20), { whenFull: "fail" })
      expect((yield* reasonOf(toServer.send(0, packet, { whenFull: "fail" })))._tag).toBe("QueueFull")
      const waiting = yield* Effect.forkChild(toServer.send(0, new Uint8Array(limit * 2)))
      yield* isWaiting(waiting)
      network.passes = () => true
      yield* pass(1000)
      yield* Fiber.join(waiting)
      expect(sizes).toEqual([limit * 20, limit * 2])
    }))
})

describe("a send that waits", () => {
  it.effect("fails with PeerDisconnected when this side ends the connection", () =>
    Effect.gen(function*() {
      for (const end of ["disconnect", "disconnectNow", "disconnectLater", "reset"] as const) {
        const { toServer } = yield* full
        const waiting = yield* Effect.forkChild(reasonOf(toServer.send(0, packet)))
        yield* isWaiting(waiting)
        yield* end === "reset" ? toServer.reset : toServer[end]()
        expect(yield* Fiber.join(waiting)).toEqual(gone)
      }
    }))

  it.effect("fails with PeerDisconnected when the remote ends it", () =>
    Effect.gen(function*() {
      const { network, server, toServer } = yield* full
      const waiting = yield* Effect.forkChild(reasonOf(toServer.send(0, packet)))
      yield* isWaiting(waiting)
      network.passes = ({ from }) => from === serverPort
      yield* (yield* onlyPeer(server)).disconnectNow(1)
      expect(yield* Fiber.join(waiting)).toEqual(gone)
    }))

  it.effect("fails with PeerDisconnected when the remote falls silent", () =>
    Effect.gen(function*() {
      const { toServer } = yield* full
      const waiting = yield* Effect.forkChild(reasonOf(toServer.send(0, packet)))
      yield* pass(60_000)
      expect(yield* Fiber.join(waiting)).toEqual(gone)
    }))

  it.effect("fails with PeerDisconnected when the host closes", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const scope = yield* Scope.make()
      const client = yield* network.host({ outgoingQueueLimit: limit }).pipe(Scope.provide(scope))
      const peer = yield* connectTo(client)
      network.passes = () => false
      yield* fill(peer)
      const waiting = yield* Effect.forkChild(reasonOf(peer.send(0, packet)))
      yield* isWaiting(waiting)
      yield* Scope.close(scope, Exit.void)
      expect(yield* Fiber.join(waiting)).toEqual(gone)
    }))

  it.effect("leaves nothing behind when it is interrupted", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* full
      const waiting = yield* Effect.forkChild(toServer.send(0, "interrupted".padEnd(1000)))
      yield* isWaiting(waiting)
      yield* Fiber.interrupt(waiting)
      expect((yield* toServer.statistics).outgoingQueued).toBe(limit)
      const received: Array<string> = []
      yield* packetsOf(toClient, (bytes) => received.push(text(bytes).trim()))
      network.passes = () => true
      yield* pass(1000)
      yield* toServer.send(0, "next")
      yield* pass(10)
      expect(received).not.toContain("interrupted")
      expect(received.at(-1)).toBe("next")
    }))

  it.effect("counts packets without bytes too", () =>
    Effect.gen(function*() {
      const { toServer } = yield* pair({ client: { outgoingQueueLimit: 1600 } })
      let sent = 0
      let full = false
      while (!full && sent < 1000) {
        full = yield* toServer.send(0, "", { whenFull: "fail" }).pipe(
          Effect.as(false),
          Effect.catchReason("EnetError", "QueueFull", () => Effect.succeed(true))
        )
        sent++
      }
      expect(full).toBe(true)
      expect(sent).toBeLessThan(110)
    }))
})
