import { NodeEnetHost } from "@effect-enet/node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Worker } from "node:worker_threads"

/** Sends noise to a port, as much as it can, until it is told to stop. */
const flooder = `
  const { parentPort, workerData } = require("node:worker_threads")
  const socket = require("node:dgram").createSocket("udp4")
  const noise = Buffer.from("0123456789abcdef0123456789abcdef")
  let running = true
  let sent = 0
  parentPort.on("message", () => { running = false })
  const burst = () => {
    if (!running) return socket.close(() => parentPort.postMessage(sent))
    for (let i = 0; i < 200; i++) {
      noise.writeUInt16BE((sent * 40503) & 0x3fff, 0)
      socket.send(noise, workerData, "127.0.0.1")
      sent++
    }
    setImmediate(burst)
  }
  socket.bind(0, "127.0.0.1", burst)
`

const flood = (port: number) =>
  Effect.acquireRelease(
    Effect.sync(() => new Worker(flooder, { eval: true, workerData: port })),
    (worker) =>
      Effect.promise(async () => {
        const stopped = new Promise((resolve) => worker.once("message", resolve))
        worker.postMessage("stop")
        await stopped
        await worker.terminate()
      })
  )

describe("a flood of noise on a real socket", () => {
  it.live("stops no connection", () =>
    Effect.gen(function*() {
      const server = yield* NodeEnetHost.make({ bind: { address: "127.0.0.1" } })
      yield* Effect.forkScoped(
        server.serve((peer) => Stream.runForEach(peer.messages, ({ channel, packet }) => peer.send(channel, packet)))
      )
      yield* flood(server.address.port)
      yield* Effect.sleep("300 millis")
      const client = yield* NodeEnetHost.make({ maxPeers: 1 })
      const peer = yield* client.connect({ address: "127.0.0.1", port: server.address.port })
      let echoes = 0
      for (let i = 0; i < 50; i++) {
        yield* peer.send(0, `packet ${i}`)
        yield* Stream.runForEach(Stream.take(peer.messages, 1), () => Effect.sync(() => echoes++))
      }
      assert.strictEqual(echoes, 50)
      const { dropped } = yield* server.statistics
      assert.isAbove(dropped["UnknownPeer"] ?? 0, 1000)
    }), 60_000)
})
