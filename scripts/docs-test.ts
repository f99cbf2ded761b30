// Type-checks every ```ts block of README.md and docs/*.md against the sources, and runs those marked ```ts run. A block
// marked ```ts continued belongs to the program of the block before it. The programs find a server's certificate where
// TLS_CERTIFICATE and TLS_KEY say, for play.example.com; the system trusts its CA.
import { spawnSync } from "node:child_process"
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Pki from "../packages/dtls/test/kit/Pki.ts"
import { type CodeBlock, codeBlocks } from "./markdown.ts"

const root = join(import.meta.dirname, "..")
const work = join(root, ".docs-test")
process.chdir(root)

const files = ["README.md", ...globSync("docs/*.md").toSorted()].filter((file) => existsSync(file))

interface Program {
  readonly file: string
  readonly blocks: Array<CodeBlock>
}

const has = ({ info }: CodeBlock, mark: string): boolean => info.split(" ").includes(mark)

const programsOf = (file: string): ReadonlyArray<Program> => {
  const programs: Array<Program> = []
  for (const block of codeBlocks(file)) {
    const before = programs.at(-1)
    if (!has(block, "continued")) programs.push({ file, blocks: [block] })
    else if (before === undefined) throw new Error(`${file}:${block.line}: there is no block before it`)
    else before.blocks.push(block)
  }
  return programs
}

const programs = files.flatMap(programsOf)
const lineOf = ({ blocks }: Program): number => blocks[0]?.line ?? 0
const pathOf = (program: Program) => join(work, `${program.file.replaceAll(/\W/g, "_")}_${lineOf(program)}.ts`)

/** Each line where it is in the Markdown file, so that error messages have its number. */
const textOf = ({ blocks }: Program): string => {
  const lines: Array<string> = []
  for (const { code, line } of blocks) {
    while (lines.length < line) lines.push("")
    lines.push(...code.split("\n").slice(0, -1))
  }
  return `${lines.join("\n")}\n`
}

/** A certificate of a CA of its own: the environment that says where it is. */
const makeIdentity = (): Record<string, string> => {
  const root = Pki.ca("docs")
  const { keyPem, pem } = Pki.server(root, {
    extensions: [Pki.basicConstraints(false), Pki.alternativeNames(Pki.dns("play.example.com"))]
  })
  const write = (name: string, text: string) => {
    writeFileSync(join(work, name), text)
    return join(work, name)
  }
  return {
    TLS_CERTIFICATE: write("server.pem", pem),
    TLS_KEY: write("server.key", keyPem),
    NODE_EXTRA_CA_CERTS: write("ca.pem", root.pem)
  }
}

/** Runs one program; its output is shown only when it fails. */
const run = (what: string, command: string, args: ReadonlyArray<string>, env: Record<string, string> = {}): boolean => {
  const result = spawnSync(command, args, { encoding: "utf8", timeout: 30_000, env: { ...process.env, ...env } })
  if (result.status === 0) return true
  console.error(`${what}: failed\n${result.stdout}${result.stderr}${result.error ?? ""}`)
  return false
}

rmSync(work, { recursive: true, force: true })
mkdirSync(work)
try {
  for (const program of programs) writeFileSync(pathOf(program), textOf(program))
  const compilerOptions = { noUnusedLocals: false } // an example may end with a definition
  const config = { extends: "../tsconfig.tests.json", include: ["*.ts"], references: [], compilerOptions }
  writeFileSync(join(work, "tsconfig.json"), JSON.stringify(config))

  let ok = programs.length === 0 || run("types of the documentation", "node_modules/.bin/tsc", ["-p", work])
  const identity = makeIdentity()
  const runnable = programs.filter(({ blocks }) => blocks.some((block) => has(block, "run")))
  for (const program of runnable) {
    const args = ["--conditions=@effect-enet/source", pathOf(program)]
    ok = run(`${program.file}:${lineOf(program)}`, process.execPath, args, identity) && ok
  }
  const count = (some: ReadonlyArray<Program>) => some.reduce((sum, { blocks }) => sum + blocks.length, 0)
  console.log(`documentation: ${count(programs)} examples type-checked, ${count(runnable)} run`)
  process.exitCode = ok ? 0 : 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
