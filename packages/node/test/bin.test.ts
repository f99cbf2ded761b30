import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue } from "effect"
import { closeSync, existsSync, openSync } from "node:fs"
import { eventually, parse } from "./utils/cli.ts"
import { eventsOf, expectEvent } from "./utils/hosts.ts"
import { start, startInto } from "./utils/process.ts"

describe("the effect-enet process", () => {
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    it.live(`tells its peers before it leaves with status ${status} on ${signal}`, () =>
      Effect.gen(function*() {
        const server = yield* start("serve", "--host", "127.0.0.1", "--port", "0", "--json")
        const [listening] = parse([yield* server.firstLine])
        const host = yield* NodeEnetHost.make({ maxPeers: 1 })
        const events = yield* eventsOf(host)
        yield* host.connect({ address: "127.0.0.1", port: Number(listening?.["port"]) })
        yield* expectEvent(events, "Connect")
        yield* eventually(() => server.output.stdout.includes("connect"))
        server.child.kill(signal)
        assert.deepStrictEqual((yield* expectEvent(events, "Disconnect")).reason, { _tag: "Remote", data: 0 })
        assert.strictEqual(yield* server.ended, status)
        assert.include(server.output.stdout, "{\"event\":\"disconnect\",\"peer\":0,\"data\":0,\"reason\":\"local\"}\n")
        assert.strictEqual(server.output.stderr, "")
      }), 30_000)
  }

  it.live(
    "ends with status 0 after a good exchange, and with 1 and one line after a failure",
    () =>
      Effect.gen(function*() {
        const server = yield* start("serve", "--host", "127.0.0.1", "--port", "0", "--json")
        const [listening] = parse([yield* server.firstLine])
        const port = String(listening?.["port"])

        const client = yield* start("client", "--host", "127.0.0.1", "--port", port)
        assert.strictEqual(yield* client.ended, 0)
        assert.strictEqual(client.output.stderr, "")
        // No colours without a terminal.
        assert.isFalse(client.output.stdout.includes("\u001b"))

        const second = yield* start("serve", "--host", "127.0.0.1", "--port", port)
        assert.strictEqual(yield* second.ended, 1)
        assert.strictEqual(second.output.stdout, "")
        assert.strictEqual(
          second.output.stderr,
          `effect-enet: cannot listen on 127.0.0.1:${port}: the address is in use\n`
        )
      }),
    30_000
  )

  it.live(
    "tells its peers when the reader of its output is gone, and leaves like one that SIGPIPE ended",
    () =>
      Effect.gen(function*() {
        const server = yield* start("serve", "--host", "127.0.0.1", "--port", "0", "--json")
        const [listening] = parse([yield* server.firstLine])
        server.child.stdout?.destroy()
        const host = yield* NodeEnetHost.make({ maxPeers: 1 })
        const events = yield* eventsOf(host)
        yield* host.connect({ address: "127.0.0.1", port: Number(listening?.["port"]) })
        yield* expectEvent(events, "Connect")
        assert.deepStrictEqual((yield* expectEvent(events, "Disconnect")).reason, { _tag: "Remote", data: 0 })
        assert.strictEqual(yield* server.ended, 141)
        assert.strictEqual(server.output.stderr, "")
      }),
    30_000
  )

  it.live("notices that nobody reads what it prints last", () =>
    Effect.gen(function*() {
      const help = yield* start("--help")
      help.child.stdout?.destroy()
      assert.strictEqual(yield* help.ended, 141)
      assert.strictEqual(help.output.stderr, "")
    }), 30_000)

  it.live.skipIf(!existsSync("/dev/full"))(
    "says that the disk is full, and tells its peers",
    () =>
      Effect.gen(function*() {
        const host = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
        const events = yield* eventsOf(host)
        const full = yield* Effect.acquireRelease(
          Effect.sync(() => openSync("/dev/full", "w")),
          (fd) => Effect.sync(() => closeSync(fd))
        )
        const args = ["--host", "127.0.0.1", "--port", String(host.address.port), "--timeout-ms", "60000"]
        const client = yield* startInto(full, "client", ...args)
        yield* expectEvent(events, "Connect")
        const disconnected = Effect.gen(function*() {
          while (true) {
            const event = yield* Queue.take(events)
            if (event._tag === "Disconnect") return event.reason
          }
        })
        assert.deepStrictEqual(yield* Effect.timeout(disconnected, "15 seconds"), { _tag: "Remote", data: 0 })
        assert.strictEqual(yield* client.ended, 1)
        const says = "effect-enet: cannot write to standard output: no space left on device\n"
        assert.strictEqual(client.output.stderr, says)
      }),
    30_000
  )
})
