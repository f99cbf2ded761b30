import { assert, describe, it } from "@effect/vitest"
import { execFile, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const runs = promisify(execFile)

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

/** What an example prints, which must end by itself with status 0. */
const printed = async (name: string): Promise<string> => {
  const path = fileURLToPath(new URL(`../../../examples/${name}.ts`, import.meta.url))
  const { stdout } = await runs(process.execPath, ["--conditions=@effect-enet/source", path], { timeout: 20_000 })
  return stdout
}

describe("examples", () => {
  it("echo.ts shows a packet that comes back", async () => {
    assert.include(await printed("echo"), "client: hello came back\n")
  }, 30_000)

  it("observed.ts shows metrics, and what a collector got", async () => {
    const text = await printed("observed")
    assert.match(text, /enet_events_total\{host="server",event="Receive"\} 101\n/)
    assert.match(text, /enet_channel_messages_total\{host="server",channel="line",event="received"\} 100\n/)
    assert.match(text, /enet_channel_messages_total\{host="server",channel="line",event="undecoded"\} 1\n/)
    assert.match(text, /the collector got \d+ requests at \/v1\/traces\n/)
    assert.match(text, /the collector got \d+ requests at \/v1\/metrics\n/)
  }, 30_000)

  it.skipIf(!hasOpenssl)("dtls.ts does the same over DTLS (skipped where there is no openssl)", async () => {
    const text = await printed("dtls")
    assert.include(text, "dtls:   ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519\n")
    assert.include(text, "client: hello came back\n")
    assert.include(text, "client: disconnected (Local)\n")
  }, 30_000)
})
