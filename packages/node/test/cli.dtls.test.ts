import { Decode } from "@effect-enet/core/wire"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fill } from "../src/cli/payload.ts"
import { cli, eventually, parse, serve } from "./utils/cli.ts"
import { identity } from "./utils/identity.ts"
import { recordingProxy } from "./utils/proxy.ts"

const { ca, cert, key, otherCa, otherKey, text } = identity

const onServer = ["--dtls", "--cert", cert, "--key", key]
const onClient = ["--dtls", "--ca", ca]

const client = (host: string, port: string, ...args: ReadonlyArray<string>) =>
  cli("client", "--host", host, "--port", port, "--json", ...args)

describe("effect-enet --dtls", () => {
  const trusting: ReadonlyArray<readonly [name: string, host: string, flags: ReadonlyArray<string>]> = [
    ["a CA, and the name that --host says", "localhost", onClient],
    ["a CA, and the address that --host says", "127.0.0.1", onClient],
    ["a CA, and a name of its own", "127.0.0.1", [...onClient, "--hostname", "localhost"]],
    ["the server's own certificate", "localhost", ["--dtls", "--ca", cert]],
    ["a CA, whatever the name", "127.0.0.1", [...onClient, "--insecure"]],
    ["anybody", "127.0.0.1", ["--dtls", "--insecure"]]
  ]

  for (const [name, host, flags] of trusting) {
    it.live(`exchanges packets when the client trusts ${name}`, () =>
      Effect.gen(function*() {
        const server = yield* serve("--json", ...onServer)
        const { status, stderr, stdout } = yield* client(host, server.port, ...flags, "--size", "5000")
        assert.deepStrictEqual([status, stderr], [0, []])
        assert.deepInclude(parse(stdout).at(-1), { sent: 10, received: 10, ok: true })
        yield* eventually(() => server.stdout.some((line) => line.includes("disconnect")))
      }))
  }

  const distrusting: ReadonlyArray<readonly [name: string, flags: ReadonlyArray<string>, says: string]> = [
    ["another CA", ["--ca", otherCa], "is refused: "],
    ["another CA, whatever the name", ["--ca", otherCa, "--insecure"], "is refused: "],
    ["another name", ["--ca", ca, "--hostname", "example.com"], "not for example.com"]
  ]

  for (const [name, flags, says] of distrusting) {
    it.live(`says at once why when the client trusts ${name}`, () =>
      Effect.gen(function*() {
        const server = yield* serve(...onServer)
        const args = ["--timeout-ms", "60000", "--dtls", ...flags]
        const { status, stderr, stdout } = yield* client("127.0.0.1", server.port, ...args)
        assert.strictEqual(status, 1)
        assert.deepInclude(parse(stdout).at(-1), { event: "summary", sent: 0, ok: false })
        assert.strictEqual(stderr.length, 1)
        assert.match(stderr[0]!, new RegExp(`^effect-enet: the certificate of 127\\.0\\.0\\.1:${server.port} `))
        assert.include(stderr[0], says)
      }), 30_000)
  }

  it.live("keeps out clients that do not encrypt", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json", ...onServer)
      const { status, stderr } = yield* client("127.0.0.1", server.port, "--timeout-ms", "300")
      assert.deepStrictEqual([status, stderr], [1, [`effect-enet: no answer from 127.0.0.1:${server.port}`]])
      assert.deepStrictEqual(server.stdout.length, 1)
    }))

  it.live("prints what DTLS has dropped, by reason", () =>
    Effect.gen(function*() {
      const server = yield* serve("--stats", ...onServer)
      yield* client("127.0.0.1", server.port, "--timeout-ms", "300")
      yield* Effect.sleep("1 second").pipe(
        Effect.repeat({ until: () => server.stdout.some((line) => /dropped \d+ DtlsMalformed/.test(line)) }),
        Effect.timeout("20 seconds")
      )
    }), 30_000)

  const wrong: ReadonlyArray<readonly [args: string, says: string]> = [
    ["serve --port 0 --dtls", "--dtls needs --cert and --key; `effect-enet cert` makes a pair for development"],
    [`serve --port 0 --dtls --cert ${cert}`, "--dtls needs --cert and --key"],
    [`serve --port 0 --cert ${cert}`, "--cert needs --dtls"],
    [`serve --port 0 --key ${key}`, "--key needs --dtls"],
    [`serve --port 0 --dtls --cert ${cert} --key ${otherKey}`, `--cert ${cert} must be the certificate of the key`],
    [`serve --port 0 --dtls --cert ${cert} --key ${text}`, `--key ${text} must be a private key in PEM`],
    [`serve --port 0 --dtls --cert ${text} --key ${key}`, `--cert ${text} must be one certificate or more in PEM`],
    [`serve --port 0 --dtls --cert missing.pem --key ${key}`, "missing.pem: there is no such file"],
    [`serve --port 0 --dtls --cert ${cert} --key .`, ".: cannot be read"],
    ["client --host localhost --port 1 --dtls", "--dtls needs --ca with the certificates to trust, or --insecure"],
    [`client --host localhost --port 1 --ca ${ca}`, "--ca needs --dtls"],
    ["client --host localhost --port 1 --hostname a", "--hostname needs --dtls"],
    ["client --host localhost --port 1 --insecure", "--insecure needs --dtls"],
    ["client --host localhost --port 1 --dtls --insecure --hostname a", "--hostname is not checked with --insecure"],
    ["client --host localhost --port 1 --dtls --ca missing.pem", "missing.pem: there is no such file"],
    [`client --host localhost --port 1 --dtls --ca ${text}`, `--ca ${text} must be one trusted certificate or more`],
    [`client --host localhost --port 1 --dtls --ca ${ca} --hostname a_b..c`, "--hostname must be a host name"]
  ]

  for (const [args, says] of wrong) {
    it.live(`says what is wrong with ${args.replaceAll(/\S*\/effect-enet-cli-\w+\//g, "")}`, () =>
      Effect.gen(function*() {
        const { status, stderr, stdout } = yield* cli(...args.split(" "))
        assert.deepStrictEqual([status, stdout, stderr.length], [1, [], 1])
        assert.include(stderr[0], `effect-enet: ${says}`)
      }))
  }
})

/** Whether a datagram is ENet's from its header to its last command. */
const isEnet = (bytes: Uint8Array): boolean => {
  const datagram = Decode.decodeDatagram(bytes)
  return datagram !== undefined && datagram.commands.length > 0 && datagram.end === bytes.length
}

/** What somebody between client and server can read of a session of ten packets, among other things. */
const readable = Effect.fnUntraced(function*(server: ReadonlyArray<string>, flags: ReadonlyArray<string>) {
  const { port } = yield* serve(...server)
  const proxy = yield* recordingProxy(port)
  const { status } = yield* client("127.0.0.1", proxy.port, "--size", "64", "--data", "3735928559", ...flags)
  assert.strictEqual(status, 0)
  const packets = Array.from({ length: 10 }, (_, index) => {
    const packet = new Uint8Array(64)
    fill(packet, index, false)
    return Buffer.from(packet.subarray(0, 16))
  })
  return {
    datagrams: proxy.seen.length,
    enet: proxy.seen.filter(isEnet).length,
    packets: packets.filter((packet) => proxy.seen.some((bytes) => bytes.includes(packet))).length,
    connectData: proxy.seen.some((bytes) => bytes.includes("deadbeef", 0, "hex")),
    dtls: proxy.seen.filter(([type = 0, ...version]) => type >= 20 && type <= 23 && version[0] === 0xfe).length
  }
})

describe("somebody between client and server", () => {
  it.live("reads everything without --dtls", () =>
    Effect.gen(function*() {
      const { datagrams, ...read } = yield* readable([], [])
      assert.isAtLeast(datagrams, 5)
      assert.deepStrictEqual(read, { enet: datagrams, packets: 10, connectData: true, dtls: 0 })
    }))

  it.live("reads neither headers nor packets of ENet with --dtls", () =>
    Effect.gen(function*() {
      const { datagrams, ...read } = yield* readable(onServer, onClient)
      assert.isAtLeast(datagrams, 5)
      assert.deepStrictEqual(read, { enet: 0, packets: 0, connectData: false, dtls: datagrams })
    }))
})
