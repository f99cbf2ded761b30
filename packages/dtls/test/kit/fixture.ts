/**
 * Sessions with OpenSSL, recorded by `interop/dtls/capture.ts`.
 */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { decodeFragments, type Fragment } from "../../src/wire/Handshake.ts"
import { decodeRecords, type DtlsRecord } from "../../src/wire/Record.ts"

export interface Session {
  readonly suite: number
  readonly seed: string
  readonly masterSecret: string
  readonly lines: ReadonlyArray<{ readonly from: "client" | "server"; readonly bytes: string }>
}

interface Fixture {
  readonly certificate: string
  readonly key: string
  readonly sessions: Readonly<Record<string, Session>>
}

export const fixture: Fixture = JSON.parse(
  readFileSync(fileURLToPath(new URL("../fixtures/openssl.json", import.meta.url)), "utf8")
)

export const session = (name: string): Session => {
  const found = fixture.sessions[name]
  if (found === undefined) throw new Error(`no session ${name}`)
  return found
}

export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"))

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

export const recordsOf = ({ lines }: Session, from: "client" | "server"): ReadonlyArray<DtlsRecord> =>
  lines.filter((line) => line.from === from).flatMap(({ bytes }) => decodeRecords(fromHex(bytes)).records)

/** Fragments that were sent in plaintext. */
export const fragmentsOf = (session: Session, from: "client" | "server"): ReadonlyArray<Fragment> =>
  recordsOf(session, from).flatMap((record) =>
    record.type === 22 && record.epoch === 0 ? decodeFragments(record.fragment) ?? [] : []
  )

/** Messages that were sent in plaintext, put together. */
export const messagesOf = (session: Session, from: "client" | "server") => {
  const bodies = new Map<number, { readonly type: number; readonly sequence: number; readonly body: Uint8Array }>()
  for (const { bytes, length, offset, sequence, type } of fragmentsOf(session, from)) {
    const key = type * 0x10000 + sequence
    const message = bodies.get(key) ?? { type, sequence, body: new Uint8Array(length) }
    message.body.set(bytes, offset)
    bodies.set(key, message)
  }
  return [...bodies.values()]
}
