/**
 * What the roles share: options from the arguments, commands from standard input, processor time.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { Session } from "node:inspector/promises"
import { dirname } from "node:path"
import { createInterface } from "node:readline"
import type { Figures } from "../harness/process.ts"

export const print = (figures: Figures): void => {
  process.stdout.write(JSON.stringify(figures) + "\n")
}

export const role = process.argv[2] ?? ""

/** The value of `key=value` among the arguments. */
export const textOption = (key: string): string | undefined =>
  process.argv.slice(3).find((argument) => argument.startsWith(`${key}=`))?.slice(key.length + 1)

export const option = (key: string, fallback: number): number => Number(textOption(key) ?? fallback)

/** Of our hosts: what they ask for by themselves, unless a scenario gives all its partners the same. */
export const kernelReceiveBufferSize = option("buffer", 1_048_576)

export interface Command {
  readonly name: string
  /** The first argument when it is a word. */
  readonly mode: string
  readonly numbers: ReadonlyArray<number>
}

const parse = (line: string): Command => {
  const [name = "", ...rest] = line.split(" ")
  const mode = rest.find((word) => /^[a-z]/.test(word)) ?? ""
  return { name, mode, numbers: rest.filter((word) => word !== mode).map(Number) }
}

/** Profiles from now on into the file that `profile` names; gives how to end it. */
const startProfile = async (): Promise<() => Promise<void>> => {
  const file = textOption("profile")
  if (file === undefined) return () => Promise.resolve()
  const session = new Session()
  session.connect()
  await session.post("Profiler.enable")
  await session.post("Profiler.start")
  return async () => {
    const { profile } = await session.post("Profiler.stop")
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify(profile))
  }
}

/** Answers commands one after the other until the input ends; then the process ends. */
export const serveCommands = async (answer: (command: Command) => Promise<Figures>): Promise<never> => {
  const endProfile = await startProfile()
  for await (const line of createInterface({ input: process.stdin })) print(await answer(parse(line)))
  await endProfile()
  return process.exit(0)
}

export interface Stopwatch {
  readonly read: () => { readonly cpuMicros: number; readonly wallMicros: number }
}

export const stopwatch = (): Stopwatch => {
  const cpu = process.cpuUsage()
  const started = performance.now()
  return {
    read: () => {
      const { system, user } = process.cpuUsage(cpu)
      return { cpuMicros: user + system, wallMicros: (performance.now() - started) * 1000 }
    }
  }
}

const QUANTILES = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995]

/** Latencies in microseconds as quantiles `p50` and so on. */
export const quantiles = (latencies: ReadonlyArray<number>): Figures => {
  const sorted = latencies.toSorted((a, b) => a - b)
  return Object.fromEntries(
    QUANTILES.map((quantile) => [`p${quantile * 100}`, sorted[Math.floor(sorted.length * quantile)] ?? Number.NaN])
  )
}
