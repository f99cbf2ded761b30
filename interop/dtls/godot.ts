/**
 * What our side and Godot's `DTLSServer` and `PacketPeerDTLS` must be able to do together. Godot has no switches for
 * suites, groups and datagram sizes: where a variant asks for one, our side insists on it.
 */
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { commandLine, home } from "../godot/Godot.ts"
import type { Case } from "../matrix/cases.ts"
import { identity, otherRoot, otherRootFile, rootFile } from "./identities.ts"
import { server } from "./ours.ts"
import { run } from "./programs.ts"
import {
  clientOptions,
  echoes,
  expectAgreement,
  expectReason,
  ourClientRefuses,
  ourServerIsRefused,
  plain,
  type Variant,
  variants
} from "./variants.ts"

const script = fileURLToPath(new URL("godot/peer.gd", import.meta.url))

const godot = Effect.fnUntraced(function*(...args: ReadonlyArray<string | number>) {
  const [command, ...rest] = commandLine(yield* home, script)
  return yield* run(command, ...rest, ...args)
})

const godotServer = Effect.fnUntraced(function*({ key }: Variant) {
  const { certificateFile, keyFile } = identity(key)
  const program = yield* godot("server", keyFile, certificateFile)
  const [, port = ""] = yield* program.expect(/"listening","port":(\d+)/)
  return { port: Number(port), program }
})

const godotClient = (port: number, ca: string, host: string) => godot("client", port, ca, host, 50)

const caseOf = (variant: Variant): Case => ({
  name: variant.name,
  ourClient: Effect.gen(function*() {
    const { port, program } = yield* godotServer(variant)
    yield* echoes(variant, port, 1392)
    yield* program.expect(/"closed"/)
  }),
  ourServer: Effect.gen(function*() {
    const ours = yield* server(variant.key, clientOptions(variant))
    const program = yield* godotClient(ours.port, rootFile, "localhost")
    yield* program.expect(/"open"/)
    yield* expectAgreement(variant, yield* ours.opened)
    yield* program.expect(/"closed"/)
    yield* expectReason(yield* ours.ended, "AssociationClosed")
  })
})

const refused = /"refused"/

const refusals: ReadonlyArray<Case> = [
  {
    name: "refused: no trusted CA vouches for the server",
    ourClient: ourClientRefuses(godotServer(plain), { roots: otherRoot.pem }, "CertificateRefused", refused),
    ourServer: ourServerIsRefused((port) => godotClient(port, otherRootFile, "localhost"), refused)
  },
  {
    name: "refused: the server is somebody else",
    ourClient: ourClientRefuses(godotServer(plain), { hostName: "example.com" }, "HostNameMismatch", refused),
    ourServer: ourServerIsRefused((port) => godotClient(port, rootFile, "example.com"), refused)
  }
]

/** Its mbedTLS has no x25519 switched on; with our default groups it agrees on secp256r1. */
const spoken = variants.filter(({ group }) => group !== "x25519")

export const godotCases: ReadonlyArray<Case> = [...spoken.map(caseOf), ...refusals]
