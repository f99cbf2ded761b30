/**
 * The table of what happens when server and client do not use the same compression: does the connection come about, and
 * which of two reliable packets of the client, 8 and 600 bytes that repeat, arrives within a moment.
 *
 * Nothing connects, with two exceptions: zstd sometimes cannot make a connection request or its answer smaller, which then
 * is as good as uncompressed. A server without compression takes the request; what does become smaller later never
 * arrives. A client without compression takes the answer, and a server with it takes all that this client sends.
 */
import { Effect, Stream } from "effect"
import type { Case } from "../matrix/cases.ts"
import { type CPeer, fail, type Line } from "../matrix/CPeer.ts"
import {
  CHANNELS,
  frame,
  freePort,
  godotQuietly,
  inMode,
  modes,
  RELIABLE_CHANNEL,
  SERVER_ID,
  unframe
} from "./Godot.ts"

const WAIT_MS = 1500

const NONE = 0
const ZSTD = 4

const numbers = modes.map((_, mode) => mode)

/** By server and client: the lengths that arrived, or `undefined` when there was no connection. */
type Table = ReadonlyMap<string, ReadonlyArray<number> | undefined>

const cell = (server: number, client: number): string => `${server} ${client}`

const isExpected = (server: number, client: number, arrived: ReadonlyArray<number> | undefined): boolean =>
  server === client
    ? arrived?.join() === "8,600"
    : server === NONE && client === ZSTD
    ? arrived === undefined || !arrived.includes(600)
    : server === ZSTD && client === NONE
    ? arrived === undefined || arrived.join() === "8,600"
    : arrived === undefined

const checkTable = (table: Table) => {
  const wrong = numbers.flatMap((server) =>
    numbers.filter((client) => !isExpected(server, client, table.get(cell(server, client))))
      .map((client) =>
        `${modes[server]?.name} server, ${modes[client]?.name} client: ` +
        (table.get(cell(server, client))?.join(" and ") ?? "no connection")
      )
  )
  return wrong.length === 0 ? Effect.void : fail(wrong.join("; "))
}

/** The packets of Godot's probe. */
const probes = [8, 600].map((length) => Uint8Array.from({ length }, (_, index) => index % 4))

const idOf = (server: number, client: number): number => 1000 + server * 10 + client

/** What a client of ours says when it cannot connect. */
const checkHint = (server: number, client: number, message: string) => {
  const expected = client === NONE
    ? /are compressed, and this host has no compressor/
    : /the same compressor|cannot be decompressed/
  return expected.test(message)
    ? Effect.void
    : fail(`${modes[server]?.name} server, ${modes[client]?.name} client: the error says "${message}"`)
}

const probe = Effect.fnUntraced(function*(
  host: Effect.Success<ReturnType<typeof inMode>>,
  server: number,
  client: number,
  port: number
) {
  const id = idOf(server, client)
  const to = { address: "127.0.0.1", port, channels: CHANNELS, data: id, timeout: WAIT_MS }
  const peer = yield* host.connect(to).pipe(
    Effect.catchReason(
      "EnetError",
      "ConnectTimeout",
      ({ message }) => Effect.as(checkHint(server, client, message), undefined)
    )
  )
  if (peer === undefined) return false
  for (const payload of probes) yield* peer.send(RELIABLE_CHANNEL, frame(id, SERVER_ID, payload))
  yield* Effect.sleep(WAIT_MS)
  return true
})

const linesOf = (peer: CPeer, event: string) =>
  Effect.map(peer.lines, (lines) => lines.filter((line) => line.event === event))

const withOurClients = Effect.gen(function*() {
  const ports = yield* Effect.forEach(numbers, () => freePort)
  const servers = yield* godotQuietly("peer.gd", ...ports.map((port, mode) => `--serve=${port}:${mode}`))
  yield* Effect.forEach(numbers, () => servers.expect("listening"), { discard: true })
  const hosts = yield* Effect.forEach(numbers, inMode)
  const cells = yield* Effect.forEach(
    ports.flatMap((port, server) => hosts.map((host, client) => ({ host, server, client, port }))),
    ({ client, host, port, server }) =>
      Effect.map(probe(host, server, client, port), (connected) => ({ server, client, connected })),
    { concurrency: "unbounded" }
  )
  const received: ReadonlyArray<Line> = yield* linesOf(servers, "receive")
  const arrived = (server: number, client: number) =>
    received.filter(({ endpoint, id }) => endpoint === server && id === idOf(server, client))
      .map(({ length = -1 }) => length)
  yield* checkTable(
    new Map(
      cells.map((
        { client, connected, server }
      ) => [cell(server, client), connected ? arrived(server, client) : undefined])
    )
  )
})

const withOurServers = Effect.gen(function*() {
  const arrived = new Map<number, Array<number>>()
  const hosts = yield* Effect.forEach(numbers, inMode)
  for (const host of hosts) {
    yield* Effect.forkScoped(host.serve((peer, id) => {
      const lengths: Array<number> = []
      arrived.set(id, lengths)
      return Stream.runForEach(
        peer.messages,
        ({ packet }) => Effect.sync(() => lengths.push(unframe(packet).payload.length))
      )
    }))
  }
  const pairs = numbers.flatMap((server) => numbers.map((client) => ({ server, client })))
  const clients = yield* godotQuietly(
    "peer.gd",
    "--probe=1",
    ...pairs.map(({ client, server }) => `--connect=${hosts[server]?.address.port}:${client}`)
  )
  yield* Effect.sleep(2 * WAIT_MS)
  const connected = yield* linesOf(clients, "connected")
  yield* checkTable(
    new Map(pairs.map(({ client, server }, endpoint) => {
      const line = connected.find((line) => line.endpoint === endpoint)
      return [cell(server, client), line === undefined ? undefined : arrived.get(line.id ?? -1) ?? []]
    }))
  )
})

export const mismatchCase: Case = {
  name: "unequal modes do not connect",
  ourClient: withOurClients,
  ourServer: withOurServers
}
