// Type-checks every ```ts block of README.md and docs/*.md against the sources, and runs those marked ```ts run.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { codeBlocks } from "./markdown.ts"

const root = join(import.meta.dirname, "..")
const work = join(root, ".docs-test")
process.chdir(root)

const files = ["README.md", ...globSync("docs/*.md").toSorted()].filter((file) => existsSync(file))
const blocks = files.flatMap((file) => codeBlocks(file).map((block) => ({ ...block, file })))
const nameOf = (block: typeof blocks[number]) => `${block.file.replaceAll(/\W/g, "_")}_${block.line}.ts`

/** Runs one program; its output is shown only when it fails. */
const run = (what: string, command: string, args: ReadonlyArray<string>): boolean => {
  const result = spawnSync(command, args, { encoding: "utf8", timeout: 30_000 })
  if (result.status === 0) return true
  console.error(`${what}: failed\n${result.stdout}${result.stderr}${result.error ?? ""}`)
  return false
}

rmSync(work, { recursive: true, force: true })
mkdirSync(work)
try {
  for (const block of blocks) {
    // Empty lines in front keep the line numbers of the Markdown file in error messages.
    writeFileSync(join(work, nameOf(block)), `${"\n".repeat(block.line)}${block.code}`)
  }
  const compilerOptions = { noUnusedLocals: false } // an example may end with a definition
  const config = { extends: "../tsconfig.tests.json", include: ["*.ts"], references: [], compilerOptions }
  writeFileSync(join(work, "tsconfig.json"), JSON.stringify(config))

  let ok = blocks.length === 0 || run("types of the documentation", "node_modules/.bin/tsc", ["-p", work])
  const runnable = blocks.filter((block) => /\brun\b/.test(block.info))
  for (const block of runnable) {
    const args = ["--conditions=@effect-enet/source", join(work, nameOf(block))]
    ok = run(`${block.file}:${block.line}`, process.execPath, args) && ok
  }
  console.log(`documentation: ${blocks.length} examples type-checked, ${runnable.length} run`)
  process.exitCode = ok ? 0 : 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
