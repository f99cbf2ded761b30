/**
 * `peer.py`, a server or a client on Python's websockets, as a scoped child process.
 */
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { fail, run } from "../matrix/CPeer.ts"

/** Debian's own, which is the one that has Debian's packages. */
const program = "/usr/bin/python3"
const script = fileURLToPath(new URL("peer.py", import.meta.url))

/** Says what is wrong when it cannot be run. */
export const missing = (): string | undefined =>
  spawnSync(program, ["-c", "import websockets"], { stdio: "ignore", timeout: 20_000 }).status === 0
    ? undefined
    : "websockets for Python is missing: apt-get install --no-install-recommends python3-websockets"

export const pythonServer = Effect.fnUntraced(function*(...args: ReadonlyArray<string | number>) {
  const peer = yield* run(program, script, "serve", ...args)
  const { port } = yield* peer.expect("listening")
  return port === undefined ? yield* fail("the Python server does not say its port") : { ...peer, port }
})

export const pythonClient = (url: string, ...args: ReadonlyArray<string | number>) =>
  run(program, script, "join", url, ...args)
