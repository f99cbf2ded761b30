/**
 * (l) DTLS: what `npm run bench:dtls` measures, as rows. OpenSSL has no bench of DTLS handshakes, so its signatures and its
 * cipher alone stand beside ours.
 */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { DtlsFigures } from "../dtls.ts"
import type { Row, Scenario } from "../harness/Scenario.ts"

const LIMIT = 180_000

const measure = async (): Promise<DtlsFigures> => {
  const program = fileURLToPath(new URL("../dtls.ts", import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@effect-enet/source", program, "--json"],
    { timeout: LIMIT }
  )
  return JSON.parse(stdout)
}

export const scenario: Scenario = {
  id: "l",
  title: "DTLS",
  run: async () => {
    const { handshakes, hosts: { encrypted, plain }, records } = await measure()
    const row = (fields: Omit<Row, "scenario" | "ratio">): Row => ({
      scenario: "l",
      ratio: fields.ours / fields.theirs,
      ...fields
    })
    const perSecond = "per CPU second"
    const rows = [
      row({
        name: "DTLS handshakes, RSA-2048",
        unit: perSecond,
        ours: handshakes.rsa,
        partner: "the bound",
        theirs: 400,
        target: { atLeast: 1 },
        beside: handshakes.opensslSigns === undefined ? "" : `OpenSSL signs ${handshakes.opensslSigns.toFixed(0)}`
      }),
      ...records.flatMap(({ aead, opensslSeal, ...times }) =>
        (["send", "receive"] as const).map((way) =>
          row({
            name: `DTLS record of 400 bytes, ${aead}, ${way}`,
            unit: "µs CPU",
            ours: times[way],
            partner: "the bound",
            theirs: 30,
            target: { atMost: 1 },
            beside: opensslSeal === undefined ? "" : `OpenSSL's cipher alone ${opensslSeal.toFixed(2)} µs`
          })
        )
      ),
      row({
        name: "packet of 400 bytes there and back, with DTLS",
        unit: "µs CPU, both hosts",
        ours: encrypted.micros,
        partner: "plain hosts",
        theirs: plain.micros
      })
    ]
    return { rows }
  }
}
