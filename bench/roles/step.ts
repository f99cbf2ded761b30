/**
 * The reducer alone: what `step` costs, without sockets and without Effect. To run with `--expose-gc` and a young
 * generation so large that nothing is collected while bytes are counted.
 */
import type { Input, Output } from "@effect-enet/core/protocol"
import type { Figures } from "../harness/process.ts"
import { median } from "../harness/statistics.ts"
import { type Command, print, serveCommands } from "./commands.ts"
import { protect } from "./echoStep.ts"
import {
  apply,
  type Client,
  connect,
  connectMany,
  datagrams,
  dispatch,
  makeServer,
  sending,
  service,
  type Side
} from "./sides.ts"

const SIZE = 64
/** Messages between two looks at the clock: as many as a client may send unacknowledged. */
const CHUNK = 384

const collect = () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
}

const bytesInUse = () => {
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const nanos = () => Number(process.hrtime.bigint())

/** A server and its connected clients. */
interface World {
  readonly server: Side
  readonly clients: ReadonlyArray<Client>
}

const makeWorld = (peers: number): World => {
  const server = makeServer(peers)
  return { server, clients: connectMany(server, peers, 2) }
}

/** The worlds of one process, so that all of them find the same compiled code and the same heap. */
const worlds = new Map<number, World>()

const worldOf = (peers: number): World => {
  const world = worlds.get(peers) ?? makeWorld(peers)
  worlds.set(peers, world)
  return world
}

/**
 * `cost one|all PEERS PER_STEP MESSAGES`: the receiving host's part in a reliable message, from the datagram to the event
 * and the acknowledgement. Each step gets `PER_STEP` datagrams of one message each, from one connection or from as many.
 */
const cost = ({ mode, numbers: [peers = 1, perStep = 1, messages = 1] }: Command): Figures => {
  const { clients, server } = worldOf(peers)
  const active = mode === "one" ? clients.slice(-1) : clients
  const payload = new Uint8Array(SIZE)
  let turn = 0
  const message = (): ReadonlyArray<Input.Input> => {
    const client = active[turn++ % active.length]
    return client === undefined ? [] : datagrams(client, apply(client, [sending(client.peer, payload), service]))
  }
  const rounds = Math.floor(CHUNK / perStep)
  const batches = () =>
    Array.from({ length: rounds }, () => [
      ...Array.from({ length: perStep }, message).flat(),
      service,
      dispatch
    ])
  const byPort = new Map(clients.map((client) => [client.address.port, client]))
  const acknowledge = (outputs: ReadonlyArray<Output.Outputs>) => {
    for (const { transmits } of outputs) {
      for (const { address, bytes } of transmits) {
        const client = byPort.get(address.port)
        if (client !== undefined) apply(client, [{ _tag: "Datagram", address: server.address, bytes }])
      }
    }
  }
  const times: Array<number> = []
  const bytes: Array<number> = []
  for (let delivered = 0; delivered < messages; delivered += rounds * perStep) {
    const inputs = batches()
    const outputs: Array<Output.Outputs> = []
    const before = bytesInUse()
    const start = nanos()
    for (const batch of inputs) outputs.push(apply(server, batch))
    const end = nanos()
    bytes.push(bytesInUse() - before)
    times.push(end - start)
    const received = outputs.reduce((sum, { events }) => sum + events.length, 0)
    if (received !== rounds * perStep) throw new Error(`${received} messages of ${rounds * perStep}`)
    acknowledge(outputs)
  }
  const count = rounds * perStep
  return { nanos: median(times) / count, bytes: median(bytes) / count }
}

/** `queue LENGTH COUNT`: the sending host's part in messages that are queued so many at a time. */
const queue = ({ numbers: [length = 1, count = 1] }: Command): Figures => {
  const server = makeServer(1)
  const client = connect(server, 0, 2)
  const payload = new Uint8Array(SIZE)
  const sends = Array.from({ length: Math.min(length, 1000) }, () => sending(client.peer, payload))
  let spent = 0
  const timed = (inputs: ReadonlyArray<Input.Input>) => {
    const start = nanos()
    const outputs = apply(client, inputs)
    spent += nanos() - start
    return outputs
  }
  for (let sent = 0; sent < count; sent += length) {
    for (let queued = 0; queued < length; queued += sends.length) timed(sends)
    let delivered = 0
    let answers: ReadonlyArray<Input.Input> = []
    while (delivered < length) {
      const replies = apply(server, [...datagrams(client, timed([...answers, service])), service, dispatch])
      delivered += replies.events.length
      answers = datagrams(server, replies)
    }
    timed(answers)
  }
  return { nanos: spent / count }
}

/** `memory PEERS CHANNELS`: what stays on the heap for each connection. */
const memory = ({ numbers: [peers = 1, channels = 1] }: Command): Figures => {
  const server = makeServer(4095)
  connectMany(server, 50, channels)
  collect()
  const before = bytesInUse()
  for (let index = 0; index < peers; index++) connect(server, 100 + index, channels)
  collect()
  return { bytes: (bytesInUse() - before) / peers, peers: server.state.connectedPeers }
}

const buffers = () => process.memoryUsage().arrayBuffers

const total = ({ transmits }: Output.Outputs): number => transmits.reduce((sum, { bytes }) => sum + bytes.length, 0)

/** `broadcast PEERS SIZE`: bytes of buffers allocated for each byte that is sent. */
const broadcast = ({ numbers: [peers = 1, size = 1] }: Command): Figures => {
  const server = makeServer(peers)
  connectMany(server, peers, 2)
  const payload = new Uint8Array(size)
  const held: Array<Output.Outputs> = []
  collect()
  const before = buffers()
  for (let i = 0; i < 4; i++) {
    held.push(apply(server, [{ _tag: "Broadcast", channelID: 0, packet: { payload, flags: 0 } }, service]))
  }
  const allocated = buffers() - before
  return { allocated, sent: held.reduce((sum, outputs) => sum + total(outputs), 0) }
}

/** `packet SIZE`: bytes of buffers allocated on the way out and on the way in of one reliable packet. */
const packet = ({ numbers: [size = 1] }: Command): Figures => {
  const server = makeServer(1)
  const client: Client = connect(server, 0, 2)
  const payload = new Uint8Array(size)
  const held: Array<unknown> = []
  collect()
  let [out, into, sent, delivered] = [0, 0, 0, 0]
  let inputs: ReadonlyArray<Input.Input> = [sending(client.peer, payload), service]
  while (delivered === 0) {
    const start = buffers()
    const outputs = apply(client, inputs)
    out += buffers() - start
    const arriving = datagrams(client, outputs)
    const middle = buffers()
    const replies = apply(server, [...arriving, dispatch])
    into += buffers() - middle
    sent += total(outputs)
    delivered += replies.events.length
    held.push(outputs, arriving, replies)
    inputs = [...datagrams(server, apply(server, [service])), service]
  }
  return { out, into, sent, held: held.length }
}

const commands: Readonly<Record<string, (command: Command) => Figures>> = {
  cost,
  queue,
  memory,
  broadcast,
  packet,
  protect
}

print({ ready: 1 })
await serveCommands((command) => {
  const run = commands[command.name]
  return run === undefined
    ? Promise.reject(new Error(`unknown command ${command.name}`))
    : Promise.resolve(run(command))
})
