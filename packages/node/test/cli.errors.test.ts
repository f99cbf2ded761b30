import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { readFileSync } from "node:fs"
import { version } from "../src/cli/version.ts"
import { cli, parse } from "./utils/cli.ts"

const bad: ReadonlyArray<readonly [args: string, says: string]> = [
  ["serve", "Missing required flag: --port (see effect-enet serve --help)"],
  ["serve --port", "Missing value for flag --port"],
  ["serve --port seven", "Invalid value for flag --port: \"seven\". Expected: an integer from 0 to 65535"],
  ["serve --port 65536", "Expected: an integer from 0 to 65535"],
  ["serve --port 1.5", "Expected: an integer from 0 to 65535"],
  ["serve --port 0 --mtu 100", "Invalid value for flag --mtu: \"100\". Expected: an integer from 576 to 4096"],
  ["serve --port 0 --max-peers 0", "an integer from 1 to 4095"],
  ["serve --prot 0", "Unrecognized flag: --prot"],
  ["client --host 127.0.0.1 --port 0", "Invalid value for flag --port: \"0\". Expected: an integer from 1 to 65535"],
  ["client --host 127.0.0.1 --port 1 --mode fast", "Invalid value for flag --mode: \"fast\""],
  ["client --host 127.0.0.1 --port 1 --data -1", "an integer from 0 to 4294967295"],
  ["client --host 127.0.0.1 --port 1 --channel 2 --channels 2", "--channel 2 does not exist with --channels 2"],
  ["serve --port 0 --record no/such/directory/x", "cannot record to no/such/directory/x: no such file or directory"],
  ["serve --port 0 --record /", "cannot record to /: illegal operation on a directory"],
  ["listen", "Unknown subcommand \"listen\""]
]

describe("what the command does not do", () => {
  for (const [args, says] of bad) {
    it.live(`effect-enet ${args}`, () =>
      Effect.gen(function*() {
        const { status, stderr, stdout } = yield* cli(...args.split(" "))
        assert.strictEqual(status, 1)
        assert.deepStrictEqual(stdout, [])
        assert.strictEqual(stderr.length, 1)
        assert.include(stderr[0], "effect-enet: ")
        assert.include(stderr[0], says)
      }))
  }

  it.live("listens on a port that is taken", () =>
    Effect.gen(function*() {
      const { address } = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
      const result = yield* cli("serve", "--host", "127.0.0.1", "--port", String(address.port))
      assert.strictEqual(result.status, 1)
      assert.deepStrictEqual(result.stdout, [])
      assert.deepStrictEqual(result.stderr, [
        `effect-enet: cannot listen on 127.0.0.1:${address.port}: the address is in use`
      ])
    }))

  it.live("is refused by a server that says so", () =>
    Effect.gen(function*() {
      const { address } = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" }, refuseNewConnections: true })
      const result = yield* cli("client", "--host", "127.0.0.1", "--port", String(address.port))
      assert.strictEqual(result.status, 1)
      assert.deepStrictEqual(result.stderr, [
        `effect-enet: 127.0.0.1:${address.port} refused the connection (Refusing)`
      ])
    }))

  it.live("finds an unknown host", () =>
    Effect.gen(function*() {
      for (const args of [["serve", "--port", "0"], ["client", "--port", "7777"]]) {
        const result = yield* cli(...args, "--host", "no-such-host.invalid")
        assert.strictEqual(result.status, 1)
        assert.deepStrictEqual(result.stderr, ["effect-enet: cannot resolve no-such-host.invalid: unknown host"])
      }
    }))

  it.live("waits for a server that is not there", () =>
    Effect.gen(function*() {
      // The port of a host that ignores everybody.
      const { address } = yield* NodeEnetHost.make({
        bind: { address: "127.0.0.1" },
        refuseNewConnections: true,
        refusalsPerSecond: 0
      })
      const args = ["client", "--host", "127.0.0.1", "--port", String(address.port), "--timeout-ms", "300"]
      const [elapsed, result] = yield* Effect.timed(cli(...args, "--json"))
      assert.strictEqual(result.status, 1)
      assert.deepStrictEqual(result.stderr, [`effect-enet: no answer from 127.0.0.1:${address.port}`])
      assert.deepStrictEqual(parse(result.stdout), [
        { event: "summary", sent: 0, received: 0, mismatched: 0, lost: 0, rttMs: 0, ok: false }
      ])
      assert.isBelow(Duration.toMillis(elapsed), 2000)
    }))
})

describe("what the command says about itself", () => {
  it.live("its version, which is the package's", () =>
    Effect.gen(function*() {
      const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
      assert.strictEqual(version, manifest.version)
      const { status, stdout } = yield* cli("--version")
      assert.strictEqual(status, 0)
      assert.include(stdout[0], version)
    }))

  it.live("every flag", () =>
    Effect.gen(function*() {
      const { status, stdout } = yield* cli("client", "--help")
      assert.strictEqual(status, 0)
      for (const flag of ["host", "port", "data", "messages", "size", "channel", "channels", "mode", "disconnect"]) {
        assert.include(stdout.join("\n"), `--${flag} `)
      }
    }))
})
