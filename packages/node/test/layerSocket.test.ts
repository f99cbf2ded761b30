import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { NetAddress } from "effect/net"
import { DatagramSocket } from "effect/socket"
import { hasIpv6 } from "./utils/hosts.ts"

const open = Effect.fnUntraced(function*(options: Parameters<typeof NodeEnetHost.layerSocket>[0]) {
  const context = yield* Layer.build(NodeEnetHost.layerSocket(options))
  const { reader, writer } = yield* DatagramSocket.DatagramSocket.pipe(Effect.provide(context))
  return { reader: yield* reader, writer: yield* writer }
})

describe("NodeEnetHost.layerSocket", () => {
  it.live("sends and receives datagrams", () =>
    Effect.gen(function*() {
      const a = yield* open({ bind: { address: "127.0.0.1" } })
      const b = yield* open({ bind: { address: "127.0.0.1" } })
      yield* a.writer.write({ payload: "ping", address: b.reader.address })
      const [there] = yield* b.reader.pull
      assert.strictEqual(new TextDecoder().decode(there.payload), "ping")
      assert.deepStrictEqual(there.address, a.reader.address)
      yield* b.writer.write({ payload: "pong", address: there })
      assert.strictEqual(new TextDecoder().decode((yield* a.reader.pull)[0].payload), "pong")
    }))

  it.live("fails to open a port that is taken, unless it may be shared", () =>
    Effect.gen(function*() {
      const { reader } = yield* open({ bind: { address: "127.0.0.1" }, reuseAddress: true })
      const bind = { address: "127.0.0.1", port: reader.address.port }
      const error = yield* Effect.flip(open({ bind }))
      assert.isTrue(error._tag === "DatagramSocketError" && error.reason._tag === "DatagramSocketOpenError")
      if (process.platform === "linux") yield* open({ bind, reuseAddress: true })
    }))

  it.live("opens again after it was closed", () =>
    Effect.gen(function*() {
      const socket = yield* DatagramSocket.DatagramSocket
      const first = yield* Effect.scoped(Effect.map(socket.reader, (reader) => reader.address.port))
      const second = yield* Effect.scoped(Effect.map(socket.reader, (reader) => reader.address.port))
      assert.isAbove(first, 0)
      assert.isAbove(second, 0)
    }).pipe(Effect.provide(NodeEnetHost.layerSocket({ bind: { address: "localhost" } }))))

  it.live.skipIf(!hasIpv6)("reaches IPv4 remotes from a dual-stack socket", () =>
    Effect.gen(function*() {
      const dual = yield* open({ family: "dual" })
      const ipv4 = yield* open({ bind: { address: "127.0.0.1" } })
      yield* dual.writer.write({ payload: "ping", address: ipv4.reader.address })
      const [there] = yield* ipv4.reader.pull
      assert.strictEqual(there.address.port, dual.reader.address.port)
      yield* ipv4.writer.write({ payload: "pong", address: there })
      const [back] = yield* dual.reader.pull
      assert.strictEqual(NetAddress.formatIp(NetAddress.toCanonical(back.address.address)), "127.0.0.1")
    }))

  it.live.skipIf(!hasIpv6)("keeps IPv4 out of an IPv6 socket", () =>
    Effect.gen(function*() {
      const ipv6 = yield* open({ family: "ipv6" })
      // Both can have the same port, because they do not overlap.
      yield* open({ bind: { address: "0.0.0.0", port: ipv6.reader.address.port } })
    }))
})
