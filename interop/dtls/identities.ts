/**
 * A CA and servers' certificates with keys of every kind, as files for other programs.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Pki from "../../packages/dtls/test/kit/Pki.ts"

export const keyKinds = ["RSA-2048", "RSA-4096", "P-256", "P-384"] as const

export type KeyKind = typeof keyKinds[number]

export interface Identity {
  readonly issued: Pki.Issued
  readonly keyFile: string
  readonly certificateFile: string
}

const directory = mkdtempSync(join(tmpdir(), "dtls-interop-"))

process.on("exit", () => rmSync(directory, { recursive: true, force: true }))

const file = (name: string, text: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

export const root = Pki.ca("root")
export const rootFile = file("root.crt", root.pem)
export const otherRoot = Pki.ca("other root")
export const otherRootFile = file("other.crt", otherRoot.pem)

const makers: Readonly<Record<KeyKind, () => Pki.KeyPair>> = {
  "RSA-2048": () => Pki.rsa(2048),
  "RSA-4096": () => Pki.rsa(4096),
  "P-256": Pki.p256,
  "P-384": Pki.p384
}

const made = new Map<KeyKind, Identity>()

/** A server for `localhost` and 127.0.0.1. */
export const identity = (kind: KeyKind): Identity => {
  const known = made.get(kind)
  if (known !== undefined) return known
  const issued = Pki.server(root, {}, makers[kind]())
  const result = {
    issued,
    keyFile: file(`${kind}.key`, issued.keyPem),
    certificateFile: file(`${kind}.crt`, issued.pem)
  }
  made.set(kind, result)
  return result
}
