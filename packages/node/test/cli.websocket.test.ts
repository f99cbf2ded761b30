import { NodeWebSocketClient } from "@effect-enet/websocket"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { cli, eventually, parse, serve } from "./utils/cli.ts"
import { identity } from "./utils/identity.ts"

describe("effect-enet over WebSocket", () => {
  it.live("serve --websocket echoes what client --url sends, and both tell the events that hosts on UDP have", () =>
    Effect.gen(function*() {
      const server = yield* serve("--websocket", "--json")
      const url = `ws://127.0.0.1:${server.port}`
      const { status, stderr, stdout } = yield* cli(
        "client",
        "--url",
        url,
        "--messages",
        "3",
        "--size",
        "100000",
        "--json"
      )
      assert.deepStrictEqual([status, stderr], [0, []])
      const lines = parse(stdout)
      assert.deepStrictEqual(lines.map(({ event }) => event), [
        "connect",
        "receive",
        "receive",
        "receive",
        "disconnect",
        "summary"
      ])
      assert.deepInclude(lines[0], { peer: 1, address: "127.0.0.1", port: Number(server.port), channels: 1, data: 0 })
      assert.deepInclude(lines[1], { peer: 1, channel: 0, length: 100_000, mode: "reliable" })
      assert.deepStrictEqual(lines[4], { event: "disconnect", peer: 1, data: 0, reason: "local" })
      assert.deepInclude(lines[5], { sent: 3, received: 3, mismatched: 0, lost: 0, ok: true })

      yield* eventually(() => server.stdout.some((line) => line.includes("\"disconnect\"")))
      const told = parse(server.stdout)
      assert.deepStrictEqual(told.map(({ event }) => event), [
        "listening",
        "connect",
        "receive",
        "receive",
        "receive",
        "disconnect"
      ])
      assert.strictEqual(told[2]?.["sha256"], lines[1]?.["sha256"])
      assert.deepInclude(told[5], { data: 1000, reason: "remote" })
    }))

  it.live("--disconnect-data is the code of the Close", () =>
    Effect.gen(function*() {
      const server = yield* serve("--websocket", "--json")
      const url = `ws://127.0.0.1:${server.port}`
      for (const how of ["normal", "later", "now"]) {
        yield* cli("client", "--url", url, "--messages", "1", "--disconnect", how, "--disconnect-data", "4001")
      }
      const ends = () => parse(server.stdout).filter(({ event }) => event === "disconnect")
      yield* eventually(() => ends().length === 3)
      assert.deepStrictEqual(ends().map(({ data }) => data), [4001, 4001, 4001])
    }))

  it.live("a server that is interrupted tells its peers", () =>
    Effect.gen(function*() {
      const server = yield* serve("--websocket", "--json")
      const client = yield* NodeWebSocketClient.make({ url: `ws://127.0.0.1:${server.port}` })
      yield* eventually(() => server.stdout.length === 2)
      yield* Fiber.interrupt(server.fiber)
      const events = yield* Stream.runCollect(client.events)
      assert.deepInclude(events.at(-1), {
        _tag: "PeerDisconnected",
        reason: { _tag: "Remote", code: 1001, reason: "" }
      })
      assert.deepInclude(parse(server.stdout).at(-1), { event: "disconnect", reason: "local" })
    }))

  it.live("--cert and --key make the server speak wss, and a client trusts whom its flags say", () =>
    Effect.gen(function*() {
      const server = yield* serve("--websocket", "--cert", identity.cert, "--key", identity.key)
      const connect = (host: string, ...flags: ReadonlyArray<string>) =>
        cli("client", "--url", `wss://${host}:${server.port}`, "--messages", "1", ...flags)
      const accepted: ReadonlyArray<readonly [host: string, ...flags: ReadonlyArray<string>]> = [
        ["localhost", "--ca", identity.ca],
        ["127.0.0.1", "--ca", identity.ca, "--hostname", "localhost"],
        ["127.0.0.1", "--insecure"]
      ]
      for (const args of accepted) {
        const { status, stderr } = yield* connect(...args)
        assert.deepStrictEqual([status, stderr], [0, []], args.join(" "))
      }
      const refused: ReadonlyArray<readonly [host: string, ...flags: ReadonlyArray<string>]> = [
        ["localhost"],
        ["localhost", "--ca", identity.otherCa],
        ["localhost", "--ca", identity.ca, "--hostname", "elsewhere.example"]
      ]
      for (const args of refused) {
        const { status, stderr } = yield* connect(...args)
        assert.strictEqual(status, 1, args.join(" "))
        assert.include(stderr[0], `cannot connect to wss://localhost:${server.port}/`)
      }
    }))

  const failures: ReadonlyArray<readonly [args: string, message: string]> = [
    ["client", "needs --host and --port, or --url"],
    ["client --host localhost", "needs --host and --port, or --url"],
    ["client --url ws://localhost --port 1", "--url says host and port already"],
    ["client --url ws://localhost --channel 1", "--url has one channel, and reliable packets only"],
    ["client --url ws://localhost --mode unreliable", "--url has one channel, and reliable packets only"],
    ["client --url ws://localhost --channels 1", "--channels makes no sense with --url"],
    ["client --url ws://localhost --data 0", "--data makes no sense with --url"],
    ["client --url ws://localhost --disconnect-data 9", "--disconnect-data is a Close code with --url: 1000 to 1003"],
    ["serve --port 0 --websocket --channels 255", "--channels makes no sense with --websocket"],
    ["serve --port 0 --websocket --in-bandwidth 0", "--in-bandwidth makes no sense with --websocket"],
    ["serve --port 0 --websocket --out-bandwidth 1", "--out-bandwidth makes no sense with --websocket"],
    ["serve --port 0 --websocket --mtu 1392", "--mtu makes no sense with --websocket"],
    ["client --url ws://localhost --checksum", "--checksum makes no sense with --url"],
    ["client --url http://localhost", "url must be a ws:// or wss:// URL"],
    ["client --url ws://nowhere.invalid", "cannot connect to ws://nowhere.invalid/: unknown host"],
    ["serve --port 0 --websocket --compress zlib", "--compress makes no sense with --websocket"],
    ["serve --port 0 --websocket --dtls --cert x --key y", "--dtls makes no sense with --websocket"],
    ["serve --port 0 --websocket --cert x", "wss needs both --cert and --key"],
    ["serve --port 0 --websocket --cert missing.pem --key missing.pem", "missing.pem: there is no such file"],
    ["client --url ws://localhost --ca x", "--ca needs a URL with wss://"],
    ["client --url localhost --insecure", "--insecure needs a URL with wss://"],
    ["client --url wss://localhost --insecure --hostname x", "--hostname is not checked with --insecure"],
    ["serve --port 0 --websocket --top", "--top makes no sense with --websocket"],
    ["client --url ws://localhost --dtls --insecure", "--dtls makes no sense with --url"],
    ["serve --port 0 --websocket --record x", "--record makes no sense with --websocket"],
    ["serve --port 0 --websocket --host localhost", "bindAddress must be an IP address"],
    ["serve --port 0 --websocket --host 192.0.2.1", "cannot listen on 192.0.2.1:0: address not available"]
  ]
  for (const [args, message] of failures) {
    it.live(`${args}: ${message}`, () =>
      Effect.gen(function*() {
        const { status, stderr } = yield* cli(...args.split(" "))
        assert.strictEqual(status, 1)
        assert.strictEqual(stderr.length, 1)
        assert.include(stderr[0], message)
      }))
  }

  it.live("a client whose connection is refused prints its summary for other programs", () =>
    Effect.gen(function*() {
      const server = yield* serve("--websocket")
      yield* Fiber.interrupt(server.fiber)
      const { status, stderr, stdout } = yield* cli("client", "--url", `ws://127.0.0.1:${server.port}`, "--json")
      assert.strictEqual(status, 1)
      assert.deepInclude(parse(stdout)[0], { event: "summary", ok: false })
      assert.include(stderr[0], "connection refused")
    }))
})
