// Checks that every test which the documentation names exists: in docs/security.md "`file.test.ts`: name" in the last
// column of a table, in docs/godot.md the linked files, and for a W row a test in each that carries its number.
import { existsSync, globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"

const root = join(import.meta.dirname, "..")

/** A test that a page names: what is wrong with it, if anything. */
interface Named {
  readonly line: number
  readonly fault: string | undefined
}

const linesOf = (page: string) => readFileSync(join(root, page), "utf8").split("\n").entries()

const tests = new Map(
  globSync("packages/*/test/**/*.test.ts", { cwd: root }).map((file) => [basename(file), join(root, file)])
)

const inSecurity = (text: string): ReadonlyArray<string | undefined> => {
  const match = /\| `([\w.]+\.test\.ts)`: (.+) \|$/.exec(text)
  if (match === null) return []
  const path = tests.get(match[1]!)
  const exists = path !== undefined && readFileSync(path, "utf8").includes(`"${match[2]}"`)
  return [exists ? undefined : `no test "${match[2]}" in ${match[1]}`]
}

const inGodot = (text: string): ReadonlyArray<string | undefined> => {
  const number = /^\| (W\d+) \|/.exec(text)?.[1]
  return [...text.matchAll(/\[([^\]]+)\]\(\.\.\/([^)#]+)\)/g)].map(([, label, file]) => {
    const path = join(root, file!)
    if (!existsSync(path)) return `no file ${file}`
    if (!file!.endsWith(".ts")) return undefined
    if (label !== basename(file!).replace(/\.test\.ts$/, "")) return `[${label}] is not the name of ${file}`
    const isThere = number === undefined || new RegExp(`["\`](W\\d+ )*${number} `).test(readFileSync(path, "utf8"))
    return isThere ? undefined : `no test of ${number} in ${file}`
  })
}

const check = (page: string, named: (text: string) => ReadonlyArray<string | undefined>): boolean => {
  const all = [...linesOf(page)].flatMap(([index, text]) =>
    named(text).map((fault): Named => ({ line: index + 1, fault }))
  )
  const missing = all.filter(({ fault }) => fault !== undefined)
  for (const { fault, line } of missing) console.error(`${page}:${line}: ${fault}`)
  if (all.length === 0) console.error(`${page} names no tests`)
  console.log(`${page}: ${all.length - missing.length} of ${all.length} named tests exist`)
  return all.length > 0 && missing.length === 0
}

const results = [check("docs/security.md", inSecurity), check("docs/godot.md", inGodot)]
process.exitCode = results.every(Boolean) ? 0 : 1
