import { EnetError, EnetHost, type HostOptions } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { AddressResolver } from "effect/net"
import { connectTo, localhost, Network, pair, reasonOf, serverPort } from "./Kit.ts"

const makeWith = (options: object) =>
  EnetHost.make(options as HostOptions.HostOptions).pipe(Effect.provide(MemoryNetwork.make().layer()), Effect.scoped)

const invalid = (field: string, expected: string, actual: string) =>
  new EnetError.InvalidOption({ field, expected, actual })

const ranges: ReadonlyArray<readonly [string, number, number]> = [
  ["maxPeers", 1, 4095],
  ["channelLimit", 0, 255],
  ["incomingBandwidth", 0, 0xffffffff],
  ["outgoingBandwidth", 0, 0xffffffff],
  ["mtu", 576, 4096],
  ["duplicatePeers", 1, 4095],
  ["maximumPacketSize", 1, 0x7fffffff],
  ["maximumWaitingData", 1, 0x7fffffff],
  ["outgoingQueueLimit", 1, 0x7fffffff]
]

describe("host options", () => {
  for (const [field, minimum, maximum] of ranges) {
    it.effect(`${field} takes ${minimum} to ${maximum} and names what it was given instead`, () =>
      Effect.gen(function*() {
        yield* makeWith({ [field]: minimum })
        yield* makeWith({ [field]: maximum })
        const expected = `an integer from ${minimum} to ${maximum}`
        for (const value of [minimum - 1, maximum + 1, minimum + 0.5, NaN, Infinity, null, true]) {
          expect(yield* reasonOf(makeWith({ [field]: value }))).toEqual(invalid(field, expected, String(value)))
        }
        expect(yield* reasonOf(makeWith({ [field]: "10" }))).toEqual(invalid(field, expected, "\"10\""))
      }))
  }

  it.effect("refuseNewConnections is a boolean", () =>
    Effect.gen(function*() {
      expect(yield* reasonOf(makeWith({ refuseNewConnections: 1 }))).toEqual(
        invalid("refuseNewConnections", "boolean", "1")
      )
    }))

  it.effect("an option that is undefined counts as left out", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host({ maxPeers: undefined, channelLimit: undefined })
      expect(yield* host.maxChannels).toBe(255)
    }))

  it.effect("a bad option is found before the socket is opened", () =>
    Effect.gen(function*() {
      const network = new Network()
      yield* network.host({}, serverPort)
      // the port is taken, which the second host does not get to learn
      expect((yield* reasonOf(network.host({ mtu: 1 }, serverPort)))._tag).toBe("InvalidOption")
      expect(yield* reasonOf(network.host({}, serverPort))).toMatchObject({
        _tag: "SocketFailed",
        operation: "open",
        detail: "the address is in use"
      })
    }))

  it.effect("the message of an error says it all in one line", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(makeWith({ mtu: 5000 }))
      expect(error.message).toBe("mtu must be an integer from 576 to 4096, got 5000")
    }))
})

describe("connect options", () => {
  const cases: ReadonlyArray<readonly [string, object, string]> = [
    ["channels", { channels: 0 }, "an integer from 1 to 255"],
    ["channels", { channels: 256 }, "an integer from 1 to 255"],
    ["channels", { channels: 1.5 }, "an integer from 1 to 255"],
    ["data", { data: -1 }, "an integer from 0 to 4294967295"],
    ["data", { data: 0x100000000 }, "an integer from 0 to 4294967295"],
    ["timeout", { timeout: 0 }, "an integer from 1 to 2147483647"],
    ["timeout", { timeout: NaN }, "an integer from 1 to 2147483647"],
    ["port", { port: 0 }, "an integer from 1 to 65535"],
    ["port", { port: 65536 }, "an integer from 1 to 65535"],
    ["port", { port: 7777.5 }, "an integer from 1 to 65535"]
  ]
  it.effect("each names its range, and no slot is taken", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host({ maxPeers: 1 })
      for (const [field, options, expected] of cases) {
        const actual = String(Object.values(options)[0])
        expect(yield* reasonOf(connectTo(host, options))).toEqual(invalid(field, expected, actual))
      }
      expect(yield* host.peers).toEqual([])
    }))

  it.effect("a host name without a resolver is not resolved", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host()
      const reason = yield* reasonOf(connectTo(host, { address: "game.example" }))
      expect(reason).toMatchObject({ _tag: "AddressNotResolved", host: "game.example" })
      expect(reason.message).toContain("no resolver")
      expect(yield* host.peers).toEqual([])
    }))

  it.effect("an IPv6 address cannot be reached from an IPv4 socket", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host()
      const reason = yield* reasonOf(connectTo(host, { address: "::1" }))
      expect(reason).toMatchObject({ _tag: "AddressNotResolved", host: "::1" })
    }))

  it.effect("a host name is looked up by the resolver of the host's context", () =>
    Effect.gen(function*() {
      const network = new Network()
      const server = yield* network.host({}, serverPort)
      const asked: Array<unknown> = []
      const resolve: unknown = (target: unknown) => {
        asked.push(target)
        return Effect.succeed([server.address])
      }
      const resolver = { resolve } as AddressResolver.AddressResolver["Service"]
      const client = yield* network.host().pipe(Effect.provideService(AddressResolver.AddressResolver, resolver))
      const peer = yield* connectTo(client, { address: "game.example" })
      expect(peer.address).toEqual(server.address)
      expect(asked).toEqual([{ host: "game.example", port: serverPort }])
    }))
})

describe("options of calls", () => {
  it.effect("bandwidthLimit takes unsigned 32-bit numbers", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host()
      const expected = "an integer from 0 to 4294967295"
      expect(yield* reasonOf(host.bandwidthLimit({ incoming: -1 }))).toEqual(invalid("incoming", expected, "-1"))
      expect(yield* reasonOf(host.bandwidthLimit({ incoming: 1, outgoing: 0.1 }))).toEqual(
        invalid("outgoing", expected, "0.1")
      )
    }))

  it.effect("channelLimit takes 0 to 255", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host()
      const expected = "an integer from 0 to 255"
      expect(yield* reasonOf(host.channelLimit(-1))).toEqual(invalid("limit", expected, "-1"))
      expect(yield* reasonOf(host.channelLimit(256))).toEqual(invalid("limit", expected, "256"))
      expect(yield* host.maxChannels).toBe(255)
    }))

  it.effect("the setters and disconnects of a peer take unsigned 32-bit numbers and do nothing with others", () =>
    Effect.gen(function*() {
      const { toServer } = yield* pair()
      const expected = "an integer from 0 to 4294967295"
      const calls = [
        ["interval", toServer.pingInterval(-1)],
        ["limit", toServer.timeout({ limit: -1 })],
        ["minimum", toServer.timeout({ minimum: -1 })],
        ["maximum", toServer.timeout({ maximum: -1 })],
        ["interval", toServer.throttleConfigure({ interval: -1 })],
        ["acceleration", toServer.throttleConfigure({ acceleration: -1 })],
        ["deceleration", toServer.throttleConfigure({ deceleration: -1 })],
        ["data", toServer.disconnect(-1)],
        ["data", toServer.disconnectNow(-1)],
        ["data", toServer.disconnectLater(-1)]
      ] as const
      for (const [field, call] of calls) expect(yield* reasonOf(call)).toEqual(invalid(field, expected, "-1"))
      expect(yield* reasonOf(toServer.disconnect(0x100000000))).toEqual(invalid("data", expected, "4294967296"))
      expect(yield* toServer.state).toBe("Connected")
    }))

  it.effect("socketSend checks its destination", () =>
    Effect.gen(function*() {
      const host = yield* new Network().host()
      expect(yield* reasonOf(host.socketSend({ address: localhost, port: 0 }, "x"))).toEqual(
        invalid("port", "an integer from 1 to 65535", "0")
      )
      expect((yield* reasonOf(host.socketSend({ address: "game.example", port: 1 }, "x")))._tag).toBe(
        "AddressNotResolved"
      )
    }))
})
