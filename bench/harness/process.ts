/**
 * The processes of a measurement. Each prints a line of JSON when it is ready, and one for each command it gets.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export type Figures = Readonly<Record<string, number>>

export interface Role {
  /** The line that said that it is ready. */
  readonly ready: Figures
  readonly ask: (command: string) => Promise<Figures>
  /** Ends it before the scenario does. */
  readonly end: () => Promise<void>
}

/** `c` is the C program; the others are modules in `roles`. */
export type Program = "c" | "enetServer" | "enetClient" | "dgram" | "npmEnet" | "step"

export interface StartOptions {
  /** Values that the role reads from its arguments. */
  readonly options?: Readonly<Record<string, number | string>>
  readonly nodeFlags?: ReadonlyArray<string>
}

export type Start = (program: Program, role: string, options?: StartOptions) => Promise<Role>

const READY_LIMIT = 60_000
const ANSWER_LIMIT = 120_000
const END_LIMIT = 5000

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

const roleOf = (program: Program) => path(`roles/${program}.ts`)

const commandOf = (program: Program, flags: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] =>
  program === "c"
    ? [path("build/enet_bench"), []]
    : [
      process.execPath,
      // the package of npm is old, and Node has much to say about it
      [
        "--conditions=@effect-enet/source",
        ...(program === "npmEnet" ? ["--no-warnings"] : []),
        ...flags,
        roleOf(program)
      ]
    ]

const within = async <A>(limit: number, what: string, promise: Promise<A>): Promise<A> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what}: no answer in ${limit / 1000} s`)), limit)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A process ends when its input does; one that is stuck is killed. */
const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, "exit")
  const killer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT)
  child.stdin?.end()
  await exit
  clearTimeout(killer)
}

/** How processes are to be watched. */
export interface Watch {
  /** Where the CPU profiles of our processes go. */
  readonly profiles?: string
  /** Begins the names of the profiles. */
  readonly name: string
}

/** Runs `use` with a way to start processes; all of them are gone when it has ended, whichever way. */
export const withProcesses = async <A>(watch: Watch, use: (start: Start) => Promise<A>): Promise<A> => {
  const children: Array<ChildProcess> = []
  const killAll = () => {
    for (const child of children) child.kill("SIGKILL")
  }
  process.once("exit", killAll)
  const start: Start = async (program, role, { nodeFlags = [], options = {} } = {}) => {
    const [command, args] = commandOf(program, nodeFlags)
    // only ours: the others are what they are
    const profile = watch.profiles !== undefined && program.startsWith("enet")
      ? { profile: `${watch.profiles}/${watch.name}-${children.length}-${program}.cpuprofile` }
      : {}
    const values = Object.entries({ ...options, ...profile }).map(([key, value]) => `${key}=${value}`)
    const child = spawn(command, [...args, role, ...values], { stdio: ["pipe", "pipe", "inherit"] })
    children.push(child)
    const failed = once(child, "error").then(([error]) => Promise.reject(error))
    // a process that cannot be started is noticed by the first who waits for a line
    failed.catch(() => undefined)
    child.stdin.on("error", () => undefined)
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const name = `${program} ${role}`
    const next = async (what: string): Promise<Figures> => {
      const line = await Promise.race([lines.next(), failed])
      if (line.done === true) throw new Error(`${name}: ended at ${what}`)
      return JSON.parse(line.value)
    }
    const ready = await within(READY_LIMIT, `${name}, starting`, next("its start"))
    return {
      ready,
      ask: (command) => {
        child.stdin.write(`${command}\n`)
        return within(ANSWER_LIMIT, `${name}, ${command}`, next(command))
      },
      end: () => end(child)
    }
  }
  try {
    return await use(start)
  } finally {
    process.off("exit", killAll)
    await Promise.all(children.map(end))
  }
}
