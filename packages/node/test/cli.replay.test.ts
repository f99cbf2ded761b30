import { NodeFileSystem } from "@effect/platform-node"
import { assert, layer } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { cli, serve } from "./utils/cli.ts"

/** What a client recorded that sent three packets. */
const record = Effect.fnUntraced(function*(...flags: ReadonlyArray<string>) {
  const files = yield* FileSystem.FileSystem
  const file = `${yield* files.makeTempDirectoryScoped()}/session.jsonl`
  const server = yield* serve("--json", ...flags)
  const args = ["--host", "127.0.0.1", "--port", server.port, "--messages", "3", "--record", file, ...flags]
  assert.strictEqual((yield* cli("client", ...args)).status, 0)
  return { file, text: yield* files.readFileString(file), write: (text: string) => files.writeFileString(file, text) }
})

/** A classic pcap file of raw IPv4 packets that holds UDP datagrams from port 5000 to port 7777. */
const pcap = (...datagrams: ReadonlyArray<Uint8Array>): Uint8Array => {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt32LE(101, 20)
  const records = datagrams.map((bytes) => {
    const record = Buffer.alloc(16 + 28 + bytes.length)
    record.writeUInt32LE(28 + bytes.length, 8)
    record.writeUInt32LE(28 + bytes.length, 12)
    record[16] = 0x45
    record[16 + 9] = 17
    record.set([127, 0, 0, 1, 127, 0, 0, 2], 16 + 12)
    record.writeUInt16BE(5000, 16 + 20)
    record.writeUInt16BE(7777, 16 + 22)
    record.writeUInt16BE(8 + bytes.length, 16 + 24)
    record.set(bytes, 16 + 28)
    return record
  })
  return Buffer.concat([header, ...records])
}

const ping = Uint8Array.of(0x80, 0, 0, 1, 0x85, 0xff, 0, 5)

layer(NodeFileSystem.layer, { excludeTestServices: true })("effect-enet replay and decode", (it) => {
  it.effect("use a recording up to a last line that was cut, and say so", () =>
    Effect.gen(function*() {
      const { file, text, write } = yield* record()
      const whole = yield* cli("decode", file)
      assert.deepStrictEqual([whole.status, whole.stderr], [0, []])
      yield* write(text.slice(0, -10))
      const says = `effect-enet: ${file}: the last line is incomplete and was left out`
      const decoded = yield* cli("decode", file)
      assert.deepStrictEqual([decoded.status, decoded.stderr], [0, [says]])
      assert.deepStrictEqual(decoded.stdout, whole.stdout.slice(0, decoded.stdout.length))
      const replayed = yield* cli("replay", file)
      assert.deepStrictEqual([replayed.status, replayed.stderr], [0, [says]])
      assert.match(replayed.stdout.at(-1) ?? "", /all as recorded$/)
    }))

  it.effect("name the line of a recording that is damaged before its end", () =>
    Effect.gen(function*() {
      const { file, text, write } = yield* record()
      const lines = text.split("\n")
      lines[3] = lines[3]!.slice(0, -10)
      yield* write(lines.join("\n"))
      for (const command of ["decode", "replay"]) {
        const { status, stderr, stdout } = yield* cli(command, file)
        assert.deepStrictEqual([status, stdout, stderr.length], [1, [], 1])
        assert.include(stderr[0], `${file}: line 4: `)
      }
    }))

  it.effect("say what a file is not", () =>
    Effect.gen(function*() {
      const { file, write } = yield* record()
      const files = yield* FileSystem.FileSystem
      const complaint = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
        const { status, stderr } = yield* cli(...args)
        assert.deepStrictEqual([status, stderr.length], [1, 1])
        return stderr[0]!
      })
      const port = `effect-enet: --port is for pcap files, and ${file} is a recording`
      assert.strictEqual(yield* complaint("decode", "--port", "7777", file), port)
      const checksum = `effect-enet: --checksum is for pcap files, and ${file} is a recording`
      assert.strictEqual(yield* complaint("decode", "--checksum", file), checksum)
      yield* write("hello\n")
      assert.include(yield* complaint("decode", file), `${file} is neither a recording nor a pcap file: `)
      assert.include(yield* complaint("replay", file), `${file} is no recording: `)
      yield* files.writeFile(file, pcap(ping))
      assert.include(yield* complaint("replay", file), `${file} is a capture: only recordings can be replayed`)
    }))

  it.effect("read the datagrams of a pcap file, of one port where that is asked for", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const file = `${yield* files.makeTempDirectoryScoped()}/capture.pcap`
      yield* files.writeFile(file, pcap(ping))
      const { status, stderr, stdout } = yield* cli("decode", "--port", "7777", file)
      assert.deepStrictEqual([status, stderr], [0, []])
      assert.include(stdout[0], "127.0.0.1:5000 > 127.0.0.2:7777  8 B  to slot 0 session 0 sent at 1")
      assert.include(stdout[1], "ping")
      assert.deepStrictEqual((yield* cli("decode", "--port", "1", file)).stdout, ["no datagrams"])
      for (const cut of [1, 30]) {
        yield* files.writeFile(file, pcap(ping, ping).subarray(0, -cut))
        const partial = yield* cli("decode", file)
        assert.deepStrictEqual([partial.status, partial.stdout.length], [0, 2])
        assert.deepStrictEqual(partial.stderr, [`effect-enet: ${file}: the last packet is incomplete and was left out`])
      }
    }))

  it.effect("say once what to try when datagrams are compressed in another way", () =>
    Effect.gen(function*() {
      const { file } = yield* record("--compress", "range-coder")
      const decoded = yield* cli("decode", file)
      assert.strictEqual(decoded.stderr.length, 1)
      assert.match(
        decoded.stderr[0]!,
        /^effect-enet: \d+ datagrams .*: try --compress range-coder\|fastlz\|zlib\|zstd$/
      )
      for (const command of ["decode", "replay"]) {
        const other = yield* cli(command, "--compress", "zlib", file)
        assert.strictEqual(other.stderr.length, 1)
        assert.match(other.stderr[0]!, /compressed in another way: try --compress range-coder\|fastlz\|zstd$/)
      }
      const replayed = yield* cli("replay", file)
      const used = "the recorded host used a compressor: try --compress range-coder|fastlz|zlib|zstd"
      assert.deepStrictEqual(replayed.stderr, [`effect-enet: ${file}: ${used}`])
      const plain = yield* record()
      const { stderr } = yield* cli("replay", "--compress", "zlib", plain.file)
      assert.deepStrictEqual(stderr, [
        `effect-enet: ${plain.file}: the recorded host used no compressor: leave out --compress`
      ])
    }))
})
