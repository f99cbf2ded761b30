/**
 * The `effect-enet` command against the C program, both ways, as any other program's author would use it.
 */
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import type { Case } from "./cases.ts"
import { cClient, cServer, fail, run } from "./CPeer.ts"

const bin = fileURLToPath(new URL("../../packages/node/src/bin.ts", import.meta.url))

const command = (...args: ReadonlyArray<string | number>) =>
  run(process.execPath, "--conditions=@effect-enet/source", bin, ...args)

export const commandCase: Case = {
  name: "the effect-enet command",
  ourClient: Effect.gen(function*() {
    const server = yield* cServer()
    const client = yield* command("client", "--host", "127.0.0.1", "--port", server.port, "--messages", 50, "--json")
    const summary = yield* client.expect("summary")
    if (summary.ok !== true) return yield* fail(`effect-enet client sums up ${JSON.stringify(summary)}`)
    yield* server.expect("disconnect")
  }),
  ourServer: Effect.gen(function*() {
    const server = yield* command("serve", "--host", "127.0.0.1", "--port", 0, "--json")
    const { port = 0 } = yield* server.expect("listening")
    const client = yield* cClient(port, "--messages", 50, "--disconnect-data", 5)
    const summary = yield* client.expect("summary")
    if (summary.ok !== true) return yield* fail(`the C client sums up ${JSON.stringify(summary)}`)
    const line = yield* server.expect("disconnect")
    if (line.data !== 5) return yield* fail(`effect-enet serve saw data ${line.data}`)
  })
}
