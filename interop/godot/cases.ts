/**
 * Godot 3 and our hosts in all five compression modes: packets there and back.
 */
import type { EnetError, EnetHost, EnetPeer } from "@effect-enet/core"
import { Effect, Stream } from "effect"
import { gamePackets, randomPackets } from "../../bench/gamePackets.ts"
import { type Case, checkSummary, must } from "../matrix/cases.ts"
import { fail, type InteropError } from "../matrix/CPeer.ts"
import { equal } from "../matrix/ours.ts"
import {
  ADD_PEER,
  CHANNELS,
  frame,
  freePort,
  godot,
  godotQuietly,
  inMode,
  modes,
  OTHER_CHANNEL,
  RELIABLE_CHANNEL,
  REMOVE_PEER,
  SERVER_ID,
  SYSTEM_CHANNEL,
  unframe
} from "./Godot.ts"

const MESSAGES = 1000
const SIZE = 1200
const OUR_ID = 0x1234567

/** Godot's transfer modes, and how ENet carries them. */
const transfers = [
  { name: "reliable", mode: "reliable", channel: RELIABLE_CHANNEL },
  { name: "ordered", mode: "unreliable", channel: OTHER_CHANNEL },
  { name: "unreliable", mode: "unsequenced", channel: OTHER_CHANNEL }
] as const

type Transfer = typeof transfers[number]

/** Of every length, and one that needs many fragments; Godot sends nothing for an empty one. */
const packets: ReadonlyArray<Uint8Array> = [
  ...gamePackets(MESSAGES / 2, SIZE),
  ...randomPackets(MESSAGES / 2, SIZE)
].map((packet, index) => packet.subarray(0, 1 + (index * 37) % SIZE))

const large: ReadonlyArray<Uint8Array> = [...gamePackets(1, 300_000), ...randomPackets(1, 300_000)]

const send = (peer: EnetPeer.EnetPeer, { channel, mode }: Transfer, payload: Uint8Array) =>
  peer.send(channel, frame(OUR_ID, SERVER_ID, payload), { mode })

const check = (message: EnetPeer.Message, transfer: Transfer, expected: Uint8Array) => {
  const { payload, source, target } = unframe(message.packet)
  return must(
    equal(payload, expected) && source === SERVER_ID && target === OUR_ID && message.channel === transfer.channel &&
      message.mode === transfer.mode,
    `${expected.length} bytes came back as ${payload.length}, ${message.mode}, channel ${message.channel}`
  )
}

/** Reliable packets go out without waiting; the others one by one, so that none is lost in a full buffer. */
const exchange = Effect.fnUntraced(function*(peer: EnetPeer.EnetPeer, transfer: Transfer) {
  if (transfer.name !== "reliable") {
    for (const packet of packets.slice(0, 200)) {
      yield* send(peer, transfer, packet)
      const [echo] = yield* peer.messages.pipe(Stream.take(1), Stream.runCollect)
      if (echo === undefined) return yield* fail("the connection ended")
      yield* check(echo, transfer, packet)
    }
    return
  }
  const all = [...packets, ...large]
  yield* Effect.forkScoped(Effect.forEach(all, (packet) => send(peer, transfer, packet), { discard: true }))
  let received = 0
  yield* peer.messages.pipe(
    Stream.take(all.length),
    Stream.runForEach((message) => check(message, transfer, all[received++] ?? new Uint8Array(0)))
  )
  yield* must(received === all.length, `${received} of ${all.length} packets came back`)
})

/** Sends packets back to whom they came from, as Godot expects them. */
const echo = (peer: EnetPeer.EnetPeer, id: number) =>
  Stream.runForEach(
    peer.messages,
    ({ channel, mode, packet }): Effect.Effect<void, InteropError | EnetError.EnetError> => {
      const { payload, source, target } = unframe(packet)
      return source === id && target === SERVER_ID
        ? peer.send(channel, frame(SERVER_ID, id, payload), { mode })
        : fail(`a packet from ${source} to ${target}, sent by ${id}`)
    }
  )

/** Late and repeated datagrams may be dropped, but none because it could not be read. */
const checkDropped = (host: EnetHost.EnetHost["Service"]) =>
  Effect.flatMap(host.statistics, ({ dropped }) => {
    const unreadable = ["Compressed", "Decompression", "Malformed"].filter((reason) => dropped[reason] !== undefined)
    return must(unreadable.length === 0, `datagrams were dropped: ${JSON.stringify(dropped)}`)
  })

const nobody = new Uint8Array(0)

/** A server's own messages: what it tells a client of another. */
const tidings: Case = {
  name: "messages of its own",
  ourClient: Effect.gen(function*() {
    const port = yield* freePort
    const server = yield* godot("peer.gd", `--serve=${port}:0`)
    yield* server.expect("listening")
    const host = yield* inMode(0)
    const to = { address: "127.0.0.1", port, channels: CHANNELS }
    const first = yield* host.connect({ ...to, data: OUR_ID })
    const second = yield* host.connect({ ...to, data: OUR_ID + 1 })
    const expectTold = (peer: EnetPeer.EnetPeer, what: number, id: number) =>
      Effect.gen(function*() {
        const [message] = yield* peer.messages.pipe(Stream.take(1), Stream.runCollect)
        if (message === undefined) return yield* fail("the connection ended")
        yield* must(
          message.channel === SYSTEM_CHANNEL && message.mode === "reliable" &&
            equal(message.packet, frame(what, id, nobody)),
          `channel ${message.channel}, ${message.mode}: ${message.packet.join(" ")}`
        )
      })
    yield* expectTold(first, ADD_PEER, OUR_ID + 1)
    yield* expectTold(second, ADD_PEER, OUR_ID)
    yield* second.disconnect()
    yield* expectTold(first, REMOVE_PEER, OUR_ID + 1)
  }),
  ourServer: Effect.gen(function*() {
    const host = yield* inMode(0)
    const told = [ADD_PEER, REMOVE_PEER]
    yield* Effect.forkScoped(host.serve((peer) =>
      Effect.andThen(
        Effect.forEach(told, (what) => peer.send(SYSTEM_CHANNEL, frame(what, OUR_ID, nobody))),
        Effect.never
      )
    ))
    const client = yield* godot("peer.gd", `--connect=${host.address.port}:0`, "--probe=1")
    yield* must((yield* client.expect("connect")).id === SERVER_ID, "the first that it learns of is not the server")
    yield* must((yield* client.expect("connect")).id === OUR_ID, "it does not learn of another client")
    yield* must((yield* client.expect("disconnect")).id === OUR_ID, "it does not learn that it went")
  })
}

/** Turned away: by Godot in silence, because the id is taken; by us with a word, long before a timeout. */
const turnedAway: Case = {
  name: "turned away",
  ourClient: Effect.gen(function*() {
    const port = yield* freePort
    const server = yield* godotQuietly("peer.gd", `--serve=${port}:0`)
    yield* server.expect("listening")
    const host = yield* inMode(0)
    const to = { address: "127.0.0.1", port, channels: CHANNELS, data: OUR_ID }
    yield* host.connect(to)
    yield* server.expect("connect")
    const second = yield* host.connect(to)
    yield* second.timeout({ limit: 4, minimum: 500, maximum: 2000 })
    const end = yield* Effect.timeout(second.closed, "15 seconds")
    yield* must(end._tag === "Timeout", `the second of the same id ended by ${end._tag}`)
  }),
  ourServer: Effect.gen(function*() {
    const host = yield* inMode(0)
    yield* host.refuseNewConnections(true)
    const client = yield* godotQuietly("peer.gd", `--connect=${host.address.port}:0`)
    yield* Effect.timeout(client.expect("ended"), "15 seconds")
    const { dropped } = yield* host.statistics
    yield* must(dropped["Refusing"] === 1, `dropped were ${JSON.stringify(dropped)}`)
  })
}

const echoes: ReadonlyArray<Case> = modes.flatMap(({ name }, mode) =>
  transfers.map((transfer): Case => ({
    name: `${name}, ${transfer.name}`,
    ourClient: Effect.gen(function*() {
      const port = yield* freePort
      const server = yield* godot("peer.gd", `--serve=${port}:${mode}`, `--transfer=${transfer.name}`)
      yield* server.expect("listening")
      const host = yield* inMode(mode)
      const peer = yield* host.connect({ address: "127.0.0.1", port, channels: CHANNELS, data: OUR_ID })
      const line = yield* server.expect("connect")
      yield* must(line.id === OUR_ID, `Godot knows us as ${line.id}`)
      yield* exchange(peer, transfer)
      yield* peer.disconnect()
      yield* server.expect("disconnect")
      yield* checkDropped(host)
    }),
    ourServer: Effect.gen(function*() {
      const host = yield* inMode(mode)
      yield* Effect.forkScoped(host.serve(echo))
      const client = yield* godot(
        "peer.gd",
        `--connect=${host.address.port}:${mode}`,
        `--transfer=${transfer.name}`,
        `--messages=${MESSAGES}`,
        `--size=${SIZE}`
      )
      yield* checkSummary(yield* client.expect("summary"), MESSAGES)
      yield* checkDropped(host)
    })
  }))
)

export const godotCases: ReadonlyArray<Case> = [...echoes, tidings, turnedAway]
