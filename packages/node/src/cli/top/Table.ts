/**
 * The peers of the picture as a table, which shows as much of each as the terminal has room for.
 */
import { amount, sparkline } from "./Sparkline.ts"
import type { Style } from "./Style.ts"

export interface PeerRow {
  readonly id: number
  readonly address: string
  readonly state: string
  /** Milliseconds. */
  readonly roundTripTime: number
  readonly roundTripTimeVariance: number
  readonly roundTripTimes: ReadonlyArray<number>
  /** Bytes in each of the last seconds, the newest last. */
  readonly received: ReadonlyArray<number>
  readonly sent: ReadonlyArray<number>
  /** 0 to 1. */
  readonly loss: number
  /** Of 32. */
  readonly throttle: number
  readonly inTransit: number
  readonly outgoing: number
  readonly waiting: number
}

export interface Column {
  readonly title: string
  readonly width: number
  readonly cell: (peer: PeerRow, width: number) => string
  readonly style?: (peer: PeerRow) => Style
  readonly isLeft?: boolean
  /** As wide as there is room for, `width` at least. */
  readonly grows?: boolean
}

const health = ({ loss, roundTripTime }: PeerRow): Style =>
  loss > 0.05 || roundTripTime > 400 ? "bad" : loss > 0.01 || roundTripTime > 150 ? "fair" : "good"

const accent = (): Style => "accent"

const rate = (values: ReadonlyArray<number>): string => amount(values.at(-1) ?? 0)

const SPARKLINE = 8
const WIDEST_SPARKLINE = 30
const SHORTEST_ADDRESS = 15

const columnsOf = (peers: ReadonlyArray<PeerRow>) => {
  const addresses = Math.max(SHORTEST_ADDRESS, ...peers.map(({ address }) => address.length))
  const spark = { title: "", width: SPARKLINE, grows: true }
  return {
    peer: { title: "peer", width: 4, cell: ({ id }) => String(id) },
    address: { title: "address", width: addresses, cell: ({ address }) => address, isLeft: true },
    rtt: {
      title: "rtt ms",
      width: 9,
      cell: (peer) => `${peer.roundTripTime} ±${peer.roundTripTimeVariance}`,
      style: health
    },
    rtts: { ...spark, cell: ({ roundTripTimes }, width) => sparkline(roundTripTimes, width), style: health },
    loss: { title: "loss", width: 6, cell: ({ loss }) => `${(loss * 100).toFixed(1)}%`, style: health },
    in: { title: "in/s", width: 7, cell: ({ received }) => rate(received) },
    ins: { ...spark, cell: ({ received }, width) => sparkline(received, width), style: accent },
    out: { title: "out/s", width: 7, cell: ({ sent }) => rate(sent) },
    outs: { ...spark, cell: ({ sent }, width) => sparkline(sent, width), style: accent },
    pass: { title: "pass", width: 5, cell: ({ throttle }) => `${throttle}/32` },
    flight: { title: "flight", width: 7, cell: ({ inTransit }) => amount(inTransit) },
    queued: { title: "queued", width: 7, cell: ({ outgoing }) => amount(outgoing) },
    unread: { title: "unread", width: 7, cell: ({ waiting }) => amount(waiting) },
    state: { title: "state", width: 23, cell: ({ state }) => state, isLeft: true }
  } satisfies Readonly<Record<string, Column>>
}

type Name = keyof ReturnType<typeof columnsOf>

/** Which column is more worth its room than the next. */
const byWorth: ReadonlyArray<Name> = [
  "peer",
  "address",
  "rtt",
  "loss",
  "in",
  "out",
  "ins",
  "outs",
  "rtts",
  "pass",
  "flight",
  "queued",
  "unread",
  "state"
]

/** The columns that fit; those that grow share what is left. */
export const fitting = (peers: ReadonlyArray<PeerRow>, columns: number): ReadonlyArray<Column> => {
  const all = columnsOf(peers)
  const chosen = new Set<string>()
  // one space goes in front of each column but the first
  let room = columns + 1
  for (const name of byWorth) {
    const needed = all[name].width + 1
    if (needed > room && chosen.size >= 2) continue
    chosen.add(name)
    room = Math.max(room - needed, 0)
  }
  const shown: ReadonlyArray<Column> = Object.entries(all).flatMap(([name, column]) => chosen.has(name) ? [column] : [])
  const growing = shown.filter(({ grows }) => grows === true).length
  const more = growing === 0 ? 0 : Math.min(Math.floor(room / growing), WIDEST_SPARKLINE - SPARKLINE)
  return shown.map((column) => column.grows === true ? { ...column, width: column.width + more } : column)
}

/** A title or a cell as wide as its column. */
export const fitted = ({ isLeft, width }: Column, text: string): string =>
  isLeft === true ? text.slice(0, width).padEnd(width) : text.slice(0, width).padStart(width)
