import { type EnetHost, Entropy } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  captureLog,
  connectTo,
  localhost,
  Network,
  onlyPeer,
  pass,
  record,
  seeded,
  serverPort,
  settle,
  told
} from "./Kit.ts"
import { connect, datagram } from "./Raw.ts"

const count = 5000

const randomBytes = (next: () => number, length: number): Uint8Array => Uint8Array.from({ length }, () => next() & 0xff)

/** Noise, noise behind the first two bytes of a peer's header, and commands of ENet with noise in them. */
const noise = (next: () => number, header: ReadonlyArray<number>): Uint8Array => {
  const bytes = randomBytes(next, next() % 200)
  if (bytes.length < 6) return bytes
  const kind = next() % 4
  if (kind > 0) bytes.set(header)
  if (kind > 1) bytes[4] = (bytes[4]! & 0xf0) | (1 + next() % 12)
  return bytes
}

/** A server with one connected client, whose fibers log into `lines`. Noise never hits upon the ids of a seed by chance. */
const connected = Effect.gen(function*() {
  const network = new Network()
  const log = captureLog()
  const server = yield* network.host({ maxPeers: 8 }, serverPort).pipe(Effect.provide(log.layer))
  const client = yield* network.host()
  const events = yield* record(server)
  const peer = yield* connectTo(client)
  yield* settle
  return { network, server, client, peer, events, lines: log.lines }
}).pipe(Effect.provideServiceEffect(Entropy.Entropy, Effect.sync(() => seeded(4))))

/** How the client's datagrams begin, when they have a sent time. */
const headerOf = (network: Network, client: EnetHost.EnetHost["Service"]): ReadonlyArray<number> => {
  const [high = 0, low = 0] = network.between(client.address.port).at(-1)!.bytes
  return [high | 0x80, low]
}

const totalOf = (dropped: EnetHost.HostStatistics["dropped"]): number =>
  Object.values(dropped).reduce((sum, n) => sum + n, 0)

describe("random datagrams", () => {
  it.effect("from a stranger are counted, and nothing else happens", () =>
    Effect.gen(function*() {
      const { client, events, lines, network, peer, server } = yield* connected
      const header = headerOf(network, client)
      const stranger = yield* network.raw()
      const next = seeded(1)
      for (let i = 0; i < count; i++) {
        yield* stranger.send(serverPort, noise(next, header))
        if (i % 500 === 0) yield* settle
      }
      yield* settle
      const { dropped } = yield* server.statistics
      expect(totalOf(dropped)).toBe(count)
      expect(Object.keys(dropped).toSorted()).toEqual(["TooShort", "UnknownPeer", "WrongAddress"])
      expect(stranger.received).toEqual([])
      expect((yield* server.peers).length).toBe(1)
      yield* peer.send(0, "still here")
      yield* settle
      expect(told(events)).toEqual(["1 connect 0", "1 receive 0 still here"])
      expect(lines).toEqual([])
    }))

  it.effect("from a connected peer's address are counted, and the peer goes on", () =>
    Effect.gen(function*() {
      const { client, events, lines, peer, server } = yield* connected
      const next = seeded(2)
      const destination = { address: localhost, port: serverPort }
      for (let i = 0; i < count; i++) {
        yield* client.socketSend(destination, randomBytes(next, next() % 200))
        if (i % 500 === 0) yield* settle
      }
      yield* settle
      expect(totalOf((yield* server.statistics).dropped)).toBeGreaterThan(count * 0.99)
      yield* peer.send(0, "still here")
      yield* pass(1000)
      expect(told(events).at(-1)).toBe("1 receive 0 still here")
      expect(yield* peer.state).toBe("Connected")
      expect(lines).toEqual([])
    }))

  it.effect("behind a connected peer's own header do no harm to the host", () =>
    Effect.gen(function*() {
      const { client, lines, network, server } = yield* connected
      const next = seeded(3)
      const destination = { address: localhost, port: serverPort }
      const reasons = new Set<string>()
      for (let i = 0; i < count; i++) {
        if ((yield* server.statistics).connectedPeers === 0) {
          // it was a DISCONNECT after all
          yield* pass(60_000)
          yield* connectTo(client)
          yield* settle
        }
        yield* client.socketSend(destination, noise(next, headerOf(network, client)))
        if (i % 50 === 0) yield* settle
        for (const reason of Object.keys((yield* server.statistics).dropped)) reasons.add(reason)
      }
      yield* pass(60_000)
      expect(reasons).toContain("Malformed")
      expect(reasons).toContain("Unacceptable")
      expect(reasons).toContain("UnknownPeer")
      expect(lines).toEqual([])
      const fresh = yield* network.host()
      const peer = yield* connectTo(fresh)
      yield* peer.send(0, "hello")
      yield* settle
      expect((yield* server.statistics).connectedPeers).toBeGreaterThan(0)
    }))
})

describe("a flood of connection requests", () => {
  it.effect("takes no slots, and others can connect meanwhile", () =>
    Effect.gen(function*() {
      const { events, lines, network, peer, server } = yield* connected
      const stranger = yield* network.raw()
      for (let i = 0; i < 500; i++) {
        const request = connect({ connectID: i, outgoingPeerID: i })
        yield* stranger.send(serverPort, datagram({ peerID: 0xfff }, request))
      }
      yield* settle
      expect((yield* server.statistics).dropped).toEqual({})
      expect(stranger.received.length).toBe(500)
      expect(told(events)).toEqual(["1 connect 0"])
      expect(yield* onlyPeer(server)).toBeDefined()
      yield* connectTo(yield* network.host())
      yield* pass(31_500)
      expect(yield* peer.state).toBe("Connected")
      expect(stranger.received.length).toBe(500)
      expect(lines).toEqual([])
    }))
})
