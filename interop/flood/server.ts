/**
 * Who is flooded: an echo server of ours, or one of bare datagrams that throws away whatever is not a ping, which is what
 * any program on `node:dgram` can do at best. A line on stdin is answered with what was received and what it took.
 *
 *     server.ts enet|bare BUFFER
 */
import { EnetEvent } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { Effect, Stream } from "effect"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { createInterface } from "node:readline"

const PEERS = 64
const PING = 0x50494e47

const print = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const serveLines = async (received: () => number): Promise<void> => {
  let count = 0
  let cpu = process.cpuUsage()
  for await (const _line of createInterface({ input: process.stdin })) {
    const { system, user } = process.cpuUsage(cpu)
    const now = received()
    print({ event: "counted", received: now - count, cpuMs: (system + user) / 1000 })
    cpu = process.cpuUsage()
    count = now
  }
}

const bare = async (buffer: number): Promise<void> => {
  const socket = createSocket({ type: "udp4", lookup: (address, _options, done) => done(null, address, 4) })
  const listening = once(socket, "listening")
  socket.bind(0, "127.0.0.1")
  await listening
  socket.setRecvBufferSize(buffer)
  let received = 0
  socket.on("message", (message, from) => {
    received++
    if (message.length === 16 && message.readUInt32BE(0) === PING) socket.send(message, from.port, from.address)
  })
  print({ event: "listening", port: socket.address().port })
  await serveLines(() => received)
  socket.close()
}

const enet = (buffer: number) =>
  Effect.gen(function*() {
    const host = yield* NodeEnetHost.make({
      bind: { address: "127.0.0.1" },
      maxPeers: PEERS,
      ...(buffer === 0 ? {} : { kernelReceiveBufferSize: buffer })
    })
    yield* Effect.forkScoped(Stream.runForEach(
      host.events,
      EnetEvent.match({
        // without it, echoes would be dropped as soon as round trips grow
        Connect: ({ peer }) => Effect.ignore(peer.throttleConfigure({ acceleration: 32, deceleration: 0 })),
        Receive: ({ channel, mode, packet, peer }) => Effect.ignore(peer.send(channel, packet, { mode })),
        Disconnect: () => Effect.void
      })
    ))
    print({ event: "listening", port: host.address.port })
    const read = Effect.map(host.statistics, (now) => now.receivedPackets + (now.dropped["Overloaded"] ?? 0))
    yield* Effect.promise(() => serveLines(() => Effect.runSync(read)))
  }).pipe(Effect.scoped, Effect.runPromise)

const [kind, buffer = "0"] = process.argv.slice(2)
await (kind === "bare" ? bare(Number(buffer)) : enet(Number(buffer)))
