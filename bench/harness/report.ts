/**
 * Results in the documentation: a table between two markers of `docs/performance.md`, and the plots beside it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { fileURLToPath } from "node:url"
import { type Chart, toSvg } from "./plot.ts"
import type { NotMeasured, Row, Series } from "./Scenario.ts"
import { cells, HEAD } from "./table.ts"

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

const PAGE = path("docs/performance.md")
const BEGIN = "<!-- measured: begin -->"
const END = "<!-- measured: end -->"

const CHARTS: Readonly<Record<string, Omit<Chart, "series">>> = {
  peers: {
    title: "An echo server with 4,000 messages a second, from more and more peers",
    x: { label: "connected peers", scale: "logarithmic" },
    y: { label: "processor time per echo, µs", scale: "linear" }
  },
  queue: {
    title: "Sending 64-byte reliable packets from queues of different lengths",
    x: { label: "packets queued at a time", scale: "logarithmic" },
    y: { label: "processor time per packet, ns", scale: "linear" }
  },
  latency: {
    title: "Echo of 64 bytes, one packet in flight",
    x: { label: "round trip, µs", scale: "logarithmic" },
    y: { label: "share of the echoes that are faster, %", scale: "linear" }
  }
}

/** What the figures were measured with. */
export interface Versions {
  readonly node: string
  readonly libenet: string
  readonly npmEnet: string
  readonly rounds: number
}

const machine = (): string => {
  const all = cpus()
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${all[0]?.model.trim() ?? "unknown processor"}, ${all.length} cores, ${memory} GiB`
}

const markdown = (rows: ReadonlyArray<Row | NotMeasured>): string => {
  const line = (values: ReadonlyArray<string>) => `| ${values.join(" | ")} |`
  return [HEAD, HEAD.map(() => "---"), ...rows.map(cells)].map(line).join("\n")
}

const section = (rows: ReadonlyArray<Row | NotMeasured>, versions: Versions): string =>
  [
    BEGIN,
    "",
    `${machine()}; ${process.platform} ${process.arch}; Node ${versions.node}, libenet ${versions.libenet} at -O2, npm`
    + ` enet ${versions.npmEnet}; medians of ${versions.rounds} rounds.`,
    "",
    markdown(rows),
    "",
    END
  ].join("\n")

/** Rewrites the measured part of the page and the plots; throws when the page has lost its markers. */
export const writeReport = (
  rows: ReadonlyArray<Row | NotMeasured>,
  series: ReadonlyArray<Series>,
  versions: Versions
): void => {
  const page = readFileSync(PAGE, "utf8")
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin === -1 || end < begin) throw new Error(`docs/performance.md needs the lines ${BEGIN} and ${END}`)
  writeFileSync(PAGE, page.slice(0, begin) + section(rows, versions) + page.slice(end + END.length))
  mkdirSync(path("docs/performance"), { recursive: true })
  for (const [name, chart] of Object.entries(CHARTS)) {
    const lines = series.filter(({ plot }) => plot === name)
    if (lines.length > 0) writeFileSync(path(`docs/performance/${name}.svg`), toSvg({ ...chart, series: lines }))
  }
}
