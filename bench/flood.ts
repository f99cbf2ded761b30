/**
 * One side of a flood between two processes, chosen by the arguments: `enet-server`, `enet-client`, `dgram-server` or
 * `dgram-client`. Each prints one JSON line with what it did and the processor time it took.
 */
import { EnetHost } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { Effect, Stream } from "effect"
import { createSocket } from "node:dgram"
import { once } from "node:events"

const [role, portText = "0", countText = "0", sizeText = "64"] = process.argv.slice(2)
const port = Number(portText)
const count = Number(countText)
const size = Number(sizeText)

const print = (values: Record<string, number>): void => {
  process.stdout.write(JSON.stringify(values) + "\n")
}

const cpuSince = (start: NodeJS.CpuUsage): number => {
  const { system, user } = process.cpuUsage(start)
  return user + system
}

const enetServer = Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  print({ port: host.address.port })
  let received = 0
  let start = process.cpuUsage()
  const gone = yield* host.events.pipe(
    Stream.mapArray((events): [boolean, ...Array<boolean>] => {
      let ended = false
      for (const event of events) {
        if (event._tag === "Connect") start = process.cpuUsage()
        else if (event._tag === "Receive") received++
        else ended = true
      }
      return [ended]
    }),
    Stream.takeUntil((ended) => ended),
    Stream.runCount
  )
  const { receivedPackets, sentPackets } = yield* host.statistics
  print({ messages: received, cpuMicros: cpuSince(start), receivedPackets, sentPackets, batches: gone })
})

const enetClient = Effect.scoped(Effect.gen(function*() {
  const host = yield* EnetHost.EnetHost
  const peer = yield* host.connect({ address: "127.0.0.1", port })
  const payload = new Uint8Array(size)
  const start = process.cpuUsage()
  const began = process.hrtime.bigint()
  for (let i = 0; i < count; i++) yield* peer.send(0, payload)
  yield* peer.disconnectLater()
  yield* peer.closed
  const { sentPackets } = yield* host.statistics
  const wallMicros = Number((process.hrtime.bigint() - began) / 1000n)
  print({ messages: count, cpuMicros: cpuSince(start), sentPackets, wallMicros })
}))

/** Counts datagrams until none has come for a quarter of a second. */
const dgramServer = async () => {
  const socket = createSocket("udp4")
  socket.bind(0, "127.0.0.1", () => {
    socket.setRecvBufferSize(4 * 1024 * 1024)
    print({ port: socket.address().port })
  })
  let received = 0
  let start: NodeJS.CpuUsage | undefined
  let cpuMicros = 0
  const done = Promise.withResolvers<void>()
  const quiet = setTimeout(() => done.resolve(), 10_000)
  socket.on("message", () => {
    start ??= process.cpuUsage()
    received++
    if (received % 64 === 0) cpuMicros = cpuSince(start)
    if (received % 1024 === 0 || received === count) quiet.refresh()
    if (received === 1) setTimeout(() => done.resolve(), 5000)
    if (received === count) done.resolve()
  })
  await done.promise
  clearTimeout(quiet)
  socket.close()
  print({ messages: received, cpuMicros })
}

/** Sends as fast as the socket takes, 64 datagrams in flight. */
const dgramClient = async () => {
  const socket = createSocket("udp4")
  socket.bind(0)
  await once(socket, "listening")
  const payload = new Uint8Array(size)
  const start = process.cpuUsage()
  const began = process.hrtime.bigint()
  let sent = 0
  const done = Promise.withResolvers<void>()
  const next = () => {
    if (sent === count) return done.resolve()
    sent++
    socket.send(payload, port, "127.0.0.1", next)
  }
  for (let i = 0; i < 64; i++) next()
  await done.promise
  print({ messages: sent, cpuMicros: cpuSince(start), wallMicros: Number((process.hrtime.bigint() - began) / 1000n) })
  socket.close()
}

const onHost = (program: Effect.Effect<void, unknown, EnetHost.EnetHost>) =>
  Effect.runPromise(Effect.provide(program, NodeEnetHost.layer({ bind: { address: "127.0.0.1" } })))

switch (role) {
  case "enet-server":
    await onHost(enetServer)
    break
  case "enet-client":
    await onHost(enetClient)
    break
  case "dgram-server":
    await dgramServer()
    process.exit(0)
    break
  case "dgram-client":
    await dgramClient()
    break
  default:
    throw new Error(`unknown role ${role}`)
}
