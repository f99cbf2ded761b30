import { EnetError, ReasonCode } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Scope } from "effect"
import { connectTo, localhost, Network, onlyPeer, pass, reasonOf, record, serverPort, settle, told } from "./Kit.ts"
import { datagram, disconnect, firstOf, verify } from "./Raw.ts"

const address = `${localhost}:${serverPort}`

describe("a connection attempt", () => {
  it.effect("fails with ConnectTimeout after ENet's 31.5 seconds and six requests", () =>
    Effect.gen(function*() {
      const network = new Network()
      const client = yield* network.host({ maxPeers: 1 })
      const attempt = yield* Effect.forkChild(
        Effect.all([reasonOf(connectTo(client)), Clock.currentTimeMillis])
      )
      yield* pass(31_499)
      expect(attempt.pollUnsafe()).toBeUndefined()
      yield* pass(1)
      const [reason, at] = yield* Fiber.join(attempt)
      expect(reason).toEqual(new EnetError.ConnectTimeout({ address }))
      expect(at).toBe(31_500)
      expect(network.sent.length).toBe(6)
      expect(yield* client.peers).toEqual([])
    }))

  it.effect("gives up earlier where a timeout is given", () =>
    Effect.gen(function*() {
      const client = yield* new Network().host({ maxPeers: 1 })
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(client, { timeout: 700 })))
      yield* pass(699)
      expect(attempt.pollUnsafe()).toBeUndefined()
      yield* pass(1)
      expect(yield* Fiber.join(attempt)).toEqual(new EnetError.ConnectTimeout({ address }))
      expect(yield* client.peers).toEqual([])
    }))

  it.effect("is not ended by its timeout once it has succeeded", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const client = yield* network.host()
      const peer = yield* connectTo(client, { timeout: 1 })
      yield* pass(60_000)
      expect(yield* peer.state).toBe("Connected")
    }))

  it.effect("fails with ConnectRefused and the remote's data when the remote answers with a DISCONNECT", () =>
    Effect.gen(function*() {
      const network = new Network()
      const client = yield* network.host({ maxPeers: 1 })
      const events = yield* record(client)
      const remote = yield* network.raw(serverPort)
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(client)))
      yield* settle
      const request = firstOf(remote.received[0]!, "Connect")!
      yield* remote.send(client.address.port, datagram({ peerID: request.outgoingPeerID }, disconnect(404)))
      expect(yield* Fiber.join(attempt)).toEqual(new EnetError.ConnectRefused({ address, data: 404 }))
      expect(yield* client.peers).toEqual([])
      yield* settle
      expect(events).toEqual([])
    }))

  it.effect("does not mind the answer to another request, and fails with ConnectRejected for a wrong one to its own", () =>
    Effect.gen(function*() {
      const network = new Network()
      const client = yield* network.host({ maxPeers: 1 })
      const remote = yield* network.raw(serverPort)
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(client)))
      yield* settle
      const request = firstOf(remote.received[0]!, "Connect")!
      const other = verify(request, { connectID: request.connectID ^ 1 })
      yield* remote.send(client.address.port, datagram({ peerID: request.outgoingPeerID }, other))
      yield* settle
      expect((yield* client.peers).length).toBe(1)
      const wrong = verify(request, { packetThrottleInterval: 1 })
      yield* remote.send(client.address.port, datagram({ peerID: request.outgoingPeerID }, wrong))
      expect(yield* Fiber.join(attempt)).toEqual(new EnetError.ConnectRejected({ address }))
      expect(yield* client.peers).toEqual([])
    }))

  const full = { options: { maxPeers: 1 }, counter: "HostFull", code: ReasonCode.ReasonCode.HostFull }
  const crowded = {
    options: { duplicatePeers: 1 },
    counter: "DuplicatePeers",
    code: ReasonCode.ReasonCode.TooManyFromAddress
  }

  it.effect("is refused at once, with a code, by a server that is full or has enough of this address", () =>
    Effect.gen(function*() {
      for (const { code, counter, options } of [full, crowded]) {
        const network = new Network()
        const server = yield* network.host(options, serverPort)
        const client = yield* network.host()
        yield* connectTo(client)
        yield* settle
        expect(yield* reasonOf(connectTo(client))).toEqual(new EnetError.ConnectRefused({ address, data: code }))
        expect((yield* server.statistics).dropped).toEqual({ [counter]: 1 })
        expect((yield* server.statistics).connectedPeers).toBe(1)
      }
    }))

  it.effect("gets no answer from a server that keeps silent about refusals", () =>
    Effect.gen(function*() {
      const quiet = [{ refusalsPerSecond: 0 }, { handshake: "enet" } as const]
      for (
        const { counter, options } of [full, crowded].flatMap((one) =>
          quiet.map((more) => ({ ...one, options: { ...one.options, ...more } }))
        )
      ) {
        const network = new Network()
        const server = yield* network.host(options, serverPort)
        const client = yield* network.host()
        yield* connectTo(client)
        yield* settle
        const attempt = yield* Effect.forkChild(reasonOf(connectTo(client)))
        yield* pass(31_500)
        expect((yield* Fiber.join(attempt))._tag).toBe("ConnectTimeout")
        expect((yield* server.statistics).dropped).toEqual({ [counter]: 6 })
        expect((yield* server.statistics).connectedPeers).toBe(1)
      }
    }))

  it.effect("fails at once with NoFreeSlot when the host's own slots are taken", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      const client = yield* network.host({ maxPeers: 2 })
      yield* connectTo(client)
      const scope = yield* Scope.make()
      yield* connectTo(client).pipe(Scope.provide(scope))
      expect(yield* reasonOf(connectTo(client))).toEqual(new EnetError.NoFreeSlot({ maxPeers: 2 }))
      yield* Scope.close(scope, Exit.void)
      yield* settle
      expect((yield* connectTo(client)).id).toBe(1)
    }))

  it.effect("fails with HostClosed when the host closes meanwhile, and on a host that is closed", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const client = yield* new Network().host().pipe(Scope.provide(scope))
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(client)), { startImmediately: true })
      yield* settle
      yield* Scope.close(scope, Exit.void)
      expect(yield* Fiber.join(attempt)).toEqual(new EnetError.HostClosed({}))
      expect(yield* reasonOf(connectTo(client))).toEqual(new EnetError.HostClosed({}))
    }))

  it.effect("fails with PeerDisconnected when somebody resets the peer meanwhile", () =>
    Effect.gen(function*() {
      const client = yield* new Network().host()
      for (const end of ["reset", "disconnect", "disconnectNow", "disconnectLater"] as const) {
        const attempt = yield* Effect.forkChild(reasonOf(connectTo(client)), { startImmediately: true })
        yield* settle
        const peer = yield* onlyPeer(client)
        yield* end === "reset" ? peer.reset : peer[end]()
        expect(yield* Fiber.join(attempt)).toEqual(new EnetError.PeerDisconnected({ peer: 0 }))
      }
    }))

  it.effect("frees its slot when it is interrupted, at any time", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const client = yield* network.host({ maxPeers: 1 })
      const atClient = yield* record(client)
      let cut = 0
      // the request, the answer and the acknowledgement on their way, and one more
      for (; cut < 4; cut++) {
        let passed = 0
        network.passes = () => passed++ < cut
        const attempt = yield* Effect.forkChild(Effect.scoped(Effect.andThen(connectTo(client), Effect.never)))
        yield* pass(3)
        yield* Fiber.interrupt(attempt)
        network.passes = () => true
        yield* pass(60_000)
        expect(yield* client.peers).toEqual([])
      }
      expect((yield* server.statistics).connectedPeers).toBe(0)
      // whoever was told of a connection was told of its end
      expect(atClient.filter(({ _tag }) => _tag === "Connect").length).toBe(
        atClient.filter(({ _tag }) => _tag === "Disconnect").length
      )
      yield* connectTo(client)
    }))

  it.effect("leaves nothing in the events when it fails", () =>
    Effect.gen(function*() {
      const client = yield* new Network().host()
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(client, { timeout: 100 })))
      yield* pass(100)
      yield* Fiber.join(attempt)
      const events = yield* record(client)
      yield* settle
      expect(told(events)).toEqual([])
    }))
})
