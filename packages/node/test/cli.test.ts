import { EnetEvent } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { capture, cli, eventually, parse, running, serve } from "./utils/cli.ts"
import { eventsOf, expectEvent, hasIpv6 } from "./utils/hosts.ts"

const client = (port: string, ...args: ReadonlyArray<string>) =>
  cli("client", "--host", "127.0.0.1", "--port", port, "--json", ...args)

const only = (lines: ReadonlyArray<Record<string, unknown>>, event: string) =>
  lines.filter((line) => line["event"] === event)

describe("effect-enet serve and client", () => {
  it.live("print what happened, and agree on it", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      const flags = "--data 7 --messages 5 --size 100 --channel 1 --channels 2 --disconnect-data 9".split(" ")
      const { status, stderr, stdout } = yield* client(server.port, ...flags)
      yield* eventually(() => server.stdout.length === 8)
      const [theirs, ours] = [parse(server.stdout), parse(stdout)]

      assert.deepStrictEqual([status, stderr], [0, []])
      assert.deepStrictEqual(theirs[0], { event: "listening", host: "127.0.0.1", port: Number(server.port) })
      assert.deepInclude(theirs[1], { event: "connect", peer: 0, address: "127.0.0.1", channels: 2, data: 7 })
      assert.deepStrictEqual(theirs[7], { event: "disconnect", peer: 0, data: 9, reason: "remote" })
      const received = only(theirs, "receive")
      for (const line of received) {
        assert.deepInclude(line, { peer: 0, channel: 1, length: 100, mode: "reliable" })
        assert.match(String(line["sha256"]), /^[0-9a-f]{64}$/)
      }
      assert.strictEqual(new Set(received.map((line) => line["sha256"])).size, 5)

      assert.deepStrictEqual(only(ours, "receive"), received)
      assert.deepStrictEqual(ours.map((line) => line["event"]), [
        "connect",
        ...Array.from({ length: 5 }, () => "receive"),
        "disconnect",
        "summary"
      ])
      assert.deepInclude(ours[0], { peer: 0, address: "127.0.0.1", port: Number(server.port), channels: 2, data: 0 })
      assert.deepStrictEqual(ours[6], { event: "disconnect", peer: 0, data: 0, reason: "local" })
      assert.deepInclude(ours[7], { sent: 5, received: 5, mismatched: 0, lost: 0, ok: true })
    }))

  for (const mode of ["reliable", "unreliable", "unsequenced", "unreliable-fragment"]) {
    for (const size of ["0", "64", "5000"]) {
      it.live(`exchange ${size} bytes, ${mode}`, () =>
        Effect.gen(function*() {
          const server = yield* serve("--json")
          const { status, stdout } = yield* client(server.port, "--mode", mode, "--size", size, "--messages", "20")
          assert.deepInclude(parse(stdout).at(-1), { sent: 20, mismatched: 0, ok: true })
          assert.strictEqual(status, 0)
        }))
    }
  }

  it.live("say every second what came, went and was dropped, where they are asked to", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json", "--stats")
      const stranger = yield* NodeEnetHost.make({ maxPeers: 1 })
      yield* stranger.socketSend({ address: "127.0.0.1", port: Number(server.port) }, Uint8Array.of(1))
      yield* client(server.port, "--messages", "3")
      const stats = () => only(parse(server.stdout), "stats")
      const sum = (field: string) => stats().reduce((total, line) => total + Number(line[field]), 0)
      yield* Effect.sleep("20 millis").pipe(
        Effect.repeat({ until: () => sum("receivedPackets") > 3 }),
        Effect.timeout("20 seconds")
      )
      assert.isAbove(sum("sentData"), 48)
      assert.deepStrictEqual(
        stats().map(({ dropped }) => dropped).filter((dropped) => JSON.stringify(dropped) !== "{}"),
        [{ TooShort: 1 }]
      )
      const people = yield* serve("--stats")
      yield* Effect.sleep("20 millis").pipe(
        Effect.repeat({ until: () => people.stdout.includes("0 peers, in 0 datagrams (0 B), out 0 (0 B)") }),
        Effect.timeout("20 seconds")
      )
    }))

  it.live("exchange packets of 1 MiB", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      const { stdout } = yield* client(server.port, "--size", "1048576", "--messages", "5")
      assert.deepInclude(parse(stdout).at(-1), { sent: 5, received: 5, ok: true })
    }))

  it.live("exchange many packets", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      const { stdout } = yield* client(server.port, "--messages", "5000")
      assert.deepInclude(parse(stdout).at(-1), { sent: 5000, received: 5000, ok: true })
      yield* eventually(() => server.stdout.length === 5003)
    }))

  it.live("exchange with several clients at a time", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      const results = yield* Effect.all(
        Array.from({ length: 4 }, () => client(server.port, "--messages", "200", "--size", "2000")),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(results.map(({ status }) => status), [0, 0, 0, 0])
    }))

  it.live("use checksums when both do", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json", "--checksum")
      assert.strictEqual((yield* client(server.port, "--checksum")).status, 0)
      const without = yield* client(server.port, "--timeout-ms", "300")
      assert.strictEqual(without.status, 1)
    }))

  for (const [how, reason] of [["normal", "local"], ["later", "local"], ["now", "closed"]] as const) {
    it.live(`disconnect: ${how}`, () =>
      Effect.gen(function*() {
        const server = yield* serve("--json")
        const { stdout } = yield* client(server.port, "--disconnect", how, "--disconnect-data", "4294967295")
        assert.deepInclude(only(parse(stdout), "disconnect")[0], { reason })
        yield* eventually(() => server.stdout.length === 13)
        assert.deepInclude(parse(server.stdout).at(-1), { event: "disconnect", data: 4294967295, reason: "remote" })
      }))
  }

  it.live.skipIf(!hasIpv6)("talk IPv4 and IPv6 to one server", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json", "--host", "::")
      assert.strictEqual((yield* client(server.port)).status, 0)
      const ipv6 = yield* cli("client", "--host", "::1", "--port", server.port, "--json")
      assert.strictEqual(ipv6.status, 0)
      yield* eventually(() => only(parse(server.stdout), "disconnect").length === 2)
      const connects = only(parse(server.stdout), "connect")
      assert.deepStrictEqual(connects.map((line) => line["address"]), ["127.0.0.1", "::1"])
    }))

  it.live("print readable lines", () =>
    Effect.gen(function*() {
      const server = yield* serve()
      const { stdout } = yield* cli("client", "--host", "localhost", "--port", server.port, "--messages", "20")
      assert.match(stdout[0] ?? "", /^\+ peer 0 {4}127\.0\.0\.1:\d+, 1 channel, data 0$/)
      assert.match(stdout[1] ?? "", /^< peer 0 {4}channel 0 {10}64 B {2}reliable {13}[0-9a-f]{8}$/)
      assert.strictEqual(stdout[17], "  ... 4 more, which --json prints")
      assert.strictEqual(stdout[18], "- peer 0    disconnected by us")
      assert.match(stdout[19] ?? "", /^ok: 20 sent, 20 echoed, 0 wrong, 0 lost, round trip \d+ ms$/)
      yield* eventually(() => server.stdout.length === 23)
      assert.strictEqual(server.stdout.at(-1), "- peer 0    disconnected by the remote, data 0")
    }))
})

describe("effect-enet serve with a peer that does not read", () => {
  const packets = Array.from({ length: 3000 }, (_, i) => new Uint8Array(1000).fill(i))

  /** A peer whose echoes fill every queue on their way, until the server stops to read from it. */
  const startSlow = Effect.fnUntraced(function*(server: { readonly port: string; readonly stdout: Array<string> }) {
    const host = yield* NodeEnetHost.make({ maxPeers: 1, maximumWaitingData: 65_536 })
    const peer = yield* host.connect({ address: "127.0.0.1", port: Number(server.port) })
    yield* Effect.forkScoped(Effect.forEach(packets, (packet) => peer.send(0, packet), { discard: true }))
    yield* Effect.sleep("500 millis")
    assert.isBelow(only(parse(server.stdout), "receive").length, packets.length)
    return peer
  })

  it.live("serves others meanwhile", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      yield* startSlow(server)
      assert.strictEqual((yield* client(server.port, "--messages", "500")).status, 0)
    }))

  it.live("loses nothing when it reads on", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      const peer = yield* startSlow(server)
      const echoes = yield* peer.messages.pipe(Stream.take(packets.length), Stream.runCollect)
      assert.deepStrictEqual(echoes.map(({ packet }) => packet[0]), packets.map((packet) => packet[0]))
    }), 30_000)
})

describe("effect-enet client with a server that does not echo", () => {
  const start = Effect.fnUntraced(function*(handle: (event: EnetEvent.Receive) => Effect.Effect<unknown, unknown>) {
    const host = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
    yield* Effect.forkScoped(Stream.runForEach(
      host.events,
      EnetEvent.match({
        Connect: () => Effect.void,
        Receive: (event) => Effect.ignore(handle(event)),
        Disconnect: () => Effect.void
      })
    ))
    return String(host.address.port)
  })

  it.live("gives up after the timeout", () =>
    Effect.gen(function*() {
      const port = yield* start(() => Effect.void)
      const { status, stdout } = yield* client(port, "--timeout-ms", "300", "--messages", "3")
      assert.strictEqual(status, 1)
      assert.deepInclude(parse(stdout).at(-1), { sent: 3, received: 0, lost: 3, ok: false })
    }))

  it.live("counts wrong echoes", () =>
    Effect.gen(function*() {
      const port = yield* start(({ channel, packet, peer }) => peer.send(channel, packet.with(0, packet[0]! ^ 1)))
      const { status, stdout } = yield* client(port, "--messages", "3")
      assert.strictEqual(status, 1)
      assert.deepInclude(parse(stdout).at(-1), { sent: 3, received: 3, mismatched: 3, lost: 0, ok: false })
    }))

  it.live("says that it was kicked", () =>
    Effect.gen(function*() {
      const port = yield* start(({ peer }) => peer.disconnect(4242))
      const { status, stdout } = yield* client(port, "--messages", "3")
      assert.strictEqual(status, 1)
      assert.deepStrictEqual(only(parse(stdout), "disconnect"), [
        { event: "disconnect", peer: 0, data: 4242, reason: "remote" }
      ])
    }))
})

describe("interrupting effect-enet", () => {
  it.live("serve tells its peers, and says so", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      const host = yield* NodeEnetHost.make({ maxPeers: 1 })
      const events = yield* eventsOf(host)
      const peer = yield* host.connect({ address: "127.0.0.1", port: Number(server.port) })
      yield* expectEvent(events, "Connect")
      yield* peer.send(0, "x")
      yield* expectEvent(events, "Receive")
      yield* Fiber.interrupt(server.fiber)
      assert.deepStrictEqual((yield* expectEvent(events, "Disconnect")).reason, { _tag: "Remote", data: 0 })
      assert.deepStrictEqual(parse(server.stdout).at(-1), { event: "disconnect", peer: 0, data: 0, reason: "local" })
    }))

  it.live("client tells the server", () =>
    Effect.gen(function*() {
      const server = yield* serve("--json")
      const fiber = yield* Effect.forkChild(client(server.port, "--messages", "100000000"))
      yield* eventually(() => server.stdout.length > 100)
      yield* Fiber.interrupt(fiber)
      yield* eventually(() => server.stdout.at(-1)?.includes("disconnect") === true)
      assert.deepInclude(parse(server.stdout).at(-1), { event: "disconnect", reason: "remote" })
    }))

  for (const args of [[], ["--json"]]) {
    it.live(`client prints what there was until then ${args.join("")}`.trim(), () =>
      Effect.gen(function*() {
        const server = yield* serve("--json")
        const stdout: Array<string> = []
        const client = ["client", "--host", "127.0.0.1", "--port", server.port, "--messages", "100000000", ...args]
        const fiber = yield* Effect.forkChild(running(client, capture((line) => stdout.push(line))))
        yield* eventually(() => server.stdout.length > 100)
        yield* Fiber.interrupt(fiber)
        const last = args.length > 0
          ? /^{"event":"summary",.*"ok":false}$/
          : /^FAILED: [\d,]+ sent, [\d,]+ echoed, 0 wrong/
        assert.match(stdout.at(-1) ?? "", last)
      }))
  }
})
