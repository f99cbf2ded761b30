import { EnetError } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope, Stream } from "effect"
import { connectTo, Network, onlyPeer, pair, pass, reasonOf, serverPort, settle, text } from "./Kit.ts"

const messagesOf = Effect.fnUntraced(function*(options: Parameters<typeof pair>[0] = {}) {
  const connected = yield* pair(options)
  const packets: Array<Uint8Array> = []
  yield* connected.toClient.messages.pipe(
    Stream.runForEach(({ packet }) => Effect.sync(() => packets.push(packet))),
    Effect.forkScoped
  )
  yield* settle
  return { ...connected, packets }
})

describe("send", () => {
  it.effect("copies the bytes, so that the buffer may be used again at once", () =>
    Effect.gen(function*() {
      const { packets, toServer } = yield* messagesOf()
      const buffer = new Uint8Array([1, 2, 3])
      yield* toServer.send(0, buffer)
      buffer.fill(9)
      const large = new Uint8Array(100_000).fill(5)
      yield* toServer.send(0, large)
      large.fill(9)
      const ofNode = Buffer.alloc(100_000, 6)
      yield* toServer.send(0, ofNode)
      ofNode.fill(9)
      yield* pass(200)
      expect(packets).toEqual([
        new Uint8Array([1, 2, 3]),
        new Uint8Array(100_000).fill(5),
        new Uint8Array(100_000).fill(6)
      ])
    }))

  it.effect("copies only the part that a view shows", () =>
    Effect.gen(function*() {
      const { packets, toServer } = yield* messagesOf()
      const memory = new Uint8Array([0, 1, 2, 3, 4, 5])
      yield* toServer.send(0, memory.subarray(2, 4))
      yield* toServer.send(0, Buffer.from("node"))
      yield* settle
      expect(packets.map((packet) => [...packet])).toEqual([[2, 3], [110, 111, 100, 101]])
    }))

  it.effect("sends a string as UTF-8", () =>
    Effect.gen(function*() {
      const { packets, toServer } = yield* messagesOf()
      yield* toServer.send(0, "größer 🎮")
      yield* settle
      expect(text(packets[0]!)).toBe("größer 🎮")
      expect(packets[0]!.length).toBe(13)
    }))

  it.effect("sends an empty packet in every mode", () =>
    Effect.gen(function*() {
      const { packets, toServer } = yield* messagesOf()
      const modes = ["reliable", "unreliable", "unsequenced", "unreliable-fragment", "unsequenced-fragment"] as const
      for (const mode of modes) yield* toServer.send(0, "", { mode })
      yield* settle
      expect(packets).toEqual(modes.map(() => new Uint8Array(0)))
    }))

  it.effect("sends packets of every size around the size of a datagram, and of several MiB", () =>
    Effect.gen(function*() {
      const { packets, toServer } = yield* messagesOf()
      const sizes = [1, 1363, 1364, 1365, 2728, 2729, 65_535, 65_536, 65_537, 3_000_000]
      for (const [i, size] of sizes.entries()) yield* toServer.send(0, new Uint8Array(size).fill(i + 1))
      yield* pass(5000)
      expect(packets.map(({ length }) => length)).toEqual(sizes)
      expect(packets.every((packet, i) => packet.every((byte) => byte === i + 1))).toBe(true)
    }))

  it.effect("gives the receiver bytes that nobody else writes to", () =>
    Effect.gen(function*() {
      const { packets, toServer } = yield* messagesOf()
      yield* toServer.send(0, "one")
      yield* toServer.send(0, "two")
      yield* settle
      packets[0]!.fill(0)
      expect(text(packets[1]!)).toBe("two")
    }))
})

describe("a packet that cannot be sent", () => {
  it.effect("has a channel that does not exist", () =>
    Effect.gen(function*() {
      const { network, toServer } = yield* pair({ channels: 3 })
      const before = network.sent.length
      for (const channel of [3, 255, 256, -1, 0.5, NaN, Infinity, -Infinity]) {
        const reason = yield* reasonOf(toServer.send(channel, "x"))
        expect(reason).toEqual(new EnetError.InvalidChannel({ channel, channelCount: 3 }))
        expect(reason.message).toContain("3, counted from 0")
      }
      yield* settle
      expect(network.sent.length).toBe(before)
      yield* toServer.send(2, "x")
    }))

  it.effect("is above the maximum packet size of this host", () =>
    Effect.gen(function*() {
      const { packets, toServer } = yield* messagesOf({ client: { maximumPacketSize: 5000 } })
      expect(yield* reasonOf(toServer.send(0, new Uint8Array(5001)))).toEqual(
        new EnetError.PacketTooLarge({ size: 5001, maximum: 5000 })
      )
      expect((yield* reasonOf(toServer.send(0, "ä".repeat(2501))))._tag).toBe("PacketTooLarge")
      yield* toServer.send(0, new Uint8Array(5000))
      yield* settle
      expect(packets.map(({ length }) => length)).toEqual([5000])
    }))

  it.effect("is above the maximum, whatever else is wrong with the queue", () =>
    Effect.gen(function*() {
      const { toServer } = yield* pair({ client: { maximumPacketSize: 5000, outgoingQueueLimit: 1 } })
      yield* toServer.send(0, new Uint8Array(100))
      for (const whenFull of ["wait", "fail", "drop"] as const) {
        expect((yield* reasonOf(toServer.send(0, new Uint8Array(5001), { whenFull })))._tag).toBe("PacketTooLarge")
      }
    }))

  it.effect("goes to a peer that is gone, or about to go", () =>
    Effect.gen(function*() {
      for (const end of ["disconnect", "disconnectNow", "disconnectLater", "reset"] as const) {
        const { toServer } = yield* pair()
        yield* toServer.send(0, "last")
        yield* end === "reset" ? toServer.reset : toServer[end]()
        expect(yield* reasonOf(toServer.send(0, "late"))).toEqual(new EnetError.PeerDisconnected({ peer: 0 }))
        yield* pass(100)
        expect(yield* reasonOf(toServer.send(0, "late"))).toEqual(new EnetError.PeerDisconnected({ peer: 0 }))
      }
    }))

  it.effect("goes to a peer that the remote has disconnected", () =>
    Effect.gen(function*() {
      const { server, toServer } = yield* pair()
      yield* (yield* onlyPeer(server)).disconnectNow()
      yield* settle
      expect((yield* reasonOf(toServer.send(0, "late")))._tag).toBe("PeerDisconnected")
    }))

  it.effect("goes to a handle whose slot another connection has", () =>
    Effect.gen(function*() {
      const { client, packets, server, toServer } = yield* messagesOf()
      yield* toServer.disconnect()
      yield* settle
      const next = yield* connectTo(client, { channels: 2 })
      yield* settle
      expect(next.id).toBe(toServer.id)
      const failures = [
        toServer.send(0, "stale"),
        toServer.disconnect(),
        toServer.disconnectNow(),
        toServer.disconnectLater(),
        toServer.reset,
        toServer.ping,
        toServer.pingInterval(1),
        toServer.timeout({}),
        toServer.throttleConfigure({}),
        toServer.statistics
      ]
      for (const failure of failures) {
        expect(yield* reasonOf(failure)).toEqual(new EnetError.PeerDisconnected({ peer: 0 }))
      }
      expect(toServer.channelCount).toBe(0)
      expect(yield* toServer.state).toBe("Disconnected")
      yield* settle
      expect(yield* next.state).toBe("Connected")
      expect(yield* (yield* onlyPeer(server)).state).toBe("Connected")
      expect(packets).toEqual([])
    }))

  it.effect("goes to a peer of a host that is closed", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const scope = yield* Scope.make()
      const peer = yield* Effect.flatMap(network.host(), (host) => connectTo(host)).pipe(Scope.provide(scope))
      yield* Scope.close(scope, Exit.void)
      expect((yield* reasonOf(peer.send(0, "late")))._tag).toBe("PeerDisconnected")
    }))
})
