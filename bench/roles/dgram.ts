/**
 * Bare datagrams: what `node:dgram` takes to move them, in the cheapest way that the side allows. A server must name the
 * remote of each datagram; a client can connect its socket.
 */
import { createSocket } from "node:dgram"
import { once } from "node:events"
import type { Figures } from "../harness/process.ts"
import { type Command, option, print, quantiles, role, serveCommands, stopwatch } from "./commands.ts"

const RECEIVE_BUFFER = 4 * 1024 * 1024
/** Sent before the event loop gets its turn, as a batch of a host is. */
const BATCH = 64

const socket = createSocket({
  type: "udp4",
  // the addresses are literals: looking them up takes a turn of the event loop
  lookup: (address, _options, done) => done(null, address, 4)
})
// it may be bound at once
const listening = once(socket, "listening")
socket.bind(0, "127.0.0.1")
await listening
socket.setRecvBufferSize(RECEIVE_BUFFER)

const turn = () => new Promise((resolve) => setImmediate(resolve))

const counters = { received: 0, sent: 0 }

const server = async (): Promise<never> => {
  let remote = { port: 0, address: "" }
  const echoes = role === "echo"
  socket.on("message", (message, from) => {
    counters.received++
    remote = from
    if (!echoes) return
    counters.sent++
    socket.send(message, from.port, from.address)
  })
  const watch = stopwatch()
  print({ port: socket.address().port })
  return serveCommands(async ({ name, numbers: [count = 0, size = 0] }) => {
    if (name !== "send") return { ...watch.read(), messages: counters.received, ...counters }
    const lap = stopwatch()
    const payload = new Uint8Array(size)
    for (let i = 1; i <= count; i++) {
      socket.send(payload, remote.port, remote.address)
      if (i % option("batch", BATCH) === 0) await turn()
    }
    return { ...lap.read(), sent: count }
  })
}

/** As fast as the socket takes. */
const flood = async ({ numbers: [count = 0, size = 0] }: Command): Promise<Figures> => {
  const payload = new Uint8Array(size)
  const lap = stopwatch()
  for (let i = 1; i <= count; i++) {
    if (i % BATCH === 0) await new Promise((resolve) => socket.send(payload, resolve))
    else socket.send(payload)
  }
  return { ...lap.read(), messages: count, sent: count }
}

/** One datagram in flight. */
const echo = async ({ numbers: [count = 0, size = 0] }: Command): Promise<Figures> => {
  const payload = new Uint8Array(size)
  const latencies: Array<number> = []
  const done = Promise.withResolvers<void>()
  const lap = stopwatch()
  let sent = performance.now()
  const next = () => {
    const now = performance.now()
    latencies.push((now - sent) * 1000)
    sent = now
    if (latencies.length < count) socket.send(payload)
    else done.resolve()
  }
  socket.on("message", next)
  socket.send(payload)
  await done.promise
  socket.off("message", next)
  return { ...lap.read(), messages: count, ...quantiles(latencies) }
}

const client = async (): Promise<never> => {
  const connected = once(socket, "connect")
  socket.connect(option("port", 0), "127.0.0.1")
  await connected
  print({ port: socket.address().port })
  return serveCommands((command) => command.name === "echo" ? echo(command) : flood(command))
}

await (role === "client" ? client() : server())
