/**
 * What our side and OpenSSL's `s_server` and `s_client` must be able to do together.
 */
import { Effect } from "effect"
import type { CipherSuiteName } from "../../packages/dtls/src/wire/CipherSuite.ts"
import type { GroupName } from "../../packages/dtls/src/wire/Groups.ts"
import { everyThird, lossyProxy } from "../lossyProxy.ts"
import type { Case } from "../matrix/cases.ts"
import { fail } from "../matrix/CPeer.ts"
import { identity, otherRoot, otherRootFile, rootFile } from "./identities.ts"
import { client, server } from "./ours.ts"
import { type Program, run } from "./programs.ts"
import {
  clientOptions,
  expectAgreement,
  expectReason,
  ourClientRefuses,
  ourServerIsRefused,
  plain,
  serverOptions,
  type Variant,
  variants
} from "./variants.ts"

const suiteNames: Readonly<Record<CipherSuiteName, string>> = {
  ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305"
}

const groupNames: Readonly<Record<GroupName, string>> = { x25519: "X25519", secp256r1: "P-256", secp384r1: "P-384" }

const flags = ({ group, mtu, suite }: Variant): ReadonlyArray<string> => [
  ...(mtu === undefined ? [] : ["-mtu", String(mtu)]),
  ...(suite === undefined ? [] : ["-cipher", suiteNames[suite]]),
  ...(group === undefined ? [] : ["-groups", groupNames[group]])
]

const opensslServer = Effect.fnUntraced(function*(
  variant: Variant,
  version = "-dtls1_2",
  ...more: ReadonlyArray<string>
) {
  const { certificateFile, keyFile } = identity(variant.key)
  const own = ["-accept", "127.0.0.1:0", "-cert", certificateFile, "-key", keyFile]
  const program = yield* run("openssl", "s_server", version, ...own, ...flags(variant), ...more)
  const [, port = ""] = yield* program.expect(/ACCEPT 127\.0\.0\.1:(\d+)/)
  return { port: Number(port), program }
})

const opensslClient = (variant: Variant, port: number, ...more: ReadonlyArray<string>) => {
  const address = ["-connect", `127.0.0.1:${port}`]
  const trust = ["-CAfile", rootFile, "-verify_return_error", "-verify_hostname", "localhost"]
  return run("openssl", "s_client", "-dtls1_2", ...address, ...trust, ...flags(variant), ...more)
}

/** Our client writes; the program shows what it reads, and writes what it is told. */
const talk = Effect.fnUntraced(function*(variant: Variant, port: number, program: Program) {
  const ours = yield* client(port, clientOptions(variant))
  yield* ours.write("hello from our client\n")
  yield* expectAgreement(variant, yield* ours.opened)
  yield* program.expect(/hello from our client/)
  yield* program.write("hello from openssl\n")
  const [answer] = yield* ours.read
  if (new TextDecoder().decode(answer) !== "hello from openssl\n") yield* fail("another answer")
  for (let i = 0; i < 20; i++) yield* ours.write(`${i} `.repeat(200))
  yield* program.expect(/(?:19 ){200}/)
}, Effect.scoped)

const caseOf = (variant: Variant): Case => ({
  name: variant.name,
  ourClient: Effect.gen(function*() {
    const { port, program } = yield* opensslServer(variant)
    yield* talk(variant, port, program)
    // the client has closed with its scope
    yield* program.expect(/DONE/)
  }),
  ourServer: Effect.gen(function*() {
    const ours = yield* server(variant.key, serverOptions(variant))
    const program = yield* opensslClient(variant, ours.port)
    yield* expectAgreement(variant, yield* ours.opened)
    yield* program.expect(/Verify return code: 0 \(ok\)/)
    yield* program.write("hello from openssl\n")
    yield* program.expect(/\nhello from openssl/)
    yield* program.write("Q\n")
    yield* expectReason(yield* ours.ended, "AssociationClosed")
  })
})

const losses: Case = {
  name: "every third datagram lost",
  ourClient: Effect.gen(function*() {
    const { port, program } = yield* opensslServer({ ...plain, mtu: 600 }, "-dtls1_2", "-timeout")
    const proxy = yield* lossyProxy(port, everyThird)
    const ours = yield* client(proxy.port)
    yield* ours.write("hello")
    yield* ours.opened
    proxy.heal()
    yield* ours.write("hello from our client\n")
    yield* program.expect(/hello from our client/)
  }),
  ourServer: Effect.gen(function*() {
    const ours = yield* server("RSA-2048", { mtu: 600, handshakeTimeout: 30_000 })
    const proxy = yield* lossyProxy(ours.port, everyThird)
    const program = yield* opensslClient(plain, proxy.port, "-timeout")
    yield* ours.opened
    yield* program.expect(/Verify return code: 0 \(ok\)/)
    proxy.heal()
    yield* program.write("hello from openssl\n")
    yield* program.expect(/\nhello from openssl/)
  })
}

const refusals: ReadonlyArray<Case> = [
  {
    name: "refused: no trusted CA vouches for the server",
    ourClient: ourClientRefuses(
      opensslServer(plain),
      { roots: otherRoot.pem },
      "CertificateRefused",
      /alert unknown ca/
    ),
    ourServer: ourServerIsRefused(
      (port) => opensslClient(plain, port, "-CAfile", otherRootFile),
      /certificate verify failed/
    )
  },
  {
    name: "refused: no suite in common",
    ourClient: Effect.gen(function*() {
      const { port } = yield* opensslServer({ ...plain, suite: "ECDHE_RSA_WITH_AES_256_GCM_SHA384" })
      const ours = yield* client(port, { cipherSuites: ["ECDHE_RSA_WITH_AES_128_GCM_SHA256"] })
      yield* ours.write("hello")
      yield* expectReason(yield* ours.ended, "NegotiationFailed")
    }),
    ourServer: Effect.gen(function*() {
      const ours = yield* server("RSA-2048", { cipherSuites: ["ECDHE_RSA_WITH_AES_256_GCM_SHA384"] })
      const program = yield* opensslClient({ ...plain, suite: "ECDHE_RSA_WITH_AES_128_GCM_SHA256" }, ours.port)
      yield* program.expect(/alert handshake failure/)
      yield* expectReason(yield* ours.ended, "NegotiationFailed")
    })
  },
  {
    name: "refused: DTLS 1.0",
    ourClient: Effect.gen(function*() {
      const { port } = yield* opensslServer(plain, "-dtls1", "-cipher", "ALL:@SECLEVEL=0")
      const ours = yield* client(port)
      yield* ours.write("hello")
      yield* expectReason(yield* ours.ended, "NegotiationFailed")
    }),
    ourServer: Effect.gen(function*() {
      const ours = yield* server("RSA-2048")
      const address = ["-connect", `127.0.0.1:${ours.port}`]
      const program = yield* run("openssl", "s_client", "-dtls1", "-cipher", "ALL:@SECLEVEL=0", ...address)
      yield* program.expect(/alert protocol version|wrong version number|unsupported protocol/)
    })
  }
]

export const opensslCases: ReadonlyArray<Case> = [losses, ...variants.map(caseOf), ...refusals]
