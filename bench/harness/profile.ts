/**
 * Which functions took the time, from CPU profiles of V8.
 */
import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"

/** Lines for each profile: functions, and parts of the program. */
const MOST = 30
const MOST_PARTS = 8

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

/** The package or the part of ours that a function is in. */
const part = (name: string, url: string): string => {
  const ours = /\/packages\/(\w+)\/src\/(?:(\w+)\/)?/.exec(url)
  if (ours !== null) return [ours[1], ours[2]].filter((piece) => piece !== undefined).join("/")
  const foreign = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)
  return foreign?.[1] ?? (url.startsWith("node:") ? "node" : url === "" ? `native ${name}` : "bench")
}

type Times = ReadonlyArray<readonly [name: string, micros: number]>

/** Self times, the longest first; what the process waited is left out. */
const selfTimes = (
  { nodes, samples, timeDeltas }: Profile,
  nameOf: (name: string, url: string, line: number) => string
): Times => {
  const frames = new Map(nodes.map(({ callFrame, id }) => [id, callFrame] as const))
  const times = new Map<string, number>()
  samples.forEach((id, index) => {
    const frame = frames.get(id)
    if (frame === undefined || WAITING.has(frame.functionName)) return
    const name = nameOf(frame.functionName || "(anonymous)", frame.url, frame.lineNumber)
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  return [...times].toSorted(([, a], [, b]) => b - a)
}

const describe = (file: string): string => {
  const profile: Profile = JSON.parse(readFileSync(file, "utf8"))
  const functions = selfTimes(profile, (name, url, line) => `${name} ${place(url, line)}`.trim())
  const total = functions.reduce((sum, [, micros]) => sum + micros, 0)
  const lines = (times: Times, most: number) =>
    times.slice(0, most).map(([name, micros]) => `${(micros / total * 100).toFixed(1).padStart(6)} %  ${name}`)
  return [
    `${basename(file)}: ${(total / 1e6).toFixed(1)} s at work`,
    ...lines(selfTimes(profile, part), MOST_PARTS),
    "",
    ...lines(functions, MOST)
  ].join("\n")
}

/** The parts and functions with the longest self times, for each profile of a folder. */
export const describeProfiles = (folder: string): string =>
  globSync(join(folder, "*.cpuprofile")).toSorted().map(describe).join("\n\n")
