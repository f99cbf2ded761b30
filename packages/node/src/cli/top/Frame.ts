/**
 * The picture that `serve --top` draws: from what is known of a host to lines that fit a terminal.
 */
import { amount, sparkline } from "./Sparkline.ts"
import { type Drawing, drawing, type Span, type Style } from "./Style.ts"
import { type Column, fitted, fitting, type PeerRow } from "./Table.ts"

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

const duration = (seconds: number): string => {
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0")
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
}

const SHORTEST_GRAPH = 8
const WIDEST_GRAPH = 60

/** What comes in a second, and what goes, as lines of equal parts. */
const traffic = (view: View, { columns }: Size, { line, span }: Drawing): ReadonlyArray<string> => {
  const directions = [
    { label: "in", values: view.received, datagrams: `${view.datagramsIn} datagrams/s` },
    { label: "out", values: view.sent, datagrams: `${view.datagramsOut} datagrams/s` }
  ]
  const words = Math.max(...directions.map(({ datagrams }) => datagrams.length))
  const room = columns - "out ".length - " 99.9 kB/s  ".length
  const isWide = room - words >= SHORTEST_GRAPH
  const graph = Math.max(Math.min(isWide ? room - words : room, WIDEST_GRAPH), 0)
  return directions.map(({ datagrams, label, values }) =>
    line(
      span("dim", label.padEnd(4)),
      span("accent", sparkline(values, graph)),
      span("plain", ` ${amount(values.at(-1) ?? 0)}/s`.padEnd(12)),
      span("dim", isWide ? datagrams : "")
    )
  )
}

/** As many of the parts as fit; what is left out is told by dots. */
const listed = (parts: ReadonlyArray<string>, room: number): string => {
  const all = parts.join(", ")
  if (all.length <= room) return all
  const shown = parts.filter((_, index) => parts.slice(0, index + 1).join(", ").length + ", ...".length <= room)
  return [...shown, "..."].join(", ")
}

const drops = (view: View, { columns }: Size, { line, span }: Drawing): string => {
  const reasons = Object.entries(view.dropped).toSorted(([, a], [, b]) => b - a)
  if (reasons.length === 0) return line(span("dim", "nothing was dropped"))
  const label = "dropped "
  const parts = reasons.map(([reason, count]) => `${reason} ${count}`)
  return line(span("dim", label), span("fair", listed(parts, columns - label.length)))
}

/** Whose picture it is; a narrow one has less to say. */
const title = (view: View, { columns }: Size, { line, span }: Drawing): string => {
  const name = span("title", "effect-enet ")
  const address = span("plain", view.address)
  const up = span("dim", `  up ${duration(view.uptime)}`)
  const peers = [span("plain", `  ${view.connected}`), span("dim", ` of ${view.maxPeers} peers`)]
  const least = [address, ...peers]
  const titles = [[name, address, up, ...peers], [address, up, ...peers], least]
  const lengthOf = (spans: ReadonlyArray<Span>) => spans.reduce((sum, { text }) => sum + text.length, 0)
  return line(...(titles.find((spans) => lengthOf(spans) <= columns) ?? least))
}

/** All lines of the picture, none longer than the terminal is wide, and no more than it is high. */
export const frame = (view: View, size: Size, canColor: boolean): ReadonlyArray<string> => {
  const pen = drawing(size.columns, canColor)
  const { line, span } = pen
  const shown = fitting(view.peers, size.columns)
  const row = (style: (column: Column) => Style, text: (column: Column) => string) =>
    line(...shown.map((column) => span(style(column), `${fitted(column, text(column))} `)))
  const head = [
    title(view, size, pen),
    "",
    ...traffic(view, size, pen),
    drops(view, size, pen),
    "",
    row(() => "dim", (column) => column.title)
  ]
  const room = Math.max(size.rows - head.length, 0)
  const hidden = view.peers.length > room ? view.peers.length - room + 1 : 0
  const rows = view.peers.slice(0, view.peers.length - hidden).map((peer) =>
    row((column) => column.style?.(peer) ?? "plain", (column) => column.cell(peer, column.width))
  )
  const rest = hidden === 0 ? [] : [line(span("dim", `and ${hidden} more`))]
  return [...head, ...rows, ...rest].slice(0, size.rows)
}
