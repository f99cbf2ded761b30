// Packs the publishable packages, installs the tarballs into an empty project outside this tree, and there type-checks
// and runs the README's server and client. Needs a build (`npm run pack-test` makes one).
//
// README.md marks the two blocks on the line above the fence:
//   <!-- example: server -->
//   <!-- example: client, prints: some text -->
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { codeBlocks } from "./markdown.ts"

class Failure extends Error {}

const root = join(import.meta.dirname, "..")
const readme = join(root, "README.md")
const project = mkdtempSync(join(tmpdir(), "effect-enet-pack-"))

const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"))

/** Runs one command to its end; a failure shows all of its output. */
const run = (cwd: string, command: string, args: ReadonlyArray<string>): string => {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: "pipe", timeout: 300_000 })
  } catch (error) {
    const { message, stdout, stderr } = error as { message: string; stdout?: string; stderr?: string }
    throw new Failure(`${message.split("\n")[0]}\n${stdout ?? ""}${stderr ?? ""}`)
  }
}

const example = (name: string): { readonly code: string; readonly prints: string | undefined } => {
  if (!existsSync(readme)) throw new Failure("there is no README.md")
  const marker = new RegExp(`^<!-- example: ${name}(?:, prints: (.+))? -->$`)
  for (const block of codeBlocks(readme)) {
    const match = marker.exec(block.above)
    if (match !== null) return { code: block.code, prints: match[1] }
  }
  throw new Failure(`README.md has no \`\`\`ts block right below a line <!-- example: ${name} -->`)
}

/** Starts a program of the project and collects what it prints. */
const start = (file: string) => {
  const child: ChildProcess = spawn(process.execPath, [file], { cwd: project, stdio: ["ignore", "pipe", "pipe"] })
  const program = { child, output: "", ended: once(child, "close") }
  child.stdout!.setEncoding("utf8").on("data", (text: string) => program.output += text)
  child.stderr!.setEncoding("utf8").on("data", (text: string) => program.output += text)
  return program
}

const install = () => {
  const publishable = globSync("packages/*/package.json", { cwd: root }).toSorted()
    .filter((file) => readJson(join(root, file)).private !== true)
    .map((file) => `./${file.slice(0, -"/package.json".length)}`)
  run(root, "npm", ["pack", ...publishable, "--pack-destination", project])
  const tarballs = globSync("*.tgz", { cwd: project }).toSorted()
  if (tarballs.length !== publishable.length) throw new Failure(`packed only ${tarballs.join(", ")}`)

  const lock = readJson(join(root, "package-lock.json"))
  const registry = ["effect", "@effect/platform-node", "typescript", "@types/node"]
    .map((name) => `${name}@${lock.packages[`node_modules/${name}`].version}`)
  writeFileSync(join(project, "package.json"), `{ "private": true, "type": "module" }`)
  run(project, "npm", [
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    ...tarballs.map((file) => `./${file}`),
    ...registry
  ])
  console.log(`installed ${tarballs.join(", ")}`)
}

const checkTypes = () => {
  const compilerOptions = { strict: true, noEmit: true, target: "ES2023", module: "NodeNext", types: ["node"] }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  run(project, "node_modules/.bin/tsc", ["-p", "."])
  console.log("types of the README's server and client: fine")
}

const runBoth = async (prints: string) => {
  const server = start("server.ts")
  let client: ReturnType<typeof start> | undefined
  try {
    await sleep(1_000) // time to bind; the client asks again if this was too short
    client = start("client.ts")
    const first = await Promise.race([
      client.ended.then(() => "client"),
      server.ended.then(() => "server"),
      sleep(30_000, "nobody", { ref: false })
    ])
    if (first === "server") throw new Failure("the server ended by itself")
    if (first === "nobody") throw new Failure("the client did not end within 30 s")
    if (client.child.exitCode !== 0) throw new Failure(`the client ended with status ${client.child.exitCode}`)
    if (!client.output.includes(prints)) throw new Failure(`the client did not print: ${prints}`)
    server.child.kill("SIGINT")
    const stopped = await Promise.race([server.ended, sleep(10_000, undefined, { ref: false })])
    if (stopped === undefined) throw new Failure("the server did not end within 10 s of SIGINT")
  } catch (error) {
    if (error instanceof Failure) {
      error.message += `\n--- server\n${server.output}\n--- client\n${client?.output ?? ""}`
    }
    throw error
  } finally {
    server.child.kill("SIGKILL")
    client?.child.kill("SIGKILL")
  }
  console.log(`the README's client printed: ${prints}`)
}

try {
  const server = example("server")
  const client = example("client")
  if (client.prints === undefined) {
    throw new Failure("README.md: the client's marker has to say <!-- example: client, prints: some text -->")
  }
  writeFileSync(join(project, "server.ts"), server.code)
  writeFileSync(join(project, "client.ts"), client.code)
  install()
  checkTypes()
  run(project, "node_modules/.bin/effect-enet", ["--version"])
  console.log("the installed effect-enet command starts")
  await runBoth(client.prints)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(`pack-test: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(project, { recursive: true, force: true })
}
