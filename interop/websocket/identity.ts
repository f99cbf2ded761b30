/**
 * A key and a certificate for localhost, in memory and in files.
 */
import { Effect } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeIdentity } from "../../examples/identity.ts"

export interface Identity {
  readonly key: string
  readonly certificate: string
  readonly keyFile: string
  readonly certificateFile: string
}

/** The files are gone with the scope. */
export const identity = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "effect-enet-websocket-"))
    const made = makeIdentity()
    const [keyFile, certificateFile] = [join(directory, "key.pem"), join(directory, "cert.pem")]
    writeFileSync(keyFile, made.key, { mode: 0o600 })
    writeFileSync(certificateFile, made.certificate)
    return { directory, identity: { ...made, keyFile, certificateFile } }
  }),
  ({ directory }) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
).pipe(Effect.map(({ identity }): Identity => identity))
