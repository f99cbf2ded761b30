/**
 * What our side and another program must be able to do together, in both roles.
 */
import { Effect, type Scope } from "effect"
import type { DtlsError, DtlsOptions } from "../../packages/dtls/src/index.ts"
import type { CipherSuiteName } from "../../packages/dtls/src/wire/CipherSuite.ts"
import type { GroupName } from "../../packages/dtls/src/wire/Groups.ts"
import { identity, type KeyKind, otherRoot, otherRootFile, rootFile } from "./identities.ts"
import { client, server } from "./ours.ts"
import { fail, freePort, godotScript, mbedtls, type Program, run } from "./programs.ts"
import { lossyProxy } from "./proxy.ts"

export interface Case {
  readonly name: string
  readonly run: Effect.Effect<void, unknown, Scope.Scope>
}

interface Variant {
  readonly name: string
  readonly key: KeyKind
  readonly mtu?: number
  readonly suite?: CipherSuiteName
  readonly group?: GroupName
}

const opensslSuites: Readonly<Record<CipherSuiteName, string>> = {
  ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305"
}

const mbedtlsSuite = (suite: CipherSuiteName): string => `TLS-${suite.replaceAll("_", "-")}`

const keys: ReadonlyArray<KeyKind> = ["RSA-2048", "RSA-4096", "P-256", "P-384"]

const keyOf = (suite: CipherSuiteName): KeyKind => suite.includes("ECDSA") ? "P-256" : "RSA-2048"

const suites = Object.keys(opensslSuites).filter((name): name is CipherSuiteName => name in opensslSuites)

const variants: ReadonlyArray<Variant> = [
  ...keys.map((key): Variant => ({ name: key, key })),
  ...keys.flatMap((key) => [300, 600, 1400].map((mtu): Variant => ({ name: `${key}, MTU ${mtu}`, key, mtu }))),
  ...suites.map((suite): Variant => ({ name: suite, key: keyOf(suite), suite })),
  ...(["x25519", "secp256r1", "secp384r1"] as const).map((group): Variant => ({ name: group, key: "RSA-2048", group }))
]

const serverOptions = ({ mtu, suite }: Variant): Partial<DtlsOptions.ServerOptions> => ({
  ...(mtu === undefined ? {} : { mtu }),
  ...(suite === undefined ? {} : { cipherSuites: [suite] })
})

const clientOptions = ({ group, ...rest }: Variant): Partial<DtlsOptions.ClientOptions> => ({
  ...serverOptions(rest),
  ...(group === undefined ? {} : { groups: [group] })
})

const expectSuite = (wanted: string | undefined, got: string) =>
  wanted === undefined || wanted === got ? Effect.void : fail(`${got} instead of ${wanted}`)

const expectReason = (reason: DtlsError.DtlsErrorReason, tag: DtlsError.DtlsErrorReason["_tag"]) =>
  reason._tag === tag ? Effect.void : fail(`ended with ${reason._tag} instead of ${tag}: ${JSON.stringify(reason)}`)

/** Our client writes; the program shows what it reads, and writes what it is told. */
const talkToOpenssl = Effect.fnUntraced(function*(variant: Variant, port: number, program: Program) {
  const ours = yield* client(port, clientOptions(variant))
  yield* ours.write("hello from our client\n")
  const { cipherSuite, group } = yield* ours.opened
  yield* expectSuite(variant.suite, cipherSuite)
  yield* expectSuite(variant.group, group)
  yield* program.expect(/hello from our client/)
  yield* program.write("hello from openssl\n")
  const [answer] = yield* ours.read
  if (new TextDecoder().decode(answer) !== "hello from openssl\n") return yield* fail("another answer")
  for (let i = 0; i < 20; i++) yield* ours.write(`${i} `.repeat(200))
  yield* program.expect(/(?:19 ){200}/)
  return undefined
}, Effect.scoped)

const opensslServer = Effect.fnUntraced(function*(
  { group, key, mtu, suite }: Variant,
  ...more: ReadonlyArray<string>
) {
  const port = yield* freePort
  const { certificateFile, keyFile } = identity(key)
  const options = [
    ...more,
    ...(mtu === undefined ? [] : ["-mtu", mtu]),
    ...(suite === undefined ? [] : ["-cipher", opensslSuites[suite]]),
    ...(group === undefined
      ? []
      : ["-groups", group === "secp256r1" ? "P-256" : group === "secp384r1" ? "P-384" : "X25519"])
  ]
  const address = `127.0.0.1:${port}`
  const program = yield* run(
    "openssl",
    "s_server",
    "-dtls1_2",
    "-accept",
    address,
    "-cert",
    certificateFile,
    "-key",
    keyFile,
    ...options
  )
  yield* program.expect(/ACCEPT/)
  return { port, program }
})

const opensslClient = ({ group, mtu, suite }: Variant, port: number, ...more: ReadonlyArray<string>) =>
  run(
    "openssl",
    "s_client",
    "-dtls1_2",
    "-connect",
    `127.0.0.1:${port}`,
    "-CAfile",
    rootFile,
    "-verify_return_error",
    "-verify_hostname",
    "localhost",
    ...(mtu === undefined ? [] : ["-mtu", mtu]),
    ...(suite === undefined ? [] : ["-cipher", opensslSuites[suite]]),
    ...(group === undefined
      ? []
      : ["-groups", group === "secp256r1" ? "P-256" : group === "secp384r1" ? "P-384" : "X25519"]),
    ...more
  )

const opensslCases = (variant: Variant): ReadonlyArray<Case> => [
  {
    name: `our client, OpenSSL's server: ${variant.name}`,
    run: Effect.gen(function*() {
      const { port, program } = yield* opensslServer(variant)
      yield* talkToOpenssl(variant, port, program)
      // the client has closed with its scope
      yield* program.expect(/DONE/)
    })
  },
  {
    name: `our server, OpenSSL's client: ${variant.name}`,
    run: Effect.gen(function*() {
      const ours = yield* server(variant.key, serverOptions(variant))
      const program = yield* opensslClient(variant, ours.port)
      const { cipherSuite, group } = yield* ours.opened
      yield* expectSuite(variant.suite, cipherSuite)
      yield* expectSuite(variant.group, group)
      yield* program.expect(/Verify return code: 0 \(ok\)/)
      yield* program.write("hello from openssl\n")
      yield* program.expect(/\nhello from openssl/)
      yield* program.write("Q\n")
      yield* expectReason(yield* ours.ended, "AssociationClosed")
      yield* program.exited
    })
  }
]

const mbedtlsOptions = ({ group, mtu, suite }: Variant) => [
  ...(mtu === undefined ? [] : ["--mtu", mtu]),
  ...(suite === undefined ? [] : ["--suite", mbedtlsSuite(suite)]),
  ...(group === undefined ? [] : ["--group", group])
]

/** With an MTU, mbedTLS writes no record that is longer. */
const sizeFor = ({ mtu }: Variant, largest: number): number => mtu === undefined ? largest : Math.min(largest, mtu - 60)

/** A hello with all suites of mbedTLS does not fit 300 bytes, and no server puts fragments of hellos together. */
const smallHello = (variant: Variant): Variant =>
  variant.mtu !== 300 || variant.suite !== undefined ? variant : {
    ...variant,
    suite: variant.key.startsWith("RSA")
      ? "ECDHE_RSA_WITH_AES_128_GCM_SHA256"
      : "ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
  }

const mbedtlsServer = Effect.fnUntraced(function*(variant: Variant) {
  const { certificateFile, keyFile } = identity(variant.key)
  const program = yield* run(mbedtls, "server", "--cert", certificateFile, "--key", keyFile, ...mbedtlsOptions(variant))
  const [, port = ""] = yield* program.expect(/"listening","port":(\d+)/)
  return { port: Number(port), program }
})

const mbedtlsClient = (variant: Variant, port: number, ...more: ReadonlyArray<string | number>) =>
  run(mbedtls, "client", "--port", port, "--ca", rootFile, "--messages", 50, ...mbedtlsOptions(variant), ...more)

/** Our client writes datagrams of many sizes and gets each back. */
const echoes = Effect.fnUntraced(function*(variant: Variant, port: number, largest: number) {
  const ours = yield* client(port, clientOptions(variant))
  for (let i = 0; i < 30; i++) {
    const payload = Uint8Array.from({ length: Math.min(1 + i * 97, largest) }, (_, at) => i + at)
    yield* ours.write(payload)
    const [answer] = yield* ours.read
    if (answer === undefined || Buffer.compare(answer, payload) !== 0) {
      return yield* fail(`another echo of ${payload.length} bytes`)
    }
  }
  const { cipherSuite, group } = yield* ours.opened
  yield* expectSuite(variant.suite, cipherSuite)
  yield* expectSuite(variant.group, group)
  return undefined
}, Effect.scoped)

const mbedtlsCases = (variant: Variant): ReadonlyArray<Case> => [
  {
    name: `our client, mbedTLS's server: ${variant.name}`,
    run: Effect.gen(function*() {
      const { port, program } = yield* mbedtlsServer(variant)
      yield* echoes(variant, port, sizeFor(variant, 16_384))
      yield* program.expect(/"closed"/)
    })
  },
  {
    name: `our server, mbedTLS's client: ${variant.name}`,
    run: Effect.gen(function*() {
      const ours = yield* server(variant.key, serverOptions(variant))
      const program = yield* mbedtlsClient(smallHello(variant), ours.port, "--size", sizeFor(variant, 1000))
      yield* program.expect(/"open"/)
      const { cipherSuite, group } = yield* ours.opened
      yield* expectSuite(variant.suite, cipherSuite)
      yield* expectSuite(variant.group, group)
      yield* program.expect(/"closed"[^]*"done"/)
      yield* expectReason(yield* ours.ended, "AssociationClosed")
    })
  }
]

const plain: Variant = { name: "RSA-2048", key: "RSA-2048" }

/** Every third datagram, in the beginning. */
const everyThird = (index: number): boolean => index < 12 && index % 3 === 0

const losses: ReadonlyArray<Case> = [
  {
    name: "our client, OpenSSL's server, with losses",
    run: Effect.gen(function*() {
      const { port, program } = yield* opensslServer({ ...plain, mtu: 600 }, "-timeout")
      const ours = yield* client(yield* lossyProxy(port, everyThird))
      yield* ours.write("hello from our client\n")
      yield* ours.opened
      yield* program.expect(/hello from our client/)
    })
  },
  {
    name: "our server, OpenSSL's client, with losses",
    run: Effect.gen(function*() {
      const ours = yield* server("RSA-2048", { mtu: 600, handshakeTimeout: 30_000 })
      const program = yield* opensslClient(plain, yield* lossyProxy(ours.port, everyThird), "-timeout")
      yield* ours.opened
      yield* program.expect(/Verify return code: 0 \(ok\)/)
      // data that is lost is nobody's business here
      for (let i = 0; i < 6; i++) {
        yield* program.write("hello from openssl\n")
        yield* Effect.sleep(100)
      }
      yield* program.expect(/\nhello from openssl/)
    })
  },
  {
    name: "our client, mbedTLS's server, with losses",
    run: Effect.gen(function*() {
      const { port } = yield* mbedtlsServer({ ...plain, mtu: 600 })
      const ours = yield* client(yield* lossyProxy(port, everyThird))
      yield* ours.write("hello")
      yield* ours.opened
    })
  },
  {
    name: "our server, mbedTLS's client, with losses",
    run: Effect.gen(function*() {
      const ours = yield* server("RSA-2048", { mtu: 600 })
      const program = yield* mbedtlsClient(plain, yield* lossyProxy(ours.port, everyThird))
      yield* program.expect(/"open"/)
      yield* ours.opened
    })
  }
]

const refusals: ReadonlyArray<Case> = [
  {
    name: "our client refuses OpenSSL's server, which no trusted CA vouches for",
    run: Effect.gen(function*() {
      const { port, program } = yield* opensslServer(plain)
      const ours = yield* client(port, { roots: otherRoot.pem })
      yield* ours.write("hello")
      yield* expectReason(yield* ours.ended, "CertificateRefused")
      yield* program.expect(/alert unknown ca/)
    })
  },
  {
    name: "our client refuses mbedTLS's server, which is somebody else",
    run: Effect.gen(function*() {
      const { port, program } = yield* mbedtlsServer(plain)
      const ours = yield* client(port, { hostName: "example.com" })
      yield* ours.write("hello")
      yield* expectReason(yield* ours.ended, "HostNameMismatch")
      yield* program.expect(/"refused"/)
    })
  },
  {
    name: "our client has no suite in common with OpenSSL's server",
    run: Effect.gen(function*() {
      const { port } = yield* opensslServer({ ...plain, suite: "ECDHE_RSA_WITH_AES_256_GCM_SHA384" })
      const ours = yield* client(port, { cipherSuites: ["ECDHE_RSA_WITH_AES_128_GCM_SHA256"] })
      yield* ours.write("hello")
      yield* expectReason(yield* ours.ended, "NegotiationFailed")
    })
  },
  {
    name: "OpenSSL's client refuses our server, which no trusted CA vouches for",
    run: Effect.gen(function*() {
      const ours = yield* server("RSA-2048")
      const program = yield* opensslClient(plain, ours.port, "-CAfile", otherRootFile)
      yield* expectReason(yield* ours.ended, "AlertReceived")
      yield* program.exited
    })
  },
  {
    name: "mbedTLS's client refuses our server, which is somebody else",
    run: Effect.gen(function*() {
      const ours = yield* server("RSA-2048")
      const program = yield* mbedtlsClient(plain, ours.port, "--host", "example.com")
      yield* program.expect(/"failed","what":"handshake"/)
      yield* expectReason(yield* ours.ended, "AlertReceived")
    })
  },
  {
    name: "OpenSSL's client has no suite in common with our server",
    run: Effect.gen(function*() {
      const ours = yield* server("RSA-2048", { cipherSuites: ["ECDHE_RSA_WITH_AES_256_GCM_SHA384"] })
      const program = yield* opensslClient({ ...plain, suite: "ECDHE_RSA_WITH_AES_128_GCM_SHA256" }, ours.port)
      yield* program.expect(/alert handshake failure/)
      yield* expectReason(yield* ours.ended, "NegotiationFailed")
    })
  },
  {
    name: "OpenSSL's client of DTLS 1.0 is told which version it takes",
    run: Effect.gen(function*() {
      const ours = yield* server("RSA-2048")
      const program = yield* run(
        "openssl",
        "s_client",
        "-dtls1",
        "-cipher",
        "ALL:@SECLEVEL=0",
        "-connect",
        `127.0.0.1:${ours.port}`
      )
      yield* program.expect(/alert protocol version|wrong version number|unsupported protocol/)
    })
  }
]

const godotCases: ReadonlyArray<Case> = keys.filter((key) => key !== "RSA-4096").flatMap((key): ReadonlyArray<Case> => [
  {
    name: `our client, Godot's server: ${key}`,
    run: Effect.gen(function*() {
      const { certificateFile, keyFile } = identity(key)
      const program = yield* run("godot3-server", "-s", godotScript, "server", keyFile, certificateFile)
      const [, port = ""] = yield* program.expect(/"listening","port":(\d+)/)
      yield* echoes({ name: key, key }, Number(port), 1392)
      yield* program.expect(/"closed"/)
    })
  },
  {
    name: `our server, Godot's client: ${key}`,
    run: Effect.gen(function*() {
      const ours = yield* server(key)
      const program = yield* run("godot3-server", "-s", godotScript, "client", ours.port, rootFile, "localhost", 50)
      yield* program.expect(/"open"/)
      yield* ours.opened
      yield* program.expect(/"closed"/)
      yield* expectReason(yield* ours.ended, "AssociationClosed")
    })
  }
])

export const casesFor = (available: { readonly godot: boolean }): ReadonlyArray<Case> => [
  ...variants.flatMap(opensslCases),
  ...variants.flatMap(mbedtlsCases),
  ...losses,
  ...refusals,
  ...(available.godot ? godotCases : [])
]

export const godotCount = godotCases.length
