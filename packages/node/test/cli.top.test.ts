import { EnetHost } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { assert, describe, expect, it } from "@effect/vitest"
import { type Cause, Effect, Fiber, Queue, Sink, Stdio, Stream, Terminal } from "effect"
import { TestClock } from "effect/testing"
import { amount, frame, type PeerRow, sparkline, type View } from "../src/cli/top/Frame.ts"
import { top } from "../src/cli/top/top.ts"
import { cli } from "./utils/cli.ts"

const peer = (id: number): PeerRow => ({
  id,
  address: `192.168.100.${id}:50000`,
  state: "Connected",
  roundTripTime: 35 + id,
  roundTripTimeVariance: 4,
  roundTripTimes: [30, 35, 40],
  loss: id === 1 ? 0.2 : 0,
  throttle: 32,
  inTransit: 1200,
  outgoing: 0,
  waiting: 12
})

const view: View = {
  address: "0.0.0.0:7777",
  uptime: 3725,
  connected: 30,
  maxPeers: 32,
  received: [0, 500, 1000],
  sent: [10, 20, 2_500_000],
  datagramsIn: 12,
  datagramsOut: 3456,
  dropped: { UnknownPeer: 3, NotEnet: 40 },
  peers: Array.from({ length: 30 }, (_, id) => peer(id))
}

const escapes = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;?]*[a-zA-Z]`, "g")
const plain = (text: string) => text.replaceAll(escapes, "")

describe("the picture", () => {
  it("fits every terminal, with colours and without", () => {
    for (const columns of [1, 20, 40, 60, 79, 80, 110, 133, 200]) {
      for (const rows of [1, 5, 8, 24, 60]) {
        for (const canColor of [true, false]) {
          const lines = frame(view, { columns, rows }, canColor)
          assert.isAtMost(lines.length, rows)
          for (const line of lines) assert.isAtMost(plain(line).length, columns)
          if (!canColor) assert.deepStrictEqual(lines.map(plain), lines)
        }
      }
    }
  })

  it("tells the host, its traffic, what was dropped, and the peers", () => {
    const lines = frame(view, { columns: 120, rows: 40 }, false)
    assert.match(lines[0]!, /^effect-enet 0\.0\.0\.0:7777 {2}up 1:02:05 {2}30 of 32 peers/)
    assert.match(lines[2]!, /^in +▁▅█ 1\.0 kB\/s +12 datagrams\/s/)
    assert.match(lines[3]!, /^out +▂▂█ 2\.5 MB\/s +3456 datagrams\/s/)
    assert.strictEqual(lines[4], "dropped NotEnet 40, UnknownPeer 3")
    assert.match(lines[8]!, /^ +1 192\.168\.100\.1:50000 +36 ±4 +▇██ +20\.0% 32\/32 +1\.2 kB +0 B +12 B/)
    assert.strictEqual(lines.length, 37)
  })

  it("says how many peers do not fit", () => {
    const lines = frame(view, { columns: 80, rows: 24 }, false)
    assert.strictEqual(lines.length, 24)
    assert.strictEqual(lines.at(-1), "and 14 more")
  })

  it("colours a peer by its health", () => {
    const lines = frame(view, { columns: 120, rows: 40 }, true)
    assert.include(lines[7], "\u001b[32m")
    assert.include(lines[8], "\u001b[31m")
  })

  it("draws the newest values at the right, the highest in full", () => {
    expect(sparkline([0, 0, 0], 5)).toBe("  ▁▁▁")
    expect(sparkline([1, 2, 3, 4, 8], 3)).toBe("▄▅█")
    expect(sparkline([], 3)).toBe("   ")
    expect([0, 999, 1000, 123_456, 7_890_000_000].map(amount)).toEqual(["0 B", "999 B", "1.0 kB", "123 kB", "7.9 GB"])
  })
})

describe("serve --top", () => {
  /** A terminal that keeps what is written to it, and can change its size. */
  const fakeTerminal = Effect.gen(function*() {
    const written: Array<string> = []
    const sizes = yield* Queue.make<Terminal.Size, Cause.Done>()
    let size = { columns: 100, rows: 30 }
    const decoder = new TextDecoder()
    const stdio = Stdio.make({
      args: Effect.succeed([]),
      stdin: Stream.empty,
      stdinIsTerminal: Effect.succeed(true),
      stdoutIsTerminal: Effect.succeed(true),
      stderrIsTerminal: Effect.succeed(true),
      stdout: () =>
        Sink.forEach((chunk: string | Uint8Array) =>
          Effect.sync(() => void written.push(typeof chunk === "string" ? chunk : decoder.decode(chunk)))
        ),
      stderr: () => Sink.drain
    })
    const terminal = Terminal.make({
      columns: Effect.sync(() => size.columns),
      rows: Effect.sync(() => size.rows),
      size: Effect.succeed(sizes),
      readInput: Effect.die("nobody types"),
      readLine: Effect.die("nobody types"),
      display: () => Effect.void
    })
    const resize = (columns: number, rows: number) =>
      Effect.suspend(() => {
        size = { columns, rows }
        return Queue.offer(sizes, size)
      })
    return { written, stdio, terminal, resize }
  })

  it.effect("draws each second and on a new size, and leaves the terminal as it was", () =>
    Effect.gen(function*() {
      const { resize, stdio, terminal, written } = yield* fakeTerminal
      const host = yield* EnetHost.make().pipe(Effect.provide(MemoryNetwork.make().layer()))
      const drawing = yield* Effect.forkChild(
        top(host, 32).pipe(
          Effect.provideService(Stdio.Stdio, stdio),
          Effect.provideService(Terminal.Terminal, terminal)
        )
      )
      yield* TestClock.adjust(0)
      assert.strictEqual(written[0], "\u001b[?1049h\u001b[?25l")
      assert.strictEqual(written.length, 2)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual(written.length, 5)
      assert.include(plain(written.at(-1) ?? ""), "up 0:00:03")
      yield* resize(12, 2)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(plain(written.at(-1) ?? "").split("\r\n"), ["effect-enet ", ""])
      yield* Fiber.interrupt(drawing)
      assert.strictEqual(written.at(-1), "\u001b[?25h\u001b[?1049l")
    }))

  it.live("says in words where it cannot draw", () =>
    Effect.gen(function*() {
      const both = yield* cli("serve", "--port", "0", "--top", "--json")
      const chooses = "effect-enet: --top is for people and --json for programs: choose one"
      assert.deepStrictEqual([both.status, both.stderr], [1, [chooses]])
      // the tests' standard output is a pipe
      const piped = yield* cli("serve", "--port", "0", "--top")
      assert.deepStrictEqual([piped.status, piped.stderr], [1, ["effect-enet: --top needs a terminal to draw on"]])
    }))
})
