import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { NetAddress } from "effect/net"
import { connected, expectEvent, hasIpv6 } from "./utils/hosts.ts"

const failure = (options: NodeEnetHost.Options) => Effect.map(Effect.flip(NodeEnetHost.make(options)), (e) => e.reason)

describe("addresses of NodeEnetHost", () => {
  it.live("binds every IPv4 address and a free port by default", () =>
    Effect.gen(function*() {
      const { address } = yield* NodeEnetHost.make()
      assert.strictEqual(NetAddress.formatIp(address.address), "0.0.0.0")
      assert.isAbove(address.port, 0)
    }))

  it.live("resolves host names to connect to and to bind", () =>
    Effect.gen(function*() {
      const { serverPeer } = yield* connected({ server: { bind: { address: "localhost" } }, address: "localhost" })
      assert.strictEqual(NetAddress.formatIp(serverPeer.address.address), "127.0.0.1")
    }))

  it.live("names an unknown host", () =>
    Effect.gen(function*() {
      const host = yield* NodeEnetHost.make()
      const error = yield* Effect.flip(host.connect({ address: "no-such-host.invalid", port: 1 }))
      assert.strictEqual(error.reason._tag, "AddressNotResolved")
      assert.include(error.message, "no-such-host.invalid")

      const reason = yield* failure({ bind: { address: "no-such-host.invalid" } })
      assert.strictEqual(reason._tag, "AddressNotResolved")
      assert.strictEqual(reason.message, "cannot resolve no-such-host.invalid: unknown host")
    }))

  it.live("says that a port is taken", () =>
    Effect.gen(function*() {
      const first = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
      const reason = yield* failure({ bind: { address: "127.0.0.1", port: first.address.port } })
      assert.deepInclude(reason, { _tag: "SocketFailed", operation: "open", detail: "the address is in use" })
      const address = `127.0.0.1:${first.address.port}`
      assert.strictEqual(reason.message, `socket open failed on ${address}: the address is in use`)
    }))

  it.live("says that an address is not its own", () =>
    Effect.gen(function*() {
      const reason = yield* failure({ bind: { address: "192.0.2.1" } })
      assert.deepInclude(reason, {
        _tag: "SocketFailed",
        operation: "open",
        address: "192.0.2.1",
        detail: "the address is not available on this machine"
      })
    }))

  it.live("takes buffers that the kernel does not grant", () =>
    Effect.gen(function*() {
      yield* connected({ server: { kernelReceiveBufferSize: 0x7fffffff, kernelSendBufferSize: 0x7fffffff } })
    }))

  it.live("names the option that is out of range", () =>
    Effect.gen(function*() {
      const invalid = (field: string, expected: string, actual: string) => ({
        _tag: "InvalidOption" as const,
        field,
        expected,
        actual
      })
      const cases: ReadonlyArray<readonly [NodeEnetHost.Options, ReturnType<typeof invalid>]> = [
        [{ maxPeers: 5000 }, invalid("maxPeers", "an integer from 1 to 4095", "5000")],
        [{ mtu: 100 }, invalid("mtu", "an integer from 576 to 4096", "100")],
        [{ bind: { port: 70_000 } }, invalid("bind.port", "an integer from 0 to 65535", "70000")],
        [
          { kernelReceiveBufferSize: 0 },
          invalid("kernelReceiveBufferSize", "an integer from 1 to 2147483647", "0")
        ],
        [
          { family: "dual", bind: { address: "127.0.0.1" } },
          invalid("bind.address", "an IPv6 address or a host name with family \"dual\"", "\"127.0.0.1\"")
        ],
        [
          { family: "ipv4", bind: { address: "::" } },
          invalid("bind.address", "an IPv4 address or a host name with family \"ipv4\"", "\"::\"")
        ]
      ]
      for (const [options, expected] of cases) {
        assert.deepInclude(yield* failure(options), expected)
      }
    }))

  describe.skipIf(!hasIpv6)("with IPv6", () => {
    it.live("talks IPv6", () =>
      Effect.gen(function*() {
        const { clientPeer, serverEvents, serverPeer } = yield* connected({
          server: { bind: { address: "::1" } },
          client: { family: "ipv6" },
          address: "::1"
        })
        assert.strictEqual(NetAddress.formatIp(serverPeer.address.address), "::1")
        yield* clientPeer.send(0, "over IPv6")
        assert.strictEqual((yield* expectEvent(serverEvents, "Receive")).packet.length, 9)
      }))

    it.live("shows IPv4 clients of a dual-stack server as IPv4, and IPv6 ones as IPv6", () =>
      Effect.gen(function*() {
        const ipv4 = yield* connected({ server: { bind: {}, family: "dual" } })
        assert.isTrue(NetAddress.isInetAddressV4(ipv4.serverPeer.address))
        assert.strictEqual(NetAddress.formatIp(ipv4.serverPeer.address.address), "127.0.0.1")
        yield* ipv4.serverPeer.send(0, "back")
        yield* expectEvent(ipv4.clientEvents, "Receive")

        const ipv6 = yield* connected({
          server: { bind: {}, family: "dual" },
          client: { family: "ipv6" },
          address: "::1"
        })
        assert.strictEqual(NetAddress.formatIp(ipv6.serverPeer.address.address), "::1")
      }))

    it.live("connects to both families from one dual-stack socket", () =>
      Effect.gen(function*() {
        const client = yield* NodeEnetHost.make({ family: "dual" })
        const ipv4 = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
        const ipv6 = yield* NodeEnetHost.make({ bind: { address: "::1" } })
        for (const [address, server] of [["127.0.0.1", ipv4], ["::1", ipv6], ["localhost", ipv4]] as const) {
          const peer = yield* client.connect({ address, port: server.address.port, timeout: 2000 })
          assert.strictEqual(
            NetAddress.formatIp(peer.address.address),
            address === "localhost" ? "127.0.0.1" : address
          )
        }
      }))
  })
})
