/**
 * Many packets through libenet's range coder and ours, with and without checksum.
 */
import { type EnetPeer, RangeCoder } from "@effect-enet/core"
import { Effect, Stream } from "effect"
import { gamePackets, randomPackets } from "../../bench/gamePackets.ts"
import { type Case, checkData, checkSummary, must } from "./cases.ts"
import { cClient, cServer, fail } from "./CPeer.ts"
import { equal, ourEcho, ourHost } from "./ours.ts"

const MESSAGES = 10_000
const SIZE = 96

/** Sends all packets without waiting for their echoes, and checks those, in order, as they come. */
const pipeline = Effect.fnUntraced(function*(peer: EnetPeer.EnetPeer, packets: ReadonlyArray<Uint8Array>) {
  yield* Effect.forkScoped(Effect.forEach(packets, (packet) => peer.send(0, packet), { discard: true }))
  let received = 0
  yield* peer.messages.pipe(
    Stream.take(packets.length),
    Stream.runForEachArray((messages) => {
      for (const { packet } of messages) {
        const expected = packets[received++]
        if (expected === undefined || !equal(packet, expected)) return fail(`packet ${received} came back different`)
      }
      return Effect.void
    })
  )
  yield* must(received === packets.length, `${received} of ${packets.length} packets came back`)
})

/** None is empty: libenet as its authors ship it crashes when it has to compress an empty packet. */
const packetsOf = { random: randomPackets(MESSAGES, SIZE), game: gamePackets(MESSAGES, SIZE) }

const many = (kind: "random" | "game", checksum: boolean): Case => {
  const flags = ["--range-coder", ...(checksum ? ["--checksum"] : [])]
  const packets = packetsOf[kind]
  // of what the host sends, random bytes stay as they are; those of a game get smaller, headers and all
  const checkSize = (sent: number) =>
    must((sent < MESSAGES * SIZE) === (kind === "game"), `${sent} bytes were sent for ${MESSAGES * SIZE} of packets`)
  return {
    name: `range coder${checksum ? " and checksum" : ""}: ${MESSAGES} packets, ${kind}`,
    ourClient: Effect.gen(function*() {
      const server = yield* cServer(...flags)
      const host = yield* ourHost({ checksum, compressor: RangeCoder.make() })
      const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
      yield* pipeline(peer, packets)
      yield* checkSize((yield* host.statistics).sentData)
      yield* peer.disconnect(7)
      yield* checkData(yield* server.expect("disconnect"), 7)
    }),
    ourServer: Effect.gen(function*() {
      const { host, port } = yield* ourEcho({ checksum, compressor: RangeCoder.make() })
      const game = kind === "game" ? ["--game"] : []
      const client = yield* cClient(port, "--messages", MESSAGES, "--size", SIZE, ...game, ...flags)
      yield* checkSummary(yield* client.expect("summary"), MESSAGES)
      yield* checkSize((yield* host.statistics).sentData)
    })
  }
}

/** The C server does not echo them: it would have to compress them, see above. The C client of ours keeps them from libenet's coder. */
const empty: Case = {
  name: "range coder: empty packets",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer("--range-coder", "--no-echo")
    const host = yield* ourHost({ compressor: RangeCoder.make() })
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
    for (let index = 0; index < 20; index++) {
      yield* peer.send(0, index % 2 === 0 ? "" : "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
      const line = yield* server.expect("receive")
      yield* must(line.length === (index % 2 === 0 ? 0 : 52), `${line.length} bytes arrived`)
    }
  }),
  ourServer: Effect.gen(function*() {
    const { port } = yield* ourEcho({ compressor: RangeCoder.make() })
    const client = yield* cClient(port, "--messages", 100, "--size", 0, "--range-coder")
    yield* checkSummary(yield* client.expect("summary"), 100)
  })
}

export const compressionCases: ReadonlyArray<Case> = [
  many("random", false),
  many("game", false),
  many("random", true),
  many("game", true),
  empty
]
