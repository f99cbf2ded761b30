import { assert, describe, it } from "@effect/vitest"
import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0
const chat = fileURLToPath(new URL("../../../examples/websocket/chat.ts", import.meta.url))

describe("examples/websocket", () => {
  it.skipIf(!hasOpenssl)(
    "is one room over ENet, DTLS and WebSocket (skipped where there is no openssl)",
    async () => {
      const args = ["--conditions=@effect-enet/source", chat, "--once"]
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 })
      for (const [name, transport] of [["Ada", "ENet"], ["Bob", "DTLS"], ["Eve", "WebSocket"]]) {
        assert.include(stdout, `* ${name} joined over ${transport}\n`)
        assert.include(stdout, `\n${name}: Hello from `)
        assert.include(stdout, `* ${name} left\n`)
      }
    },
    60_000
  )
})
