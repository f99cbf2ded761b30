import { EnetError, EnetHost, LostRemotes } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Queue, Stream } from "effect"
import { addressOf, connectTo, Network, onlyPeer, reasonOf, serverPort, settle } from "./Kit.ts"

const detail = "the certificate of 127.0.0.1:7777 is refused"
const lost = (port: number): LostRemotes.LostRemote => ({ address: addressOf(port), detail, cause: new Error(detail) })

/** A host whose socket can be made to lose its remotes. */
const setUp = Effect.gen(function*() {
  const network = new Network()
  const remotes = yield* Queue.unbounded<LostRemotes.LostRemote>()
  const layer = Layer.merge(network.layer(), Layer.succeed(LostRemotes.LostRemotes, Stream.fromQueue(remotes)))
  const host = yield* EnetHost.make().pipe(Effect.provide(layer))
  return { network, host, lose: (port: number) => Effect.andThen(Queue.offer(remotes, lost(port)), settle) }
})

describe("a host whose socket loses a remote", () => {
  it.effect("fails a connection attempt at once, with the reason, and frees its slot", () =>
    Effect.gen(function*() {
      const { host, lose } = yield* setUp
      const waiting = yield* Effect.forkChild(reasonOf(connectTo(host)))
      yield* settle
      yield* lose(serverPort)
      const reason = yield* Fiber.join(waiting)
      expect(reason).toBeInstanceOf(EnetError.Unreachable)
      expect(reason).toMatchObject({ address: "127.0.0.1:7777", detail, message: detail })
      expect(yield* host.peers).toEqual([])
    }))

  it.effect("ends its connections with that remote, and no other", () =>
    Effect.gen(function*() {
      const { host, lose, network } = yield* setUp
      yield* network.host({}, serverPort)
      yield* network.host({}, serverPort + 1)
      const peer = yield* connectTo(host)
      const other = yield* connectTo(host, { port: serverPort + 1 })
      const events = yield* Effect.forkChild(Stream.runCollect(Stream.take(host.events, 3)))
      yield* lose(serverPort)
      expect(yield* peer.closed).toMatchObject({ _tag: "Unreachable", detail })
      expect(yield* onlyPeer(host)).toBe(other)
      expect((yield* Fiber.join(events)).at(-1)).toMatchObject({
        _tag: "Disconnect",
        peer,
        reason: { _tag: "Unreachable", detail }
      })
    }))

  it.effect("does not mind when it has nothing to do with it", () =>
    Effect.gen(function*() {
      const { host, lose, network } = yield* setUp
      yield* network.host({}, serverPort)
      const peer = yield* connectTo(host)
      yield* lose(9)
      expect(yield* peer.state).toBe("Connected")
    }))
})
