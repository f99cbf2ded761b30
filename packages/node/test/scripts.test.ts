import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))

/** The scripts that npm runs in the sources' directories, by name. */
const manifest: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL("../../../package.json", import.meta.url), "utf8")
)
const programs = Object.entries(manifest.scripts).flatMap(([name, command]) => {
  const path = /^node --conditions=@effect-enet\/source (\S+)$/.exec(command)?.[1]
  return path !== undefined && /^(?:interop|bench|packages\/core\/simulation)\//.test(path)
    ? [[name, path] as const]
    : []
})

const run = (path: string, ...args: ReadonlyArray<string>) => {
  const options = { cwd: root, encoding: "utf8", timeout: 30_000 } as const
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--conditions=@effect-enet/source", path, ...args],
    options
  )
  return { status, stdout, lines: stderr.split("\n").filter((line) => line !== "") }
}

describe("npm run", () => {
  it("has scripts to look at", () => {
    const names = programs.map(([name]) => name)
    for (const name of ["interop", "differential", "simulate", "bench"]) assert.include(names, name)
  })

  for (const [name, path] of programs) {
    it(`${name} does nothing but refuse a flag that it does not know`, () => {
      const { lines, status, stdout } = run(path, "--bogus")
      assert.deepStrictEqual([status, stdout, lines.length], [2, "", 1])
      assert.match(lines[0]!, /^Unknown option '--bogus'.*(?:it takes (?:none|--)|--help)/)
    }, 40_000)
  }

  const wrong: ReadonlyArray<readonly [path: string, args: ReadonlyArray<string>, says: string]> = [
    ["packages/core/simulation/run.ts", ["--seeds", "x"], "--seeds takes a whole number from 0 on, not \"x\""],
    ["packages/core/simulation/run.ts", ["--hours", "-"], "--hours takes a number, not \"-\""],
    ["interop/differential/run.ts", ["--workers", "0"], "--workers takes a whole number from 1 on, not \"0\""]
  ]
  for (const [path, args, says] of wrong) {
    it(`${path} ${args.join(" ")}: ${says}`, () => {
      assert.deepStrictEqual(run(path, ...args), { status: 2, stdout: "", lines: [says] })
    }, 40_000)
  }
})
