import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import * as Pki from "../../../dtls/test/kit/Pki.ts"

const directory = mkdtempSync(join(tmpdir(), "effect-enet-cli-"))

afterAll(() => rmSync(directory, { recursive: true }))

/** A path in a directory of the test file, which is removed after it. */
export const pathOf = (name: string): string => join(directory, name)

const write = (name: string, text: string): string => {
  writeFileSync(pathOf(name), text)
  return pathOf(name)
}

const root = Pki.ca("root")
const issued = Pki.server(root)

/** A server for `localhost` and 127.0.0.1, below a CA, as files. */
export const identity = {
  ca: write("ca.pem", root.pem),
  otherCa: write("other-ca.pem", Pki.ca("other").pem),
  cert: write("server.pem", issued.pem),
  key: write("server.key", issued.keyPem),
  otherKey: write("other.key", Pki.server(root).keyPem),
  text: write("text.txt", "not PEM at all")
}
