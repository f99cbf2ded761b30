import { EnetHost } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { assert, describe, expect, it } from "@effect/vitest"
import { type Cause, Effect, Fiber, Queue, Sink, Stdio, Stream, Terminal } from "effect"
import { TestClock } from "effect/testing"
import { frame, type View } from "../src/cli/top/Frame.ts"
import { amount, sparkline } from "../src/cli/top/Sparkline.ts"
import type { PeerRow } from "../src/cli/top/Table.ts"
import { top } from "../src/cli/top/top.ts"
import { cli } from "./utils/cli.ts"

const peer = (id: number): PeerRow => ({
  id,
  address: `192.168.100.${id}:50000`,
  state: "Connected",
  roundTripTime: 35 + id,
  roundTripTimeVariance: 4,
  roundTripTimes: [30, 35, 40],
  received: [0, 600, 1200],
  sent: [25_000, 50_000],
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
    const row = /^ +1 192\.168\.100\.1:50000 +36 ±4 +▇██ +20\.0% +1\.2 kB +▁▅█ 50\.0 kB +▅█ 32\/32 +1\.2 kB +0 B +12 B$/
    assert.match(lines[8]!.trimEnd(), row)
    assert.strictEqual(lines.length, 37)
  })

  it("shows of a peer what there is room for, the most telling first", () => {
    const titles = (columns: number) =>
      frame(view, { columns, rows: 15 }, false).at(6)?.split(" ").filter((word) => word !== "").join(" ")
    const all = "peer address rtt ms loss in/s out/s pass flight queued unread state"
    assert.deepStrictEqual([30, 50, 80, 100, 200].map(titles), [
      "peer address",
      "peer address rtt ms loss in/s",
      "peer address rtt ms loss in/s out/s",
      "peer address rtt ms loss in/s out/s pass flight",
      all
    ])
    // lines of throughput where numbers leave room, as long as there is room for
    const bars = (columns: number) => frame(view, { columns, rows: 15 }, false).at(7)?.match(/[▁-█]+/g)?.length ?? 0
    assert.deepStrictEqual([50, 80, 100, 200].map(bars), [0, 2, 3, 3])
  })

  it("has a title for every width, with the most telling parts", () => {
    const titleOf = (columns: number) => frame(view, { columns, rows: 15 }, false)[0]
    assert.strictEqual(titleOf(53), "effect-enet 0.0.0.0:7777  up 1:02:05  30 of 32 peers")
    assert.strictEqual(titleOf(50), "0.0.0.0:7777  up 1:02:05  30 of 32 peers")
    assert.strictEqual(titleOf(30), "0.0.0.0:7777  30 of 32 peers")
  })

  it("keeps its words whole at 50 columns", () => {
    const many = { ...view, dropped: { NotEnet: 40, UnknownPeer: 3, Checksum: 2, TooShort: 1, TooLong: 1 } }
    const lines = frame(many, { columns: 50, rows: 15 }, false)
    assert.match(lines[2]!, / 1\.0 kB\/s +12 datagrams\/s$/)
    assert.match(lines[3]!, / 2\.5 MB\/s +3456 datagrams\/s$/)
    assert.strictEqual(lines[4], "dropped NotEnet 40, UnknownPeer 3, Checksum 2, ...")
  })

  it("makes room for the addresses of IPv6", () => {
    const address = "[2001:db8:1234:5678:9abc:def0:1234:5678]:50000"
    const lines = frame({ ...view, peers: [{ ...peer(1), address }] }, { columns: 80, rows: 15 }, false)
    assert.include(lines[7], address)
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
      assert.deepStrictEqual(plain(written.at(-1) ?? "").split("\r\n"), ["127.0.0.1:4", ""])
      yield* Fiber.interrupt(drawing)
      assert.strictEqual(written.at(-1), "\u001b[H\u001b[J\u001b[?25h\u001b[?1049l")
    }))

  it.effect("shows what each peer sent and got in a second", () =>
    Effect.gen(function*() {
      const { stdio, terminal, written } = yield* fakeTerminal
      const network = MemoryNetwork.make()
      const host = yield* EnetHost.make().pipe(Effect.provide(network.layer({ port: 7777 })))
      const client = yield* EnetHost.make().pipe(Effect.provide(network.layer()))
      const toServer = yield* client.connect({ address: "127.0.0.1", port: 7777 })
      yield* Effect.forkChild(
        top(host, 32).pipe(
          Effect.provideService(Stdio.Stdio, stdio),
          Effect.provideService(Terminal.Terminal, terminal)
        )
      )
      yield* TestClock.adjust("1 second")
      yield* toServer.send(0, new Uint8Array(1000))
      yield* TestClock.adjust("1 second")
      const row = () => plain(written.at(-1) ?? "").split("\r\n").at(7) ?? ""
      // with or without the pings of that second
      assert.match(row(), / 1\.[01] kB +[▁-▇]*█ +\d+ B /)
      yield* TestClock.adjust("1 second")
      assert.match(row(), / \d+ B +[▁-▇]*█[▁-▂] +\d+ B /)
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
