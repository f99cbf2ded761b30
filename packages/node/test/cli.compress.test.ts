import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { cli, parse, serve } from "./utils/cli.ts"

const client = (port: string, ...args: ReadonlyArray<string>) =>
  cli("client", "--host", "127.0.0.1", "--port", port, "--json", ...args)

const names = ["none", "range-coder", "fastlz", "zlib", "zstd"]

describe("effect-enet --compress", () => {
  for (const name of names) {
    it.live(`exchange packets, empty ones too, with ${name}`, () =>
      Effect.gen(function*() {
        const server = yield* serve("--json", "--compress", name)
        for (const size of ["0", "64", "5000"]) {
          const { status, stdout } = yield* client(server.port, "--compress", name, "--size", size, "--messages", "20")
          assert.deepInclude(parse(stdout).at(-1), { sent: 20, received: 20, ok: true })
          assert.strictEqual(status, 0)
        }
      }))
  }

  it.live("exchange packets with checksums as well", () =>
    Effect.gen(function*() {
      const flags = ["--compress", "range-coder", "--checksum"]
      const server = yield* serve("--json", ...flags)
      assert.strictEqual((yield* client(server.port, ...flags)).status, 0)
    }))

  it.live("tell of unequal ones", () =>
    Effect.gen(function*() {
      const why = Effect.fnUntraced(function*(port: string, name: string) {
        const { status, stderr } = yield* client(port, "--compress", name, "--timeout-ms", "700")
        assert.strictEqual(status, 1)
        return stderr.join("\n")
      })
      const plain = yield* serve("--json")
      const coding = yield* serve("--json", "--compress", "range-coder")
      assert.include(yield* why(coding.port, "none"), "its datagrams are compressed, and this host has no compressor")
      assert.include(yield* why(coding.port, "fastlz"), "it may not use the same compressor as this host")
      assert.include(yield* why(plain.port, "range-coder"), "it may not use the same compressor as this host")
    }))

  it.live("say which there are", () =>
    Effect.gen(function*() {
      const { status, stderr } = yield* client("1", "--compress", "lzma")
      assert.strictEqual(status, 1)
      for (const name of names) assert.include(stderr.join("\n"), name)
    }))

  it.live("replay and decode what was recorded", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const file = `${yield* files.makeTempDirectoryScoped()}/session.jsonl`
      const server = yield* serve("--json", "--compress", "range-coder")
      const recorded = yield* client(server.port, "--compress", "range-coder", "--record", file, "--messages", "3")
      assert.strictEqual(recorded.status, 0)

      const replayed = yield* cli("replay", "--compress", "range-coder", file)
      assert.deepStrictEqual([replayed.status, replayed.stderr], [0, []])
      assert.match(replayed.stdout.at(-1) ?? "", /all as recorded$/)
      assert.include(replayed.stdout.join("\n"), "CONNECT")
      assert.strictEqual((yield* cli("replay", file)).status, 1)

      const decoded = yield* cli("decode", "--compress", "range-coder", file)
      assert.include(decoded.stdout.join("\n"), "VERIFY_CONNECT")
      assert.notInclude((yield* cli("decode", file)).stdout.join("\n"), "VERIFY_CONNECT")
    }).pipe(Effect.provide(NodeFileSystem.layer)))
})
