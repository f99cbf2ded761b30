/**
 * `npm run bench`: what a message costs, beside bare datagrams, the C library and `enet` of npm, as ratios taken in one run.
 * `docs/performance.md` explains the scenarios.
 */
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parse, usage } from "./harness/arguments.ts"
import { buildC, installNpmEnet, NPM_ENET } from "./harness/partners.ts"
import { withProcesses } from "./harness/process.ts"
import { describeProfiles } from "./harness/profile.ts"
import { writeReport } from "./harness/report.ts"
import type { Bench, Results, Scenario } from "./harness/Scenario.ts"
import { formatTable, toJson } from "./harness/table.ts"
import { scenarios } from "./scenarios/index.ts"

const PROFILES = fileURLToPath(new URL("build/profiles", import.meta.url))

const progress = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** A scenario that fails gives a row that says so. */
const attempt = async (
  scenario: Scenario,
  bench: Omit<Bench, "start" | "progress">,
  profiles: string | undefined
): Promise<Results> => {
  const started = performance.now()
  progress(`(${scenario.id}) ${scenario.title}`)
  const results = await withProcesses(
    { name: scenario.id, ...(profiles !== undefined && { profiles }) },
    (start) => scenario.run({ ...bench, start, progress: (text) => progress(`  (${scenario.id}) ${text}`) })
  ).catch((error: unknown): Results => ({
    rows: [{ scenario: scenario.id, name: scenario.title, notMeasured: messageOf(error) }]
  }))
  progress(`  (${scenario.id}) took ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return results
}

const main = async (): Promise<number> => {
  const given = parse(process.argv.slice(2), scenarios.map(({ id }) => id))
  if (typeof given === "string") {
    process.stderr.write(`${given} (--help lists the flags)\n`)
    return 2
  }
  const profiles = given.profile ? PROFILES : undefined
  if (given.profile) rmSync(PROFILES, { recursive: true, force: true })
  const c = buildC()
  if ("missing" in c) progress(`WITHOUT the C partner, so what it takes part in is not measured: ${c.missing}`)
  const npmEnet = installNpmEnet()
  if ("missing" in npmEnet) progress(`WITHOUT npm enet, so its rows are not measured: ${npmEnet.missing}`)
  const all: Array<Results> = []
  for (const scenario of scenarios.filter(({ id }) => given.only.includes(id))) {
    all.push(await attempt(scenario, { rounds: given.rounds, quick: given.quick, npmEnet }, profiles))
  }
  if (profiles !== undefined) progress(describeProfiles(profiles))
  const rows = all.flatMap((results) => results.rows)
  const series = all.flatMap((results) => results.series ?? [])
  const versions = {
    node: process.versions.node,
    libenet: "missing" in c ? "(missing)" : c.version,
    npmEnet: NPM_ENET,
    rounds: given.rounds
  }
  if (given.write) writeReport(rows, series, versions)
  if (given.json) process.stdout.write(`${JSON.stringify({ rows: rows.map(toJson), series, versions })}\n`)
  else process.stdout.write(`${formatTable(rows)}\n`)
  return rows.some((row) => "notMeasured" in row) ? 1 : 0
}

if (process.argv.includes("--help")) process.stdout.write(`${usage}\n`)
else process.exitCode = await main()
