/**
 * `effect-enet cert`: a self-signed certificate and its key, for development. `openssl` makes them.
 */
import type * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as ChildProcess from "effect/process/ChildProcess"
import { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import * as Stream from "effect/Stream"
import * as Net from "node:net"
import * as Path from "node:path"
import { explain } from "../internal/platformError.ts"
import { readText, userError } from "./files.ts"
import * as Flags from "./flags.ts"

const LOOPBACK = ["localhost", "127.0.0.1", "::1"]

/** What an address or a DNS name is in a certificate, where a leading `*` stands for one label. */
const alternativeName = (host: string): string | undefined => {
  if (Net.isIP(host) !== 0) return `IP:${host}`
  const labels = host.replace(/^\*\./, "").split(".")
  const isName = host.length <= 253 && labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i.test(label))
  return isName ? `DNS:${host}` : undefined
}

/** For servers only, and no CA: trusting it means to trust this one server. */
const request = (names: ReadonlyArray<string>) =>
  `[req]
distinguished_name = subject
x509_extensions = extensions
prompt = no
[subject]
CN = effect-enet development
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
subjectAltName = ${names.join(", ")}
`

/** Runs `openssl`; what it prints is told only when it fails. */
const openssl = Effect.fnUntraced(function*(args: ReadonlyArray<string>) {
  const spawner = yield* ChildProcessSpawner
  const program = yield* spawner.spawn(ChildProcess.make("openssl", args, { stdin: "ignore" }))
  const printed = yield* Stream.mkString(Stream.decodeText(program.all))
  const status = yield* program.exitCode
  if (status !== 0) yield* userError(`openssl ended with status ${status}: ${printed.trim().split("\n").at(-1)}`)
}, Effect.scoped)

/** Writes a file that must not be there yet. */
const create = (path: string, text: string, mode: number) =>
  FileSystem.FileSystem.use((fs) => fs.writeFileString(path, text, { flag: "wx", mode })).pipe(
    Effect.mapError((error) =>
      userError(
        error.reason._tag === "AlreadyExists"
          ? `${path} is there already`
          : `${path}: cannot be written: ${explain(error)}`,
        error
      )
    )
  )

/** Whether a name is taken, also by a link that leads nowhere. */
const isTaken = (path: string) =>
  FileSystem.FileSystem.use((fs) =>
    Effect.orElseSucceed(Effect.as(Effect.catch(fs.readLink(path), () => fs.stat(path)), true), () => false)
  )

/** Where a new file comes to be: its directory may have several names. */
const placeOf = (path: string) =>
  FileSystem.FileSystem.use((fs) => {
    const directory = Path.dirname(Path.resolve(path))
    const real = Effect.orElseSucceed(fs.realPath(directory), () => directory)
    return Effect.map(real, (real) => Path.join(real, Path.basename(path)))
  })

const missing = (error: PlatformError | CliError.UserError) =>
  error._tag === "UserError" ? error : userError("openssl cannot be run; `effect-enet cert` needs it", error)

const make = Effect.fnUntraced(function*(names: ReadonlyArray<string>, days: number) {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped({ prefix: "effect-enet-cert-" })
  const [config, key, cert] = [`${directory}/openssl.cnf`, `${directory}/key.pem`, `${directory}/cert.pem`]
  yield* fs.writeFileString(config, request(names))
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256"]
  const files = ["-config", config, "-keyout", key, "-out", cert]
  yield* openssl(["req", "-x509", "-batch", ...curve, "-days", String(days), ...files])
  return { key: yield* readText(key), cert: yield* readText(cert) }
}, Effect.scoped)

const hostname = Flag.String("hostname").pipe(
  Flag.filterMap(
    (text) => Option.fromUndefinedOr(alternativeName(text)),
    () => "a host name or an IP address"
  ),
  Flag.withMetavar("name"),
  Flag.withDescription(`Whom the certificate is for; may be repeated (default ${LOOPBACK.join(", ")})`),
  Flag.atLeast(0)
)

const file = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("file"),
    Flag.withDescription(`${description}; must not exist (default ${name}.pem)`),
    Flag.withDefault(`${name}.pem`)
  )

const flags = {
  cert: file("cert", "Where the certificate goes"),
  key: file("key", "Where the private key goes"),
  hostname,
  days: Flags.intOr(365, "days", 1, 36_500, "How long the certificate is valid")
}

export const cert = Command.make(
  "cert",
  flags,
  Effect.fnUntraced(function*({ cert, days, hostname, key }) {
    if ((yield* placeOf(cert)) === (yield* placeOf(key))) {
      return yield* userError(`--cert and --key are one file, ${key}`)
    }
    for (const path of [cert, key]) {
      if (yield* isTaken(path)) return yield* userError(`${path} is there already`)
    }
    const names = hostname.length > 0 ? hostname : LOOPBACK.map((host) => alternativeName(host) ?? host)
    const made = yield* Effect.mapError(make(names, days), missing)
    yield* create(key, made.key, 0o600)
    const fs = yield* FileSystem.FileSystem
    yield* create(cert, made.cert, 0o644).pipe(Effect.onError(() => Effect.ignore(fs.remove(key))))
    yield* Console.log(`${cert} and its key ${key}, for ${names.join(", ")}, valid for ${days} days`)
  })
).pipe(
  Command.withDescription("Make a self-signed certificate and its key, for development; needs openssl"),
  Command.withExamples([
    { command: "effect-enet cert", description: "cert.pem and key.pem for localhost" },
    { command: "effect-enet cert --hostname game.example.com --hostname 192.0.2.7", description: "For a host" }
  ])
)
