/**
 * What `serve --top` remembers of a host: a sample for each second.
 */
import type { EnetHost } from "@effect-enet/core/EnetHost"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import type { View } from "./Frame.ts"
import type { PeerRow } from "./Table.ts"

/** Samples that are kept: the widest sparkline has so many characters. */
const SAMPLES = 60

const appended = (values: ReadonlyArray<number>, value: number): ReadonlyArray<number> =>
  [...values, value].slice(-SAMPLES)

/** What is kept of a connection between two samples. */
interface Known {
  readonly row: PeerRow
  readonly receivedData: number
  readonly sentData: number
}

export interface History {
  /** Reads the host, once in a second. */
  readonly sample: Effect.Effect<void>
  readonly view: () => View
}

export const make = (host: EnetHost["Service"], maxPeers: number): History => {
  let view: View = {
    address: NetAddress.formatSocketAddress(host.address),
    uptime: -1,
    connected: 0,
    maxPeers,
    received: [],
    sent: [],
    datagramsIn: 0,
    datagramsOut: 0,
    dropped: {},
    peers: []
  }
  let totals = { sentData: 0, sentPackets: 0, receivedData: 0, receivedPackets: 0 }
  let known: ReadonlyMap<number, Known> = new Map()

  const rowOf = (peer: EnetPeer) =>
    Effect.gen(function*() {
      const state = yield* peer.state
      const statistics = yield* peer.statistics
      const before = known.get(peer.connection)
      const row: PeerRow = {
        id: peer.id,
        address: NetAddress.formatSocketAddress(peer.address),
        state,
        roundTripTime: statistics.roundTripTime,
        roundTripTimeVariance: statistics.roundTripTimeVariance,
        roundTripTimes: appended(before?.row.roundTripTimes ?? [], statistics.roundTripTime),
        received: appended(before?.row.received ?? [], statistics.receivedData - (before?.receivedData ?? 0)),
        sent: appended(before?.row.sent ?? [], statistics.sentData - (before?.sentData ?? 0)),
        loss: statistics.packetLoss / 65_536,
        throttle: statistics.packetThrottle,
        inTransit: statistics.reliableDataInTransit,
        outgoing: statistics.outgoingQueued,
        waiting: statistics.totalWaitingData
      }
      const { receivedData, sentData } = statistics
      return [{ connection: peer.connection, row, receivedData, sentData }]
    }).pipe(
      // it is gone meanwhile
      Effect.orElseSucceed(() => [])
    )

  return {
    view: () => view,
    sample: Effect.gen(function*() {
      const now = yield* host.statistics
      const rows = (yield* Effect.forEach(yield* host.peers, rowOf)).flat()
      known = new Map(rows.map((one) => [one.connection, one]))
      view = {
        ...view,
        uptime: view.uptime + 1,
        connected: now.connectedPeers,
        received: appended(view.received, now.receivedData - totals.receivedData),
        sent: appended(view.sent, now.sentData - totals.sentData),
        datagramsIn: now.receivedPackets - totals.receivedPackets,
        datagramsOut: now.sentPackets - totals.sentPackets,
        dropped: now.dropped,
        peers: rows.map(({ row }) => row)
      }
      totals = now
    })
  }
}
