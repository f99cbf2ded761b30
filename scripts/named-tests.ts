// Checks that every test which the tables of the documentation name exists, and that no row of them names none.
import { existsSync, globSync, readFileSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import { byLink, byName, check, type Names, type Repository } from "./namedTests.ts"

const root = join(import.meta.dirname, "..")

const tests = new Map(globSync("packages/*/test/**/*.test.ts", { cwd: root }).map((path) => [basename(path), path]))

/** A folder has no text. */
const read = (path: string): string => statSync(path).isFile() ? readFileSync(path, "utf8") : ""

const repository: Repository = {
  read: (path) => existsSync(join(root, path)) ? read(join(root, path)) : undefined,
  pathOf: (name) => tests.get(name)
}

const isComplete = (page: string, names: Names): boolean => {
  const { faults, named } = check(readFileSync(join(root, page), "utf8"), names, repository)
  for (const { fault, line } of faults) console.error(`${page}:${line}: ${fault}`)
  if (named === 0) console.error(`${page} names no tests`)
  console.log(`${page}: ${named} named tests, ${faults.length} faults`)
  return named > 0 && faults.length === 0
}

const results = [isComplete("docs/security.md", byName), isComplete("docs/godot.md", byLink)]
process.exitCode = results.every(Boolean) ? 0 : 1
