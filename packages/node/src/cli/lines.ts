/**
 * What the command prints on standard output: one line per event, as JSON or for people.
 */
import type { DeliveryMode } from "@effect-enet/core/DeliveryMode"
import type { DisconnectReason } from "@effect-enet/core/EnetEvent"
import type { HostStatistics } from "@effect-enet/core/EnetHost"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import { formatIp } from "effect/net/NetAddress"
import * as Crypto from "node:crypto"

const reasons = {
  Remote: "remote",
  Refused: "refused",
  Local: "local",
  Timeout: "timeout",
  Unreachable: "unreachable",
  Closed: "closed",
  BudgetExceeded: "budget-exceeded",
  ProtocolViolation: "protocol-violation",
  SocketFailed: "socket-failed"
} as const

/** The JSON objects themselves: their field names and order are what other programs read. */
export type Line =
  | { readonly event: "listening"; readonly host: string; readonly port: number }
  | {
    readonly event: "connect"
    readonly peer: number
    readonly address: string
    readonly port: number
    readonly channels: number
    readonly data: number
  }
  | {
    readonly event: "receive"
    readonly peer: number
    readonly channel: number
    readonly length: number
    readonly sha256: string
    readonly mode: DeliveryMode
  }
  | {
    readonly event: "disconnect"
    readonly peer: number
    readonly data: number
    readonly reason: (typeof reasons)[keyof typeof reasons]
  }
  | {
    readonly event: "stats"
    readonly peers: number
    readonly receivedPackets: number
    readonly receivedData: number
    readonly sentPackets: number
    readonly sentData: number
    readonly dropped: Readonly<Record<string, number>>
  }
  | {
    readonly event: "summary"
    readonly sent: number
    readonly received: number
    readonly mismatched: number
    readonly lost: number
    readonly rttMs: number
    readonly ok: boolean
  }

export const connectLine = (
  peer: Pick<EnetPeer, "id" | "address" | "channelCount">,
  data: number
): Line => ({
  event: "connect",
  peer: peer.id,
  address: formatIp(peer.address.address),
  port: peer.address.port,
  channels: peer.channelCount,
  data
})

export const receiveLine = (peer: Pick<EnetPeer, "id">, message: {
  readonly channel: number
  readonly packet: Uint8Array
  readonly mode: DeliveryMode
}): Line => ({
  event: "receive",
  peer: peer.id,
  channel: message.channel,
  length: message.packet.length,
  sha256: Crypto.hash("sha256", message.packet, "hex"),
  mode: message.mode
})

export const disconnectLine = (peer: Pick<EnetPeer, "id">, reason: DisconnectReason): Line => ({
  event: "disconnect",
  peer: peer.id,
  data: reason._tag === "Remote" || reason._tag === "Refused" ? reason.data : 0,
  reason: reasons[reason._tag]
})

const number = (n: number) => n.toLocaleString("en-US")
const plural = (n: number, noun: string) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`
const endpoint = (address: string, port: number) =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`

const disconnected = (line: Line & { readonly event: "disconnect" }): string => {
  switch (line.reason) {
    case "remote":
      return `disconnected by the remote, data ${line.data}`
    case "local":
      return "disconnected by us"
    case "timeout":
      return "timed out"
    case "unreachable":
      return "the encrypted association is gone"
    case "refused":
      return `refused, data ${line.data}`
    case "closed":
      return "closed"
    case "budget-exceeded":
      return "disconnected: it made us keep too much"
    case "protocol-violation":
      return "disconnected: what it sent made no sense"
    case "socket-failed":
      return "the socket failed"
  }
}

/** What happened since the last line of this kind. */
export const statsLine = (statistics: HostStatistics): Line => ({
  event: "stats",
  peers: statistics.connectedPeers,
  receivedPackets: statistics.receivedPackets,
  receivedData: statistics.receivedData,
  sentPackets: statistics.sentPackets,
  sentData: statistics.sentData,
  dropped: statistics.dropped
})

const ansi = { green: 32, red: 31, dim: 2, cyan: 36 } as const

/** Text for people. `color` adds ANSI colours. */
export const readable = (color: boolean) => {
  const paint = (style: keyof typeof ansi, text: string) => color ? `\u001b[${ansi[style]}m${text}\u001b[0m` : text
  const peer = (id: number) => `peer ${id}`.padEnd(9)
  return (line: Line): string => {
    switch (line.event) {
      case "listening":
        return `listening on ${endpoint(line.host, line.port)}`
      case "connect":
        return `${paint("green", "+")} ${peer(line.peer)} ${endpoint(line.address, line.port)}, ` +
          `${plural(line.channels, "channel")}, data ${line.data}`
      case "receive":
        return `${paint("cyan", "<")} ${peer(line.peer)} channel ${String(line.channel).padEnd(3)} ` +
          `${number(line.length).padStart(9)} B  ${line.mode.padEnd(19)}  ${paint("dim", line.sha256.slice(0, 8))}`
      case "disconnect":
        return `${paint("red", "-")} ${peer(line.peer)} ${disconnected(line)}`
      case "stats": {
        const dropped = Object.entries(line.dropped).map(([reason, count]) => `${number(count)} ${reason}`)
        return `${plural(line.peers, "peer")}, in ${plural(line.receivedPackets, "datagram")} ` +
          `(${number(line.receivedData)} B), out ${number(line.sentPackets)} (${number(line.sentData)} B)` +
          (dropped.length === 0 ? "" : `, dropped ${dropped.join(", ")}`)
      }
      case "summary":
        return `${line.ok ? paint("green", "ok") : paint("red", "FAILED")}: ${number(line.sent)} sent, ` +
          `${number(line.received)} echoed, ${number(line.mismatched)} wrong, ${number(line.lost)} lost, ` +
          `round trip ${line.rttMs} ms`
    }
  }
}

export const json = (line: Line): string => JSON.stringify(line)
