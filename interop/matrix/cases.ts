/**
 * What both sides must be able to do with each other. Every case runs with a C server and our client, and with our
 * server and a C client.
 */
import { Admission, type DeliveryMode, type EnetEvent, type EnetHost, ReasonCode } from "@effect-enet/core"
import { Effect, Queue, type Scope, Stream } from "effect"
import { cClient, cServer, fail, type Line } from "./CPeer.ts"
import { exchange, ourEcho, ourHost } from "./ours.ts"

type Side = Effect.Effect<unknown, unknown, Scope.Scope>

export interface Case {
  readonly name: string
  readonly ourClient: Side
  readonly ourServer: Side
}

export const must = (condition: boolean, detail: string) => condition ? Effect.void : fail(detail)

export const checkData = (line: Line, data: number) =>
  must(line.data === data, `the ${line.event} event says data ${line.data} instead of ${data}`)

export const checkSummary = (line: Line, messages: number) =>
  must(
    line.ok === true && line.sent === messages && line.received === messages,
    `the C client sums up ${JSON.stringify(line)}`
  )

/** Packets of one mode and size there and back. */
const echo = (
  name: string,
  mode: DeliveryMode.DeliveryMode,
  size: number,
  messages: number,
  checksum = false
): Case => {
  const flags = checksum ? ["--checksum"] : []
  return {
    name,
    ourClient: Effect.gen(function*() {
      const server = yield* cServer(...flags)
      const host = yield* ourHost({ checksum })
      const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
      yield* exchange(peer, { messages, size, mode })
      yield* peer.disconnect(7)
      yield* checkData(yield* server.expect("disconnect"), 7)
    }),
    ourServer: Effect.gen(function*() {
      const { port } = yield* ourEcho({ checksum })
      const client = yield* cClient(port, "--messages", messages, "--size", size, "--mode", mode, ...flags)
      yield* checkSummary(yield* client.expect("summary"), messages)
    })
  }
}

const connectData: Case = {
  name: "connect with data, disconnect with data",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer("--channels", 4)
    const host = yield* ourHost()
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port, channels: 9, data: 0xcafe_babe })
    const line = yield* server.expect("connect")
    yield* checkData(line, 0xcafe_babe)
    yield* must(line.channels === 4 && peer.channelCount === 4, `${line.channels} and ${peer.channelCount} channels`)
    yield* peer.disconnect(0xffff_ffff)
    yield* checkData(yield* server.expect("disconnect"), 0xffff_ffff)
    const end = yield* peer.closed
    yield* must(end._tag === "Local", `our side ended by ${end._tag}`)
  }),
  ourServer: Effect.gen(function*() {
    const host = yield* ourHost()
    yield* host.channelLimit(4)
    const client = yield* cClient(
      host.address.port,
      "--channels",
      9,
      "--data",
      0xcafe_babe,
      "--messages",
      1,
      "--disconnect-data",
      0xffff_ffff
    )
    const echo = (event: EnetEvent.EnetEvent) =>
      event._tag === "Receive" ? event.peer.send(event.channel, event.packet) : Effect.void
    const [first, , second] = yield* host.events.pipe(Stream.tap(echo), Stream.take(3), Stream.runCollect)
    yield* must(first?._tag === "Connect" && first.data === 0xcafe_babe, "our Connect event has other data")
    yield* must(
      second?._tag === "Disconnect" && second.reason._tag === "Remote" && second.reason.data === 0xffff_ffff,
      "our Disconnect event has other data"
    )
    const line = yield* client.expect("connected")
    yield* must(line.channels === 4, `the C client has ${line.channels} channels`)
    yield* client.expect("summary")
  })
}

const channels: Case = {
  name: "255 channels, a packet on each",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer("--channels", 255)
    const host = yield* ourHost()
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port, channels: 255 })
    yield* exchange(peer, { messages: 255, size: 32, mode: "reliable", channelOf: (index) => index })
  }),
  ourServer: Effect.gen(function*() {
    const { port } = yield* ourEcho()
    const client = yield* cClient(port, "--channels", 255, "--all-channels", "--size", 32)
    yield* checkSummary(yield* client.expect("summary"), 255)
  })
}

type Form = "now" | "later" | "normal"
const calls = { now: "disconnectNow", later: "disconnectLater", normal: "disconnect" } as const

/** The client leaves in one of the three forms; the server learns the data. */
const leave = (form: Form): Case => ({
  name: `client disconnects (${form}) with data`,
  ourClient: Effect.gen(function*() {
    const server = yield* cServer()
    const host = yield* ourHost()
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
    yield* exchange(peer, { messages: 1, size: 10, mode: "reliable" })
    yield* peer[calls[form]](1234)
    yield* checkData(yield* server.expect("disconnect"), 1234)
    const end = yield* peer.closed
    yield* must(end._tag === (form === "now" ? "Closed" : "Local"), `our side ended by ${end._tag}`)
  }),
  ourServer: Effect.gen(function*() {
    const { ends, port } = yield* ourEcho()
    const client = yield* cClient(port, "--messages", 1, "--disconnect", form, "--disconnect-data", 1234)
    const end = yield* Queue.take(ends)
    yield* must(end._tag === "Remote" && end.data === 1234, `our side ended by ${JSON.stringify(end)}`)
    yield* checkSummary(yield* client.expect("summary"), 1)
  })
})

/** The server ends the connection after the first packet; the client learns the data. */
const kick = (form: Form): Case => ({
  name: `server kicks (${form}) with data`,
  ourClient: Effect.gen(function*() {
    const server = yield* cServer("--kick-after-first-receive", form, "--kick-data", 99)
    const host = yield* ourHost()
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
    yield* peer.send(0, "hello")
    const end = yield* peer.closed
    yield* must(end._tag === "Remote" && end.data === 99, `our side ended by ${JSON.stringify(end)}`)
  }),
  ourServer: Effect.gen(function*() {
    const host = yield* ourHost()
    yield* Effect.forkScoped(
      Stream.runForEach(host.events, (event) => event._tag === "Receive" ? event.peer[calls[form]](99) : Effect.void)
    )
    const client = yield* cClient(host.address.port, "--messages", 1, "--stay")
    yield* checkData(yield* client.expect("disconnect"), 99)
  })
})

const full: Case = {
  name: "refused by a full server",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer("--max-peers", 1)
    const host = yield* ourHost()
    const to = { address: "127.0.0.1", port: server.port }
    yield* host.connect(to)
    const error = yield* Effect.flip(host.connect({ ...to, timeout: 1500 }))
    yield* must(error.reason._tag === "ConnectTimeout", `the second connect ended by ${error.reason._tag}`)
  }),
  ourServer: Effect.gen(function*() {
    const { port } = yield* ourEcho({ maxPeers: 1 })
    const first = yield* cClient(port, "--messages", 1, "--stay")
    yield* first.expect("receive")
    const second = yield* cClient(port, "--timeout-ms", 1500)
    yield* checkData(yield* second.expect("connect-failed"), ReasonCode.ReasonCode.HostFull)
  })
}

/** A C client that is turned away learns the code, long before it would give up. */
const toldAtOnce = Effect.fnUntraced(function*(port: number, code: number) {
  const client = yield* cClient(port, "--timeout-ms", 20_000)
  const line = yield* Effect.timeout(client.expect("connect-failed"), "5 seconds")
  yield* checkData(line, code)
})

/** Who takes in nobody, or is told to ban the server's address, can still connect to a C server. */
const connectsOut = (host: EnetHost.EnetHost["Service"]) =>
  Effect.gen(function*() {
    const server = yield* cServer()
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
    yield* exchange(peer, { messages: 5, size: 10, mode: "reliable" })
  })

const refusingHost = Effect.tap(ourHost(), (host) => host.refuseNewConnections(true))

const refusing: Case = {
  name: "refused by a server that takes no new connections",
  ourClient: Effect.flatMap(refusingHost, connectsOut),
  ourServer: Effect.flatMap(refusingHost, ({ address }) => toldAtOnce(address.port, ReasonCode.ReasonCode.Refusing))
}

const banningHost = (code: number) => Effect.provide(ourHost(), Admission.layer(Admission.ban(["127.0.0.0/8"], code)))

const banned: Case = {
  name: "refused because of a banned address",
  ourClient: Effect.flatMap(banningHost(4711), connectsOut),
  ourServer: Effect.flatMap(banningHost(4711), ({ address }) => toldAtOnce(address.port, 4711))
}

const killed: Case = {
  name: "timeout when the other side is killed",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer()
    const host = yield* ourHost()
    const peer = yield* host.connect({ address: "127.0.0.1", port: server.port })
    yield* peer.timeout({ limit: 4, minimum: 500, maximum: 2000 })
    yield* exchange(peer, { messages: 1, size: 10, mode: "reliable" })
    yield* server.kill("SIGKILL")
    const end = yield* peer.closed
    yield* must(end._tag === "Timeout", `our side ended by ${end._tag}`)
  }),
  ourServer: Effect.gen(function*() {
    const { host, port } = yield* ourEcho()
    const client = yield* cClient(port, "--messages", 1, "--stay")
    yield* client.expect("receive")
    const [peer] = yield* host.peers
    if (peer === undefined) return yield* fail("our server has no peer")
    yield* peer.timeout({ limit: 4, minimum: 500, maximum: 2000 })
    yield* client.kill("SIGKILL")
    const end = yield* peer.closed
    yield* must(end._tag === "Timeout", `our side ended by ${end._tag}`)
  })
}

const MEBIBYTE = 1024 * 1024

export const cases: ReadonlyArray<Case> = [
  connectData,
  echo("reliable", "reliable", 64, 200),
  echo("unreliable", "unreliable", 64, 200),
  echo("unsequenced", "unsequenced", 64, 200),
  echo("unreliable fragments", "unreliable-fragment", 5000, 50),
  echo("empty packets", "reliable", 0, 20),
  echo("reliable fragments of 1 MiB", "reliable", MEBIBYTE, 3),
  channels,
  leave("normal"),
  leave("now"),
  leave("later"),
  kick("normal"),
  kick("now"),
  kick("later"),
  full,
  refusing,
  banned,
  killed,
  echo("checksum: reliable", "reliable", 64, 200, true),
  echo("checksum: unreliable fragments", "unreliable-fragment", 5000, 50, true),
  echo("checksum: 1 MiB", "reliable", MEBIBYTE, 2, true)
]
