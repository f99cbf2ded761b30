import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { eventually, parse } from "./utils/cli.ts"
import { eventsOf, expectEvent } from "./utils/hosts.ts"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

/** The command as a process of its own, killed with the scope if it is still there. */
const start = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
  const firstLine = yield* Deferred.make<string>()
  const ended = yield* Deferred.make<number | null>()
  const output = { stdout: "", stderr: "" }
  const child = yield* Effect.acquireRelease(
    Effect.sync((): ChildProcess => {
      const child = spawn(process.execPath, ["--conditions=@effect-enet/source", bin, ...args])
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output.stdout += text
        if (output.stdout.includes("\n")) Deferred.doneUnsafe(firstLine, Effect.succeed(output.stdout.split("\n")[0]!))
      })
      child.stderr.setEncoding("utf8").on("data", (text: string) => output.stderr += text)
      child.on("close", (status) => Deferred.doneUnsafe(ended, Effect.succeed(status)))
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  return {
    child,
    output,
    firstLine: Effect.timeout(Deferred.await(firstLine), "15 seconds"),
    ended: Effect.timeout(Deferred.await(ended), "15 seconds")
  }
})

describe("the effect-enet process", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it.live(`tells its peers before it leaves on ${signal}`, () =>
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
        assert.strictEqual(yield* server.ended, 130)
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
})
