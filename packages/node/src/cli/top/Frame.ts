/**
 * The picture that `serve --top` draws: from what is known of a host to lines that fit a terminal.
 */
import { drawing, type Style } from "./Style.ts"

export interface PeerRow {
  readonly id: number
  readonly address: string
  readonly state: string
  /** Milliseconds. */
  readonly roundTripTime: number
  readonly roundTripTimeVariance: number
  readonly roundTripTimes: ReadonlyArray<number>
  /** 0 to 1. */
  readonly loss: number
  /** Of 32. */
  readonly throttle: number
  readonly inTransit: number
  readonly outgoing: number
  readonly waiting: number
}

export interface View {
  readonly address: string
  /** Seconds since the host was opened. */
  readonly uptime: number
  readonly connected: number
  readonly maxPeers: number
  /** Bytes in each of the last seconds, the newest last. */
  readonly received: ReadonlyArray<number>
  readonly sent: ReadonlyArray<number>
  /** Datagrams in the last second. */
  readonly datagramsIn: number
  readonly datagramsOut: number
  /** Totals by reason. */
  readonly dropped: Readonly<Record<string, number>>
  readonly peers: ReadonlyArray<PeerRow>
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const BARS = "▁▂▃▄▅▆▇█"

/** One character for each value, the newest at the right; the highest fills the line. */
export const sparkline = (values: ReadonlyArray<number>, width: number): string => {
  const shown = values.slice(-width)
  const highest = Math.max(...shown, 0)
  const bars = shown.map((value) => {
    const level = highest === 0 ? 0 : Math.ceil((value / highest) * (BARS.length - 1))
    return BARS[level] ?? ""
  })
  return bars.join("").padStart(width)
}

/** At most four digits and a unit. */
export const amount = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB"]
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toFixed(digits)} ${units[unit]}`
}

const duration = (seconds: number): string => {
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0")
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
}

const health = ({ loss, roundTripTime }: PeerRow): Style =>
  loss > 0.05 || roundTripTime > 400 ? "bad" : loss > 0.01 || roundTripTime > 150 ? "fair" : "good"

interface Column {
  readonly title: string
  readonly width: number
  readonly cell: (peer: PeerRow) => string
  readonly style?: (peer: PeerRow) => Style
  readonly isLeft?: boolean
}

/** The first ones are shown on the narrowest terminal. */
const columns: ReadonlyArray<Column> = [
  { title: "peer", width: 4, cell: ({ id }) => String(id) },
  { title: "address", width: 21, cell: ({ address }) => address, isLeft: true },
  { title: "rtt ms", width: 9, cell: (peer) => `${peer.roundTripTime} ±${peer.roundTripTimeVariance}`, style: health },
  { title: "", width: 16, cell: ({ roundTripTimes }) => sparkline(roundTripTimes, 16), style: health },
  { title: "loss", width: 6, cell: ({ loss }) => `${(loss * 100).toFixed(1)}%`, style: health },
  { title: "pass", width: 5, cell: ({ throttle }) => `${throttle}/32` },
  { title: "flight", width: 8, cell: ({ inTransit }) => amount(inTransit) },
  { title: "queued", width: 8, cell: ({ outgoing }) => amount(outgoing) },
  { title: "unread", width: 8, cell: ({ waiting }) => amount(waiting) },
  { title: "state", width: 23, cell: ({ state }) => state, isLeft: true }
]

const fitting = (width: number): ReadonlyArray<Column> => {
  let used = -1
  return columns.filter((column, index) => {
    used += column.width + 1
    return used <= width || index < 2
  })
}

const fitted = ({ isLeft, width }: Column, text: string): string =>
  isLeft === true ? text.slice(0, width).padEnd(width) : text.slice(0, width).padStart(width)

/** All lines of the picture, none longer than the terminal is wide, and no more than it is high. */
export const frame = (view: View, size: Size, canColor: boolean): ReadonlyArray<string> => {
  const { line, span } = drawing(size.columns, canColor)
  const graph = Math.max(Math.min(size.columns - 34, 60), 0)
  const traffic = (label: string, values: ReadonlyArray<number>, datagrams: number) =>
    line(
      span("dim", label.padEnd(4)),
      span("accent", sparkline(values, graph)),
      span("plain", ` ${amount(values.at(-1) ?? 0)}/s`.padEnd(12)),
      span("dim", ` ${datagrams} datagrams/s`)
    )
  const drops = Object.entries(view.dropped).toSorted(([, a], [, b]) => b - a)
  const shown = fitting(size.columns)
  const head = [
    line(
      span("title", "effect-enet"),
      span("plain", ` ${view.address}`),
      span("dim", `  up ${duration(view.uptime)}  `),
      span("plain", `${view.connected}`),
      span("dim", ` of ${view.maxPeers} peers`)
    ),
    "",
    traffic("in", view.received, view.datagramsIn),
    traffic("out", view.sent, view.datagramsOut),
    drops.length === 0
      ? line(span("dim", "nothing was dropped"))
      : line(span("dim", "dropped "), span("fair", drops.map(([reason, count]) => `${reason} ${count}`).join(", "))),
    "",
    line(...shown.map((column) => span("dim", `${fitted(column, column.title)} `)))
  ]
  const room = Math.max(size.rows - head.length, 0)
  const hidden = view.peers.length > room ? view.peers.length - room + 1 : 0
  const rows = view.peers.slice(0, view.peers.length - hidden).map((peer) =>
    line(...shown.map((column) => span(column.style?.(peer) ?? "plain", `${fitted(column, column.cell(peer))} `)))
  )
  const rest = hidden === 0 ? [] : [line(span("dim", `and ${hidden} more`))]
  return [...head, ...rows, ...rest].slice(0, size.rows)
}
