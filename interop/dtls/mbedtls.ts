/**
 * What our side and our C program on mbedTLS must be able to do together.
 */
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { everyThird, lossyProxy } from "../lossyProxy.ts"
import type { Case } from "../matrix/cases.ts"
import { identity, rootFile } from "./identities.ts"
import { client, server } from "./ours.ts"
import { run } from "./programs.ts"
import {
  echoes,
  expectAgreement,
  expectReason,
  ourClientRefuses,
  ourServerIsRefused,
  plain,
  serverOptions,
  type Variant,
  variants
} from "./variants.ts"

const mbedtls = fileURLToPath(new URL("../build/mbedtls_peer", import.meta.url))

const flags = ({ group, mtu, suite }: Variant): ReadonlyArray<string | number> => [
  ...(mtu === undefined ? [] : ["--mtu", mtu]),
  ...(suite === undefined ? [] : ["--suite", `TLS-${suite.replaceAll("_", "-")}`]),
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
  const program = yield* run(mbedtls, "server", "--cert", certificateFile, "--key", keyFile, ...flags(variant))
  const [, port = ""] = yield* program.expect(/"listening","port":(\d+)/)
  return { port: Number(port), program }
})

const mbedtlsClient = (variant: Variant, port: number, ...more: ReadonlyArray<string | number>) =>
  run(mbedtls, "client", "--port", port, "--ca", rootFile, "--messages", 50, ...flags(variant), ...more)

const caseOf = (variant: Variant): Case => ({
  name: variant.name,
  ourClient: Effect.gen(function*() {
    const { port, program } = yield* mbedtlsServer(variant)
    yield* echoes(variant, port, sizeFor(variant, 16_384))
    yield* program.expect(/"closed"/)
  }),
  ourServer: Effect.gen(function*() {
    const ours = yield* server(variant.key, serverOptions(variant))
    const program = yield* mbedtlsClient(smallHello(variant), ours.port, "--size", sizeFor(variant, 1000))
    yield* program.expect(/"open"/)
    yield* expectAgreement(variant, yield* ours.opened)
    yield* program.expect(/"closed"[^]*"done"/)
    yield* expectReason(yield* ours.ended, "AssociationClosed")
  })
})

const losses: Case = {
  name: "every third datagram lost",
  ourClient: Effect.gen(function*() {
    const { port, program } = yield* mbedtlsServer({ ...plain, mtu: 600 })
    const proxy = yield* lossyProxy(port, everyThird)
    const ours = yield* client(proxy.port)
    yield* ours.write("hello")
    yield* ours.opened
    yield* program.expect(/"open"/)
    proxy.heal()
    yield* ours.write("hello")
    yield* ours.read
  }),
  ourServer: Effect.gen(function*() {
    const ours = yield* server("RSA-2048", { mtu: 600, handshakeTimeout: 30_000 })
    const proxy = yield* lossyProxy(ours.port, everyThird)
    const program = yield* mbedtlsClient(plain, proxy.port, "--messages", 0)
    yield* program.expect(/"open"/)
    yield* ours.opened
    proxy.heal()
    yield* program.expect(/"done"/)
  })
}

const stranger: Case = {
  name: "refused: the server is somebody else",
  ourClient: ourClientRefuses(mbedtlsServer(plain), { hostName: "example.com" }, "HostNameMismatch", /"refused"/),
  ourServer: ourServerIsRefused(
    (port) => mbedtlsClient(plain, port, "--host", "example.com"),
    /"failed","what":"handshake"/
  )
}

export const mbedtlsCases: ReadonlyArray<Case> = [losses, ...variants.map(caseOf), stranger]
