import { Checksum, EnetHost, Recorder, Recording, Replay } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"

/** An echo server that records, a client that talks to it and leaves. */
const session = (ring: Recorder.Ring) =>
  Effect.scoped(Effect.gen(function*() {
    const network = MemoryNetwork.make()
    const server = yield* EnetHost.make({ maxPeers: 3, channelLimit: 2 }).pipe(
      Effect.provide(network.layer({ port: 7777 })),
      Effect.provideService(Recorder.Recorder, ring.recorder),
      Effect.provideService(Checksum.Checksum, Checksum.crc32)
    )
    const client = yield* EnetHost.make().pipe(
      Effect.provide(network.layer()),
      Effect.provideService(Checksum.Checksum, Checksum.crc32)
    )
    yield* Effect.forkScoped(
      server.serve((peer) => Stream.runForEach(peer.messages, ({ channel, packet }) => peer.send(channel, packet)))
    )
    const peer = yield* client.connect({ address: "127.0.0.1", port: 7777, channels: 2 })
    for (let i = 0; i < 20; i++) {
      yield* peer.send(i % 2, new Uint8Array(i * 200).fill(i))
      yield* peer.messages.pipe(Stream.take(1), Stream.runDrain)
      yield* TestClock.adjust("300 millis")
    }
    yield* peer.disconnect(9)
    yield* peer.closed
  }))

describe("a recording", () => {
  it.effect("replays to the same datagrams, byte for byte", () =>
    Effect.gen(function*() {
      const ring = yield* Recorder.makeRing({ steps: 10_000 })
      yield* session(ring)
      const recording = yield* Recording.decode((yield* ring.lines).join("\n"))
      expect(recording.header.maxPeers).toBe(3)
      const replayed = yield* Replay.replay(recording, { checksum: Checksum.crc32 })
      expect(replayed.filter(({ same }) => !same)).toEqual([])
      const sent = replayed.flatMap(({ outputs }) => outputs.transmits).length
      expect(sent).toBeGreaterThan(20)
      expect(replayed.flatMap(({ outputs }) => outputs.events).at(-1)).toMatchObject({ _tag: "Disconnect", data: 9 })
    }))

  it.effect("that lost its first steps says so instead of replaying wrongly", () =>
    Effect.gen(function*() {
      const ring = yield* Recorder.makeRing({ steps: 10 })
      yield* session(ring)
      const lines = yield* ring.lines
      expect(lines.length).toBe(11)
      const recording = yield* Recording.decode(lines.join("\n"))
      expect(recording.header.complete).toBe(false)
      const error = yield* Effect.flip(Replay.replay(recording, { checksum: Checksum.crc32 }))
      expect(error.detail).toContain("lost its first steps")
    }))

  it.effect("of a host with a checksum is not replayed without", () =>
    Effect.gen(function*() {
      const ring = yield* Recorder.makeRing({ steps: 10_000 })
      yield* session(ring)
      const recording = yield* Recording.decode((yield* ring.lines).join("\n"))
      const error = yield* Effect.flip(Replay.replay(recording))
      expect(error.detail).toBe("the recorded host used a checksum")
    }))

  it.effect("that is damaged names the line", () =>
    Effect.gen(function*() {
      const ring = yield* Recorder.makeRing({ steps: 10_000 })
      yield* session(ring)
      const lines = [...yield* ring.lines]
      lines[4] = lines[4]!.replace("\"now\"", "\"then\"")
      expect((yield* Effect.flip(Recording.decode(lines.join("\n")))).line).toBe(5)
      expect((yield* Effect.flip(Recording.decode("hello"))).line).toBe(1)
    }))

  it.effect("that ends in the middle of a line has the lines before it", () =>
    Effect.gen(function*() {
      const ring = yield* Recorder.makeRing({ steps: 10_000 })
      yield* session(ring)
      const text = `${(yield* ring.lines).join("\n")}\n`
      const whole = yield* Recording.decode(text)
      expect(whole.truncated).toBe(false)
      const lastLine = text.lastIndexOf("\n", text.length - 2) + 1
      for (const end of [lastLine + 1, text.length - 2]) {
        const cut = yield* Recording.decode(text.slice(0, end))
        expect(cut).toEqual({ header: whole.header, steps: whole.steps.slice(0, -1), truncated: true })
      }
      expect((yield* Recording.decode(text.slice(0, lastLine))).truncated).toBe(false)
      expect(yield* Recording.decode(text.slice(0, -1))).toEqual(whole)
      // a line that somebody ended was not cut, and without its header a recording is none
      expect((yield* Effect.flip(Recording.decode(`${text.slice(0, -2)}\n`))).line).toBe(whole.steps.length + 1)
      expect((yield* Effect.flip(Recording.decode(text.slice(0, 20)))).line).toBe(1)
    }))
})
