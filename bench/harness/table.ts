/**
 * Rows as people and as machines read them.
 */
import { isMet, type NotMeasured, type Row, type Target } from "./Scenario.ts"

type AnyRow = Row | NotMeasured

const significant = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)))

const describe = (target: Target | undefined): string =>
  target === undefined ? "" : "atMost" in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`

const verdict = (row: Row): string => {
  const met = isMet(row)
  return met === undefined ? "" : met ? "yes" : "no"
}

export const HEAD = ["", "what", "ours", "partner", "theirs", "unit", "ratio", "target", "met", "beside"] as const

export const cells = (row: AnyRow): ReadonlyArray<string> =>
  "notMeasured" in row
    ? [`(${row.scenario})`, row.name, "", "", "", "", "", describe(row.target), "NOT MEASURED", row.notMeasured]
    : [
      `(${row.scenario})`,
      row.name,
      significant(row.ours),
      row.partner,
      significant(row.theirs),
      row.unit,
      row.ratio.toFixed(2),
      describe(row.target),
      verdict(row),
      row.beside ?? ""
    ]

/** Columns for a terminal. */
export const formatTable = (rows: ReadonlyArray<AnyRow>): string => {
  const lines = [HEAD, ...rows.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)))
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()).join(
    "\n"
  )
}

/** A row for machines: `target` is a number, `bound` says on which side of it the ratio is to be. */
export const toJson = (row: AnyRow): Readonly<Record<string, unknown>> => {
  const { target, ...rest } = row
  const goal = target === undefined
    ? { target: null, bound: null }
    : "atMost" in target
    ? { target: target.atMost, bound: "at most" }
    : { target: target.atLeast, bound: "at least" }
  return "ratio" in row
    ? { ...rest, ...goal, met: isMet(row) ?? null }
    : { ...rest, ...goal, ratio: null, met: null }
}
