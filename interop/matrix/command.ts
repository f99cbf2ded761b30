/**
 * The `effect-enet` command against the C program, both ways, the way the author of another program would use it.
 */
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import type { Case } from "./cases.ts"
import { cClient, cServer, fail, run } from "./CPeer.ts"

const bin = fileURLToPath(new URL("../../packages/node/src/bin.ts", import.meta.url))

const command = (...args: ReadonlyArray<string | number>) =>
  run(process.execPath, "--conditions=@effect-enet/source", bin, ...args)

const withFlags = (name: string, ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>): Case => ({
  name,
  ourClient: Effect.gen(function*() {
    const server = yield* cServer(...theirs)
    const client = yield* command(
      "client",
      "--host",
      "127.0.0.1",
      "--port",
      server.port,
      "--messages",
      50,
      "--json",
      ...ours
    )
    const summary = yield* client.expect("summary")
    if (summary.ok !== true) return yield* fail(`effect-enet client sums up ${JSON.stringify(summary)}`)
    yield* server.expect("disconnect")
  }),
  ourServer: Effect.gen(function*() {
    const server = yield* command("serve", "--host", "127.0.0.1", "--port", 0, "--json", ...ours)
    const { port = 0 } = yield* server.expect("listening")
    const client = yield* cClient(port, "--messages", 50, "--disconnect-data", 5, ...theirs)
    const summary = yield* client.expect("summary")
    if (summary.ok !== true) return yield* fail(`the C client sums up ${JSON.stringify(summary)}`)
    const line = yield* server.expect("disconnect")
    if (line.data !== 5) return yield* fail(`effect-enet serve saw data ${line.data}`)
  })
})

export const commandCases: ReadonlyArray<Case> = [
  withFlags("the effect-enet command", [], []),
  withFlags("the effect-enet command, range coder and checksum", ["--compress", "range-coder", "--checksum"], [
    "--range-coder",
    "--checksum"
  ])
]
