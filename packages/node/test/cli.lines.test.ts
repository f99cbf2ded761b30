import { assert, describe, it } from "@effect/vitest"
import { stripVTControlCharacters } from "node:util"
import { json, type Line, readable } from "../src/cli/lines.ts"

const lines: ReadonlyArray<readonly [Line, string, string]> = [
  [
    { event: "listening", host: "0.0.0.0", port: 7777 },
    "{\"event\":\"listening\",\"host\":\"0.0.0.0\",\"port\":7777}",
    "listening on 0.0.0.0:7777"
  ],
  [
    { event: "connect", peer: 0, address: "::1", port: 40_000, channels: 1, data: 7 },
    "{\"event\":\"connect\",\"peer\":0,\"address\":\"::1\",\"port\":40000,\"channels\":1,\"data\":7}",
    "+ peer 0    [::1]:40000, 1 channel, data 7"
  ],
  [
    { event: "receive", peer: 12, channel: 3, length: 1_048_576, sha256: "0123456789abcdef", mode: "reliable" },
    "{\"event\":\"receive\",\"peer\":12,\"channel\":3,\"length\":1048576,\"sha256\":\"0123456789abcdef\",\"mode\":\"reliable\"}",
    "< peer 12   channel 3   1,048,576 B  reliable             01234567"
  ],
  [
    { event: "disconnect", peer: 0, data: 5, reason: "remote" },
    "{\"event\":\"disconnect\",\"peer\":0,\"data\":5,\"reason\":\"remote\"}",
    "- peer 0    disconnected by the remote, data 5"
  ],
  [
    { event: "summary", sent: 1000, received: 999, mismatched: 0, lost: 1, rttMs: 3, ok: false },
    "{\"event\":\"summary\",\"sent\":1000,\"received\":999,\"mismatched\":0,\"lost\":1,\"rttMs\":3,\"ok\":false}",
    "FAILED: 1,000 sent, 999 echoed, 0 wrong, 1 lost, round trip 3 ms"
  ]
]

describe("lines of the command", () => {
  for (const [line, machine, people] of lines) {
    it(line.event, () => {
      assert.strictEqual(json(line), machine)
      assert.strictEqual(readable(false)(line), people)
      assert.strictEqual(stripVTControlCharacters(readable(true)(line)), people)
    })
  }
})
