/**
 * The kinds of sessions that every partner is tried with.
 */
import { Effect } from "effect"
import type { DtlsError, DtlsOptions } from "../../packages/dtls/src/index.ts"
import type { CipherSuiteName } from "../../packages/dtls/src/wire/CipherSuite.ts"
import { cipherSuites } from "../../packages/dtls/src/wire/CipherSuite.ts"
import { type GroupName, namedGroups } from "../../packages/dtls/src/wire/Groups.ts"
import { fail } from "../matrix/CPeer.ts"
import { type KeyKind, keyKinds } from "./identities.ts"
import { client, server } from "./ours.ts"
import type { Program } from "./programs.ts"

export interface Variant {
  readonly name: string
  readonly key: KeyKind
  readonly mtu?: number
  readonly suite?: CipherSuiteName
  readonly group?: GroupName
}

const keyOf = (suite: CipherSuiteName): KeyKind => suite.includes("ECDSA") ? "P-256" : "RSA-2048"

export const variants: ReadonlyArray<Variant> = [
  ...keyKinds.map((key): Variant => ({ name: key, key })),
  ...keyKinds.flatMap((key) => [300, 600, 1400].map((mtu): Variant => ({ name: `${key}, MTU ${mtu}`, key, mtu }))),
  ...cipherSuites.map(({ name }): Variant => ({ name, key: keyOf(name), suite: name })),
  ...namedGroups.map(({ name }): Variant => ({ name, key: "RSA-2048", group: name }))
]

export const plain: Variant = { name: "RSA-2048", key: "RSA-2048" }

export const serverOptions = ({ mtu, suite }: Variant): Partial<DtlsOptions.ServerOptions> => ({
  ...(mtu === undefined ? {} : { mtu }),
  ...(suite === undefined ? {} : { cipherSuites: [suite] })
})

export const clientOptions = ({ group, ...rest }: Variant): Partial<DtlsOptions.ClientOptions> => ({
  ...serverOptions(rest),
  ...(group === undefined ? {} : { groups: [group] })
})

/** What was agreed on is what the variant asks for. */
export const expectAgreement = Effect.fnUntraced(function*(
  { group, suite }: Variant,
  opened: { readonly cipherSuite: string; readonly group: string }
) {
  if (suite !== undefined && opened.cipherSuite !== suite) yield* fail(`${opened.cipherSuite} instead of ${suite}`)
  if (group !== undefined && opened.group !== group) yield* fail(`${opened.group} instead of ${group}`)
})

export const expectReason = (reason: DtlsError.DtlsErrorReason, tag: DtlsError.DtlsErrorReason["_tag"]) =>
  reason._tag === tag ? Effect.void : fail(`ended with ${reason._tag} instead of ${tag}: ${JSON.stringify(reason)}`)

/** Our client writes datagrams of many sizes and gets each back. */
export const echoes = Effect.fnUntraced(function*(variant: Variant, port: number, largest: number) {
  const ours = yield* client(port, clientOptions(variant))
  for (let i = 0; i < 30; i++) {
    const payload = Uint8Array.from({ length: Math.min(1 + i * 97, largest) }, (_, at) => i + at)
    yield* ours.write(payload)
    const [answer] = yield* ours.read
    if (answer === undefined || Buffer.compare(answer, payload) !== 0) {
      yield* fail(`another echo of ${payload.length} bytes`)
    }
  }
  yield* expectAgreement(variant, yield* ours.opened)
}, Effect.scoped)

/** Our client does not want the program's server: it says why, and the program notices. */
export const ourClientRefuses = <E, R>(
  start: Effect.Effect<{ readonly port: number; readonly program: Program }, E, R>,
  options: Partial<DtlsOptions.ClientOptions>,
  reason: "CertificateRefused" | "HostNameMismatch",
  notice: RegExp
) =>
  Effect.gen(function*() {
    const { port, program } = yield* start
    const ours = yield* client(port, options)
    yield* ours.write("hello")
    yield* expectReason(yield* ours.ended, reason)
    yield* program.expect(notice)
  })

/** The program's client does not want our server: it says so, and we notice. */
export const ourServerIsRefused = <E, R>(start: (port: number) => Effect.Effect<Program, E, R>, notice: RegExp) =>
  Effect.gen(function*() {
    const ours = yield* server("RSA-2048")
    const program = yield* start(ours.port)
    yield* program.expect(notice)
    yield* expectReason(yield* ours.ended, "AlertReceived")
  })
