// Checks that every test which docs/security.md names exists: "`file.test.ts`: name" in the last column of a table.
import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"

const root = join(import.meta.dirname, "..")
const page = "docs/security.md"

const tests = new Map(
  globSync("packages/*/test/**/*.test.ts", { cwd: root }).map((file) => [basename(file), join(root, file)])
)

const rows = readFileSync(join(root, page), "utf8").split("\n").flatMap((line, index) => {
  const match = /\| `([\w.]+\.test\.ts)`: (.+) \|$/.exec(line)
  return match === null ? [] : [{ line: index + 1, file: match[1]!, name: match[2]! }]
})

const missing = rows.filter(({ file, name }) => {
  const path = tests.get(file)
  return path === undefined || !readFileSync(path, "utf8").includes(`"${name}"`)
})

for (const { file, line, name } of missing) console.error(`${page}:${line}: no test "${name}" in ${file}`)
if (rows.length === 0) console.error(`${page} names no tests`)
console.log(`${page}: ${rows.length - missing.length} of ${rows.length} named tests exist`)
process.exitCode = rows.length === 0 || missing.length > 0 ? 1 : 0
