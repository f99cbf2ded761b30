import { EnetHost, ReasonCode } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { breakable, readError } from "./Breakable.ts"
import { connectTo, localhost, Network, onlyPeer, pair, pass, reasonOf, serverPort, settle } from "./Kit.ts"

describe("the reason of a disconnection", () => {
  it.effect("is Remote with data, and Local on the other side", () =>
    Effect.gen(function*() {
      const { toClient, toServer } = yield* pair()
      yield* toServer.disconnect(5)
      yield* settle
      expect([yield* toServer.closed, yield* toClient.closed]).toEqual([{ _tag: "Local" }, { _tag: "Remote", data: 5 }])
    }))

  it.effect("is Timeout when the other side stops answering, and Closed when we drop it", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* pair()
      network.passes = () => false
      yield* toServer.reset
      expect(yield* toServer.closed).toEqual({ _tag: "Closed" })
      yield* pass(40_000)
      expect(yield* toClient.closed).toEqual({ _tag: "Timeout" })
    }))

  it.effect("is Refused for an attempt that the other side turned down", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({ refuseNewConnections: true }, serverPort)
      const client = yield* network.host()
      const attempt = yield* Effect.forkChild(reasonOf(connectTo(client)), { startImmediately: true })
      const peer = yield* onlyPeer(client)
      yield* settle
      expect(yield* peer.closed).toEqual({ _tag: "Refused", data: ReasonCode.ReasonCode.Refusing })
      attempt.interruptUnsafe()
    }))

  it.effect("is BudgetExceeded for a peer that hoards fragments, which learns it, too", () =>
    Effect.gen(function*() {
      const { network, toClient, toServer } = yield* pair({ server: { reassemblyLimit: 4096 } })
      // one fragment of the packet is always lost
      let count = 0
      network.passes = ({ bytes }) => bytes.length < 1000 || count++ % 20 !== 0
      yield* toServer.send(0, new Uint8Array(50_000))
      yield* pass(100)
      expect(yield* toClient.closed).toEqual({ _tag: "BudgetExceeded" })
      expect(yield* toServer.closed).toEqual({ _tag: "Remote", data: ReasonCode.ReasonCode.BudgetExceeded })
    }))

  it.effect("is ProtocolViolation for a peer whose datagrams make no sense", () =>
    Effect.gen(function*() {
      const { client, network, toClient } = yield* pair({ server: { malformedLimit: 3 } })
      const [high = 0, low = 0] = network.between(client.address.port).at(-1)!.bytes
      for (let i = 0; i < 3; i++) {
        const noise = Uint8Array.of(high & 0x3f, low, 0xff, 0xff, 0xff, 0xff)
        yield* client.socketSend({ address: localhost, port: serverPort }, noise)
      }
      yield* settle
      expect(yield* toClient.closed).toEqual({ _tag: "ProtocolViolation" })
    }))

  it.effect("is SocketFailed when the host's socket stops working", () =>
    Effect.gen(function*() {
      const { control, layer } = breakable()
      const host = yield* EnetHost.make().pipe(Effect.provide(layer))
      yield* Effect.forkChild(reasonOf(connectTo(host)), { startImmediately: true })
      const peer = yield* onlyPeer(host)
      control.events!.onReadError(readError())
      yield* settle
      expect(yield* peer.closed).toEqual({ _tag: "SocketFailed" })
    }))
})
