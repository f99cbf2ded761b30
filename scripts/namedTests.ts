/**
 * Which tests the tables of a page name, and what is wrong with that. A table whose last column is headed `Test` or `tests`
 * names at least one test in each of its rows.
 */
import { basename } from "node:path"

/** What a page may name: the text of a file of the repository by its path, and the path of a test file by its name. */
export interface Repository {
  readonly read: (path: string) => string | undefined
  readonly pathOf: (name: string) => string | undefined
}

/** Finds the tests that a row of a table names: what is wrong with each, or `undefined` when it exists. */
export type Names = (row: string, repository: Repository) => ReadonlyArray<string | undefined>

/** `file.test.ts`: name, in the last cell. */
export const byName: Names = (row, { pathOf, read }) => {
  const match = /\| `([\w.]+\.test\.ts)`: (.+) \|$/.exec(row)
  if (match === null) return []
  const [, file = "", name = ""] = match
  const path = pathOf(file)
  const exists = path !== undefined && read(path)?.includes(`"${name}"`) === true
  return [exists ? undefined : `no test "${name}" in ${file}`]
}

/** Linked files, each labelled with its name; for a row with a W number, a test that carries the number. */
export const byLink: Names = (row, { read }) => {
  const number = /^\| (W\d+) \|/.exec(row)?.[1]
  return [...row.matchAll(/\[([^\]]+)\]\(\.\.\/([^)#]+)\)/g)].map(([, label = "", file = ""]) => {
    const text = read(file)
    if (text === undefined) return `no file ${file}`
    if (!file.endsWith(".ts")) return undefined
    if (label !== basename(file).replace(/\.test\.ts$/, "")) return `[${label}] is not the name of ${file}`
    const isThere = number === undefined || new RegExp(`["\`](W\\d+ )*${number} `).test(text)
    return isThere ? undefined : `no test of ${number} in ${file}`
  })
}

const SEPARATOR = /^\|( :?-+:? \|)+$/
const HEADED = /\| tests? \|$/i

export interface Result {
  /** How many tests the page names. */
  readonly named: number
  readonly faults: ReadonlyArray<{ readonly line: number; readonly fault: string }>
}

/** Checks a page, given as its text. */
export const check = (page: string, names: Names, repository: Repository): Result => {
  const lines = page.split("\n")
  const faults: Array<{ line: number; fault: string }> = []
  let named = 0
  let isHeaded = false
  lines.forEach((text, index) => {
    if (!text.startsWith("|")) isHeaded = false
    const isHead = SEPARATOR.test(lines[index + 1] ?? "")
    if (isHead) isHeaded = HEADED.test(text)
    if (isHead || SEPARATOR.test(text)) return
    const found = names(text, repository)
    named += found.length
    if (isHeaded && found.length === 0) faults.push({ line: index + 1, fault: "the row names no test" })
    for (const fault of found) if (fault !== undefined) faults.push({ line: index + 1, fault })
  })
  return { named, faults }
}
