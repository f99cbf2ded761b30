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
const say = (who: string, what: string) =>
  Effect.suspend(() => {
    const at = (performance.now() - started).toFixed(0).padStart(5)
    return Console.log(`${at} ms  ${who.padEnd(7)} ${what}`)
  })

const bytes = (n: number) => `${n.toLocaleString("en-US")} bytes`
const decode = (packet: Uint8Array) => new TextDecoder().decode(packet)
const KICK = "kick me, please"

// --- the server ------------------------------------------------------------------------------------------------------

/** Sends a packet back on its channel in its mode, or kicks whoever asks for it. */
const answer = Effect.fnUntraced(function*({ channel, mode, packet, peer }: EnetEvent.Receive) {
  yield* say("server", `< peer ${peer.id}  ${bytes(packet.length)} on channel ${channel}, ${mode}`)
  if (packet.length === KICK.length && decode(packet) === KICK) return yield* peer.disconnect(4242)
  yield* peer.send(channel, packet, { mode })
})

const serve = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  const handle = EnetEvent.match({
    Connect: ({ data, peer }) =>
      say("server", `+ peer ${peer.id}  port ${peer.address.port}, ${peer.channelCount} channels, data ${data}`),
    Receive: (event) => Effect.ignore(answer(event)), // the peer may have left in the meantime
    Disconnect: ({ peer, reason }) => say("server", `- peer ${peer.id}  ${JSON.stringify(reason)}`)
  })
  yield* Stream.runForEach(host.events, handle)
})

// --- the clients -----------------------------------------------------------------------------------------------------

/** A client is a host with a socket of its own. Its scope owns the socket and the connection. */
const client = (
  name: string,
  data: number,
  script: (peer: EnetPeer.EnetPeer) => Effect.Effect<void, EnetError.EnetError>
) =>
(port: number) =>
  Effect.gen(function*() {
    const host = yield* EnetHost.EnetHost
    const peer = yield* host.connect({ address: "127.0.0.1", port, channels: 3, data })
    yield* say(name, `connected to 127.0.0.1:${port}`)
    yield* script(peer)
    yield* Effect.ignore(peer.disconnect(data))
    yield* say(name, `gone: ${JSON.stringify(yield* peer.closed)}`)
  }).pipe(Effect.scoped, Effect.provide(NodeEnetHost.layer({ maxPeers: 1 })))

/** Sends packets and waits for their echoes. Reading starts first, so that nothing can be missed. */
const exchange = <E>(peer: EnetPeer.EnetPeer, count: number, send: Effect.Effect<void, E>) =>
  Effect.gen(function*() {
    const reading = peer.messages.pipe(Stream.take(count), Stream.runCollect)
    const echoes = yield* Effect.forkChild(reading, { startImmediately: true })
    yield* send
    return yield* Fiber.join(echoes)
  })

/** One packet in each delivery mode; those that may be fragmented are large enough for it. */
const ada = client("Ada", 1, (peer) =>
  Effect.gen(function*() {
    const modes = DeliveryMode.DeliveryMode.literals
    const sendAll = Effect.forEach(modes, (mode, i) => {
      const text = `this packet is ${mode}. `
      return peer.send(i % peer.channelCount, text.repeat(mode.endsWith("fragment") ? 100 : 1), { mode })
    }, { discard: true })
    for (const { packet } of yield* exchange(peer, modes.length, sendAll)) {
      yield* say("Ada", `> "${decode(packet.subarray(0, 44)).replace(/\..*/, "")}" came back, ${bytes(packet.length)}`)
    }
  }))

/** One packet of a mebibyte, which travels as hundreds of fragments. */
const bob = client("Bob", 2, (peer) =>
  Effect.gen(function*() {
    const large = Uint8Array.from({ length: 1024 * 1024 }, (_, i) => i * i)
    const before = performance.now()
    const [echo] = yield* exchange(peer, 1, peer.send(0, large))
    const elapsed = (performance.now() - before).toFixed(0)
    const equal = echo !== undefined && Buffer.compare(echo.packet, large) === 0
    yield* say("Bob", `> ${bytes(large.length)} came back ${equal ? "equal" : "BROKEN"} after ${elapsed} ms`)
  }))

/** Gets kicked, and learns why. */
const eve = client("Eve", 3, (peer) => Effect.andThen(peer.send(0, KICK), Effect.asVoid(peer.closed)))

// --- all together ----------------------------------------------------------------------------------------------------

const program = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  const { port } = host.address
  yield* say("server", `listening on 127.0.0.1:${port}`)
  yield* Effect.forkScoped(serve)
  yield* Effect.all([ada(port), Effect.delay(bob(port), 300), Effect.delay(eve(port), 600)], {
    concurrency: "unbounded"
  })
  const { receivedData, receivedPackets, sentData, sentPackets } = yield* host.statistics
  yield* say("server", `received ${receivedPackets} datagrams (${bytes(receivedData)}),`)
  yield* say("server", `sent ${sentPackets} datagrams (${bytes(sentData)})`)
})

program.pipe(
  Effect.scoped,
  Effect.provide(NodeEnetHost.layer({ bind: { address: "127.0.0.1" } })),
  NodeRuntime.runMain
)
