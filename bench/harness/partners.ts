/**
 * The partners that are not ours: the C program is compiled, `enet` of npm is installed, both outside of what `npm ci`
 * installs.
 */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { NpmEnet } from "./Scenario.ts"

export const NPM_ENET = "0.2.9"
const INSTALL_LIMIT = 120_000

const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** Builds the C program, and gives the version of the library; or what the compiler said. */
export const buildC = (): { readonly version: string } | { readonly missing: string } => {
  const build = spawnSync("sh", [path("build.sh")], { encoding: "utf8" })
  if (build.status !== 0) {
    rmSync(path("build/enet_bench"), { force: true }) // an old one is not to be measured
    return { missing: build.stderr.trim() }
  }
  const { stdout } = spawnSync(path("build/enet_bench"), ["version"], { encoding: "utf8" })
  const { major, minor, patch }: Readonly<Record<string, number>> = JSON.parse(stdout)
  return { version: `${major}.${minor}.${patch}` }
}

/** Installs `enet` of npm, unless it is there. */
export const installNpmEnet = (): NpmEnet => {
  const folder = path("build/npm")
  const installed = `${folder}/node_modules/enet`
  // its own package.json says v0.2.9
  const version = (): unknown =>
    existsSync(`${installed}/package.json`)
      ? JSON.parse(readFileSync(`${installed}/package.json`, "utf8")).version.replace(/^v/, "")
      : undefined
  if (version() === NPM_ENET) return { path: installed }
  const { error, status, stderr } = spawnSync(
    "npm",
    ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, `enet@${NPM_ENET}`],
    { encoding: "utf8", timeout: INSTALL_LIMIT }
  )
  if (version() === NPM_ENET) return { path: installed }
  const complaint = error?.message ?? stderr.trim().split("\n").at(-1) ?? ""
  return { missing: `npm could not install enet@${NPM_ENET} (status ${status}): ${complaint}` }
}
