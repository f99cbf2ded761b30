import { describe, expect, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { parse } from "../flags.ts"

const program = fileURLToPath(new URL("../main.ts", import.meta.url))

interface Ended {
  readonly status: number | null
  readonly printed: string
  readonly complained: string
}

/** Runs the example as a program, for half a minute at most. */
const run = (...flags: ReadonlyArray<string>) =>
  new Promise<Ended>((resolve, reject) => {
    const child = spawn(process.execPath, ["--conditions=@effect-enet/source", program, ...flags], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 30_000
    })
    let [printed, complained] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (text: string) => void (printed += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => void (complained += text))
    child.on("error", reject)
    child.on("close", (status) => resolve({ status, printed, complained }))
  })

describe("the arena as a program", { timeout: 40_000 }, () => {
  it("plays a match over UDP, prints the score of every bot, and ends by itself", async () => {
    const { complained, printed, status } = await run("--seconds", "2", "--bots", "5")
    expect(status, complained).toBe(0)
    expect(printed).toMatch(/^5 bots play for 2 seconds on UDP port \d+\n/)
    expect(printed).toContain("the match is over: ")
    const score = printed.slice(printed.indexOf("\nscore\n"))
    const lines = [...score.matchAll(/^ {2}(?<name>Ada|Bob|Eve|Kim|Ada 2) +(?<gems>◆*) (?<points>\d+)$/gm)]
    expect(lines.map(({ groups }) => groups?.name ?? "").toSorted()).toEqual(["Ada", "Ada 2", "Bob", "Eve", "Kim"])
    for (const { groups } of lines) expect(groups?.gems).toHaveLength(Number(groups?.points))
    expect(score).toMatch(/\n\d+ inputs, [1-9]\d* snapshots, 60 ticks, the latest by \d+\.\d ms\n$/)
  })

  it("says what is wrong with its flags in a line, and how they are", async () => {
    const { complained, printed, status } = await run("--seconds", "soon")
    expect(status).toBe(2)
    expect(printed).toBe("")
    const told =
      `arena: --seconds takes an integer from 1 to 600, not "soon"\nnpm run example:arena -- [--seconds 1..600`
    expect(complained).toContain(told)
  })

  it.each([
    [["--bots", "0"], `--bots takes an integer from 1 to 32, not "0"`],
    [["--bots", "33"], `--bots takes an integer from 1 to 32, not "33"`],
    [["--seconds", "1.5"], `--seconds takes an integer from 1 to 600, not "1.5"`],
    [["--bot", "3"], "Unknown option '--bot'"],
    [["now"], "Unexpected argument 'now'"]
  ])("refuses %j", (flags, line) => {
    expect(parse(flags)).toBe(line)
  })

  it("has defaults", () => {
    expect(parse([])).toEqual({ seconds: 10, bots: 4 })
  })
})
