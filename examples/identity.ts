/**
 * A key and a certificate for development, made by openssl on the spot: for localhost, for a day.
 */
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Identity {
  readonly key: string
  readonly certificate: string
}

export const makeIdentity = (): Identity => {
  const directory = mkdtempSync(join(tmpdir(), "effect-enet-identity-"))
  const [keyFile, certificateFile] = [join(directory, "key.pem"), join(directory, "cert.pem")]
  try {
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    const files = ["-keyout", keyFile, "-out", certificateFile]
    execFileSync("openssl", ["req", "-x509", ...kind, ...names, ...files], { stdio: "ignore" })
    return { key: readFileSync(keyFile, "utf8"), certificate: readFileSync(certificateFile, "utf8") }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
