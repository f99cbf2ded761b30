/**
 * The reducer of an echo server, driven by hand: with what protects a host and without, in one process, so that both find
 * the same compiled code.
 */
import { defaultBudgets, type Host, type Input, type Output } from "@effect-enet/core/protocol"
import type { Figures } from "../harness/process.ts"
import { median } from "../harness/statistics.ts"
import type { Command } from "./commands.ts"
import {
  apply,
  type Client,
  connectMany,
  datagrams,
  dispatch,
  makeServer,
  sending,
  service,
  type Side
} from "./sides.ts"

const SIZE = 64
const payload = new Uint8Array(SIZE)

const protections: Host.PartialSettings = { proving: { secret: [1, 2, 3, 4] }, budgets: defaultBudgets }

/** A server, its clients by their ports, and its connection to each. */
interface World {
  readonly server: Side
  readonly clients: ReadonlyArray<Client>
  readonly refs: ReadonlyMap<number, Output.PeerRef>
}

const makeWorld = (peers: number, settings: Host.PartialSettings): World => {
  const server = makeServer(peers, settings)
  const clients = connectMany(server, peers, 2)
  const refs = new Map<number, Output.PeerRef>()
  server.state.peers.forEach(({ link, ref }) => refs.set(link.address.port, ref))
  return { server, clients, refs }
}

/** Nanoseconds per message that the server takes for one round: a packet of each client, and its echo. */
const round = ({ clients, refs, server }: World, perStep: number): number => {
  let spent = 0
  for (let first = 0; first < clients.length; first += perStep) {
    const inputs: Array<Input.Input> = []
    for (const client of clients.slice(first, first + perStep)) {
      const peer = refs.get(client.address.port)
      if (peer === undefined) throw new Error("not connected")
      inputs.push(...datagrams(client, apply(client, [sending(client.peer, payload), service])), sending(peer, payload))
    }
    inputs.push(service, dispatch)
    const start = process.hrtime.bigint()
    const { events, transmits } = apply(server, inputs)
    spent += Number(process.hrtime.bigint() - start)
    if (events.length !== Math.min(perStep, clients.length - first)) throw new Error("messages are missing")
    for (const { address, bytes } of transmits) {
      const client = clients.find(({ address: { port } }) => port === address.port)
      if (client !== undefined) {
        apply(client, [{ _tag: "Datagram", address: server.address, bytes: bytes.slice() }, dispatch])
      }
    }
  }
  return spent / clients.length
}

/** `protect PEERS PER_STEP ROUNDS`: off, on, on, off in each round; medians, and off beside off. */
export const protect = ({ numbers: [peers = 1, perStep = 1, rounds = 1] }: Command): Figures => {
  const [offFirst, offLast] = [makeWorld(peers, {}), makeWorld(peers, {})]
  const [onFirst, onLast] = [makeWorld(peers, protections), makeWorld(peers, protections)]
  const samples: Array<{ readonly off: number; readonly on: number; readonly noise: number }> = []
  for (let i = 0; i < rounds; i++) {
    const [a, b, c, d] = [
      round(offFirst, perStep),
      round(onFirst, perStep),
      round(onLast, perStep),
      round(offLast, perStep)
    ]
    samples.push({ off: (a + d) / 2, on: (b + c) / 2, noise: d - a })
  }
  // what comes first is not compiled yet
  const settled = samples.slice(rounds >> 1)
  return {
    off: median(settled.map(({ off }) => off)),
    more: median(settled.map(({ off, on }) => on - off)),
    noise: median(settled.map(({ noise }) => noise))
  }
}
