/**
 * What a packet there and back costs two hosts on a network in memory, plain and with DTLS in between.
 */
import { EnetHost } from "@effect-enet/core"
import { MemoryNetwork } from "@effect-enet/core/testing"
import { Dtls } from "@effect-enet/dtls"
import { Effect, Layer, Stream } from "effect"
import type { DatagramSocket } from "effect/socket"
import * as Pki from "../packages/dtls/test/kit/Pki.ts"
import { median } from "./median.ts"

const PORT = 7777
const PACKETS = 4000

type Sockets = {
  readonly server: Layer.Layer<DatagramSocket.DatagramSocket, unknown>
  readonly client: Layer.Layer<DatagramSocket.DatagramSocket, unknown>
}

const plain = (): Sockets => {
  const network = MemoryNetwork.make()
  return { server: network.layer({ port: PORT }), client: network.layer() }
}

const encrypted = (): Sockets => {
  const { client, server } = plain()
  const identity = Pki.server()
  return {
    server: Dtls.layerServer({ key: identity.keyPem, certificate: identity.pem }).pipe(Layer.provide(server)),
    client: Dtls.layerClient({ roots: identity.pem, hostName: "localhost" }).pipe(Layer.provide(client))
  }
}

interface Cost {
  /** Microseconds of processor time for each packet and its echo, once the connection is there. */
  readonly micros: number
  /** How many datagrams that takes. */
  readonly datagrams: number
}

const roundTrip = (sockets: Sockets, size: number): Promise<Cost> =>
  Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const server = yield* EnetHost.make().pipe(Effect.provide(sockets.server))
    const client = yield* EnetHost.make().pipe(Effect.provide(sockets.client))
    yield* server.serve((peer) => Stream.runForEach(peer.messages, ({ packet }) => peer.send(0, packet))).pipe(
      Effect.forkScoped
    )
    const peer = yield* client.connect({ address: "127.0.0.1", port: PORT })
    const pull = yield* Stream.toPull(peer.messages)
    const payload = new Uint8Array(size).fill(7)
    const echo = Effect.andThen(peer.send(0, payload), pull)
    yield* Effect.repeat(echo, { times: PACKETS })
    const sent = Effect.map(
      Effect.all([client.statistics, server.statistics]),
      ([ours, theirs]) => ours.sentPackets + theirs.sentPackets
    )
    const sentBefore = yield* sent
    const before = process.cpuUsage()
    for (let i = 0; i < PACKETS; i++) yield* echo
    const { system, user } = process.cpuUsage(before)
    return { micros: (system + user) / PACKETS, datagrams: ((yield* sent) - sentBefore) / PACKETS }
  })))

const medianOf = (costs: ReadonlyArray<Cost>): Cost => ({
  micros: median(costs.map(({ micros }) => micros)),
  datagrams: median(costs.map(({ datagrams }) => datagrams))
})

/** Medians of so many rounds, in which both kinds take turns. */
export const measureHosts = async (
  size: number,
  rounds: number
): Promise<{ readonly plain: Cost; readonly encrypted: Cost }> => {
  const [plains, encrypteds] = [new Array<Cost>(), new Array<Cost>()]
  for (let round = 0; round < rounds; round++) {
    plains.push(await roundTrip(plain(), size))
    encrypteds.push(await roundTrip(encrypted(), size))
  }
  return { plain: medianOf(plains), encrypted: medianOf(encrypteds) }
}
