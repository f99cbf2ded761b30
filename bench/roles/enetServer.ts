/**
 * Our server: counts what it receives, or (`echo`) sends it back, in the words of the README.
 */
import { EnetEvent, EnetHost } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { Effect, Stream } from "effect"
import type { Figures } from "../harness/process.ts"
import { type Command, kernelReceiveBufferSize, option, print, role, serveCommands, stopwatch } from "./commands.ts"
import { modeOf } from "./modes.ts"

const counters = { messages: 0 }

const count = (host: EnetHost.EnetHost["Service"]) =>
  Stream.runForEachArray(host.events, (events) =>
    Effect.sync(() => {
      for (const event of events) if (event._tag === "Receive") counters.messages++
    }))

const echo = (host: EnetHost.EnetHost["Service"]) =>
  Stream.runForEach(
    host.events,
    EnetEvent.match({
      Connect: () => Effect.void,
      Receive: ({ channel, mode, packet, peer }) => {
        counters.messages++
        return Effect.ignore(peer.send(channel, packet, { mode }))
      },
      Disconnect: () => Effect.void
    })
  )

/** What is on the heap when the garbage is gone. */
const memory = (): Figures => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return { heapUsed, arrayBuffers }
}

const watch = stopwatch()

const answer = (host: EnetHost.EnetHost["Service"]) =>
  Effect.fnUntraced(function*({ mode, name, numbers: [first = 0, second = 0] }: Command) {
    const { connectedPeers, receivedPackets, sentPackets } = yield* host.statistics
    switch (name) {
      case "ping":
        for (const peer of yield* host.peers) yield* peer.pingInterval(first)
        break
      case "memory":
        return { ...memory(), peers: connectedPeers }
      case "broadcast": {
        const payload = new Uint8Array(second)
        const lap = stopwatch()
        for (let i = 0; i < first; i++) {
          yield* host.broadcast(0, payload, { mode: modeOf(mode) })
          yield* host.flush
          // the datagrams go out before the next ones come
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        }
        const { sentPackets: after } = yield* host.statistics
        return { ...lap.read(), sent: after - sentPackets }
      }
    }
    return {
      ...watch.read(),
      messages: counters.messages,
      received: receivedPackets,
      sent: sentPackets,
      peers: connectedPeers
    }
  })

const server = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  yield* Effect.forkScoped(role === "echo" ? echo(host) : count(host), { startImmediately: true })
  print({ port: host.address.port })
  const respond = answer(host)
  return yield* Effect.promise(() => serveCommands((command) => Effect.runPromise(Effect.orDie(respond(command)))))
})

await Effect.runPromise(
  Effect.scoped(server).pipe(Effect.provide(NodeEnetHost.layer({
    bind: { address: "127.0.0.1" },
    kernelReceiveBufferSize,
    maxPeers: option("peers", 32),
    channelLimit: option("channels", 2)
  })))
)
