/**
 * Which functions took the time, from CPU profiles of V8.
 */
import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"

/** Lines for each profile. */
const MOST = 30

interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

const WAITING = new Set(["(idle)", "(program)", "(root)"])

const place = (url: string, line: number): string =>
  url === "" ? "" : `${url.replace(/^.*\/(packages|bench|node_modules)\//, "$1/")}:${line + 1}`

/** Self times by function, the longest first; what the process waited is left out. */
const selfTimes = ({ nodes, samples, timeDeltas }: Profile): ReadonlyArray<readonly [name: string, micros: number]> => {
  const names = new Map(
    nodes.map(({ callFrame: { functionName, lineNumber, url }, id }) =>
      [id, `${functionName || "(anonymous)"} ${place(url, lineNumber)}`.trim()] as const
    )
  )
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const name = names.get(id) ?? ""
    if (!WAITING.has(name)) times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  return [...times].toSorted(([, a], [, b]) => b - a)
}

const describe = (file: string): string => {
  const times = selfTimes(JSON.parse(readFileSync(file, "utf8")))
  const total = times.reduce((sum, [, micros]) => sum + micros, 0)
  const lines = times.slice(0, MOST).map(([name, micros]) =>
    `${(micros / total * 100).toFixed(1).padStart(6)} %  ${name}`
  )
  return [`${basename(file)}: ${(total / 1e6).toFixed(1)} s at work`, ...lines].join("\n")
}

/** The functions with the longest self times, for each profile of a folder. */
export const describeProfiles = (folder: string): string =>
  globSync(join(folder, "*.cpuprofile")).toSorted().map(describe).join("\n\n")
