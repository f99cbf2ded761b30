/**
 * The demo of the README: one server and three clients in one process, exchanging real UDP datagrams over loopback.
 * It prints what happens and ends by itself.
 *
 * npm run demo
 */
import { DeliveryMode, type EnetError, EnetEvent, EnetHost, type EnetPeer } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Fiber, Stream } from "effect"

const started = performance.now()
const say = (who: string, text: string) =>
  Effect.suspend(() =>
    Console.log(`${(performance.now() - started).toFixed(0).padStart(5)} ms  ${who.padEnd(6)}  ${text}`)
  )
const bytes = (n: number) => `${n.toLocaleString("en-US")} bytes`
const KICK = "kick me, please"

/** Echoes every packet on its channel in its mode, and kicks whoever asks for it. */
const serve = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  yield* Stream.runForEach(
    host.events,
    EnetEvent.match({
      Connect: ({ data, peer }) => say("server", `+ ${peer}, ${peer.channelCount} channels, data ${data}`),
      Receive: Effect.fnUntraced(function*({ channel, mode, packet, peer }) {
        yield* say("server", `< ${peer} channel ${channel}: ${bytes(packet.length)}, ${mode}`)
        if (new TextDecoder().decode(packet.subarray(0, 100)) === KICK) return yield* peer.disconnect(4242)
        yield* peer.send(channel, packet, { mode })
      }, (handled) => Effect.ignore(handled)),
      Disconnect: ({ peer, reason }) => say("server", `- ${peer}, ${reason._tag}`)
    })
  )
})

/** A client is a host of its own, with its own socket. Leaving the scope of `connect` disconnects. */
const client = (
  name: string,
  data: number,
  script: (peer: EnetPeer.EnetPeer) => Effect.Effect<void, EnetError.EnetError>
) =>
(port: number) =>
  Effect.gen(function*() {
    const host = yield* EnetHost.EnetHost
    yield* say(name, `connecting to 127.0.0.1:${port}`)
    const peer = yield* host.connect({ address: "127.0.0.1", port, channels: 3, data })
    yield* script(peer)
    yield* peer.disconnect(data)
    yield* Effect.flatMap(peer.closed, (reason) => say(name, `gone: ${reason._tag}`))
  }).pipe(
    Effect.catchReason("EnetError", "PeerDisconnected", () => say(name, "already gone")),
    Effect.scoped,
    Effect.provide(NodeEnetHost.layer({ maxPeers: 1 }))
  )

/** Reads the next packets while `send` runs, so that none can be missed. */
const exchange = <E>(peer: EnetPeer.EnetPeer, count: number, send: Effect.Effect<void, E>) =>
  Effect.gen(function*() {
    const echoes = yield* peer.messages.pipe(
      Stream.take(count),
      Stream.runCollect,
      Effect.forkChild({ startImmediately: true })
    )
    yield* send
    return yield* Fiber.join(echoes)
  })

const modes = DeliveryMode.DeliveryMode.literals

const ada = client("Ada", 1, (peer) =>
  Effect.gen(function*() {
    const sendAll = Effect.forEach(
      modes,
      (mode, i) => peer.send(i % peer.channelCount, `a packet that travels ${mode}`, { mode }),
      { discard: true }
    )
    for (const { channel, packet } of yield* exchange(peer, modes.length, sendAll)) {
      yield* say("Ada", `> channel ${channel}: "${new TextDecoder().decode(packet)}" came back`)
    }
  }))

const bob = client("Bob", 2, (peer) =>
  Effect.gen(function*() {
    const large = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => i * i)
    yield* say("Bob", `sending ${bytes(large.length)} in one packet`)
    const before = performance.now()
    const [echo] = yield* exchange(peer, 1, peer.send(0, large))
    const equal = echo !== undefined && Buffer.compare(echo.packet, large) === 0
    yield* say("Bob", `> ${equal ? "came back equal" : "BROKEN"} after ${(performance.now() - before).toFixed(0)} ms`)
  }))

const eve = client("Eve", 3, (peer) =>
  Effect.gen(function*() {
    yield* peer.send(0, KICK)
    const reason = yield* peer.closed
    yield* say("Eve", `kicked: ${JSON.stringify(reason)}`)
  }))

const program = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  const { port } = host.address
  yield* say("server", `listening on 127.0.0.1:${port}`)
  yield* Effect.forkScoped(serve)
  yield* Effect.all([ada(port), Effect.delay(bob(port), 300), Effect.delay(eve(port), 600)], {
    concurrency: "unbounded"
  })
  const total = yield* host.statistics
  yield* say(
    "server",
    `received ${bytes(total.receivedData)} in ${total.receivedPackets} datagrams, ` +
      `sent ${bytes(total.sentData)} in ${total.sentPackets}`
  )
})

program.pipe(
  Effect.scoped,
  Effect.provide(NodeEnetHost.layer({ bind: { address: "127.0.0.1" } })),
  NodeRuntime.runMain
)
