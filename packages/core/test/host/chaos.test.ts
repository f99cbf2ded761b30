import type { EnetEvent, EnetPeer } from "@effect-enet/core"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope, Stream } from "effect"
import { connectTo, Network, pass, patiently, record, seeded, serverPort, text } from "./Kit.ts"

interface Connection {
  readonly peer: EnetPeer.EnetPeer
  readonly scope: Scope.Closeable
  readonly data: number
  sent: number
}

/** What a server saw of each connection, by the data that its client gave. */
const historiesOf = (events: ReadonlyArray<EnetEvent.EnetEvent>) => {
  const byConnection = new Map<number, Array<EnetEvent.EnetEvent>>()
  for (const event of events) {
    const history = byConnection.get(event.peer.connection)
    if (history === undefined) byConnection.set(event.peer.connection, [event])
    else history.push(event)
  }
  return [...byConnection.values()]
}

const packetsOf = (events: ReadonlyArray<EnetEvent.EnetEvent>) =>
  events.flatMap((event) => event._tag === "Receive" ? [text(event.packet)] : [])

const life = Effect.fnUntraced(function*(seed: number) {
  const next = seeded(seed)
  const chance = (percent: number) => next() % 100 < percent
  const network = new Network()
  const server = yield* network.host({ maxPeers: 12, maximumWaitingData: 5000 }, serverPort)
  const client = yield* network.host({ maxPeers: 12, outgoingQueueLimit: 5000 })
  const events = yield* record(server)
  const connections: Array<Connection> = []
  const open: Array<Connection> = []
  let attempts = 0
  const connecting = Effect.gen(function*() {
    const data = attempts++
    const scope = yield* Scope.make()
    const peer = yield* connectTo(client, { data }).pipe(Scope.provide(scope))
    const connection = { peer, scope, data, sent: 0 }
    connections.push(connection)
    open.push(connection)
  })
  const sending = (connection: Connection) =>
    Effect.suspend(() => {
      const size = next() % 10 === 0 ? 3000 : 20
      const packet = `${connection.data} ${connection.sent}`.padEnd(size)
      return Effect.map(
        connection.peer.send(0, packet, { whenFull: "fail" }),
        () => void connection.sent++
      )
    })
  const ending = (connection: Connection) => {
    open.splice(open.indexOf(connection), 1)
    const { peer, scope } = connection
    const ends = [peer.disconnect(1), peer.disconnectNow(2), peer.disconnectLater(3), peer.reset, Effect.void]
    return Effect.andThen(Effect.ignore(ends[next() % ends.length] ?? Effect.void), Scope.close(scope, Exit.void))
  }
  network.passes = () => !chance(5)
  for (let round = 0; round < 300; round++) {
    if (open.length < 6 && chance(20)) yield* Effect.forkScoped(Effect.ignore(connecting))
    for (const connection of open.slice()) {
      for (let i = next() % 4; i > 0; i--) yield* Effect.ignore(sending(connection))
      if (chance(3)) yield* ending(connection)
    }
    if (chance(3)) {
      const [peer] = yield* server.peers
      // no reset: the client would go on sending into the slot, which two bits of session id hardly protect
      if (peer !== undefined) yield* Effect.ignore(peer.disconnect(9))
    }
    yield* pass(next() % 60)
  }
  network.passes = () => true
  // the last attempts to connect
  yield* pass(40_000)
  for (const connection of open.slice()) yield* ending(connection)
  yield* pass(120_000)
  return { client, connections, events, server }
})

describe("a random life", () => {
  for (let seed = 1; seed <= 6; seed++) {
    it.effect(`keeps the promises of events, and leaves nothing behind: ${seed}`, () =>
      Effect.gen(function*() {
        const { client, connections, events, server } = yield* life(seed)
        const histories = historiesOf(events)
        expect(histories.length).toBeGreaterThan(5)
        for (const history of histories) {
          const [first, ...rest] = history
          const last = rest.pop()
          if (first?._tag !== "Connect" || last?._tag !== "Disconnect") throw new Error("neither begun nor ended")
          expect(rest.every(({ _tag }) => _tag === "Receive")).toBe(true)
          const connection = connections.find(({ data }) => data === first.data)
          // without gaps, in order, and no more than was sent
          const packets = packetsOf(rest).map((packet) => packet.trim())
          expect(packets).toEqual(packets.map((_, i) => `${first.data} ${i}`))
          expect(packets.length).toBeLessThanOrEqual(connection?.sent ?? 0)
        }
        expect(yield* server.peers).toEqual([])
        expect(yield* client.peers).toEqual([])
        expect((yield* server.statistics).connectedPeers).toBe(0)
        expect((yield* client.statistics).connectedPeers).toBe(0)
        for (const { peer } of connections) {
          expect(["Remote", "Local", "Timeout", "Closed"]).toContain((yield* peer.closed)._tag)
          expect(yield* Stream.runCollect(peer.messages)).toEqual([])
        }
      }).pipe(patiently), 30_000)
  }
})
