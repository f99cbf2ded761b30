/**
 * `--dtls` and the flags that go with it: what they stand for, and which of them make no sense together.
 */
import * as Dtls from "@effect-enet/dtls/Dtls"
import type { DtlsError } from "@effect-enet/dtls/DtlsError"
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { DatagramSocket } from "effect/socket/DatagramSocket"
import { readText } from "./files.ts"

const dtls = Flag.Boolean("dtls").pipe(
  Flag.withDescription("Encrypt with DTLS 1.2; both sides must"),
  Flag.withDefault(false)
)

const file = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("file"), Flag.withDescription(description), Flag.optional)

export const serverFlags = {
  dtls,
  cert: file(
    "cert",
    "With --dtls or --websocket: the server's certificate in PEM, those that lead to a trusted one behind it"
  ),
  key: file("key", "With --dtls or --websocket: the private key of the certificate, in PEM")
}

export const clientFlags = {
  dtls,
  ca: file("ca", "With --dtls or wss: the certificates to trust, in PEM; the server's own may be among them"),
  hostname: Flag.String("hostname").pipe(
    Flag.withMetavar("name"),
    Flag.withDescription(
      "With --dtls or wss: whom the server's certificate must be for (default: what --host or --url says)"
    ),
    Flag.optional
  ),
  insecure: Flag.Boolean("insecure").pipe(
    Flag.withDescription(
      "With --dtls or wss: do not check whom the certificate is for, nor without --ca who vouches for it"
    ),
    Flag.withDefault(false)
  )
}

export interface ServerFlags {
  readonly dtls: boolean
  readonly cert: Option.Option<string>
  readonly key: Option.Option<string>
}

export interface ClientFlags {
  readonly dtls: boolean
  readonly ca: Option.Option<string>
  readonly hostname: Option.Option<string>
  readonly insecure: boolean
}

/** What is wrong with flags, if anything, as an error. */
const complain = (message: string | undefined): Effect.Effect<void, CliError.ValidationError> =>
  message === undefined ? Effect.void : Effect.fail(new CliError.ValidationError({ message }))

const needsDtls = (given: Readonly<Record<string, boolean>>): string | undefined => {
  const name = Object.keys(given).find((name) => given[name])
  return name === undefined ? undefined : `--${name} needs --dtls`
}

export const validateServer = ({ cert, dtls, key }: ServerFlags) => {
  if (!dtls) return complain(needsDtls({ cert: Option.isSome(cert), key: Option.isSome(key) }))
  return complain(
    Option.isSome(cert) && Option.isSome(key)
      ? undefined
      : "--dtls needs --cert and --key; `effect-enet cert` makes a pair for development"
  )
}

export const validateClient = ({ ca, dtls, hostname, insecure }: ClientFlags) => {
  if (!dtls) return complain(needsDtls({ ca: Option.isSome(ca), hostname: Option.isSome(hostname), insecure }))
  if (insecure && Option.isSome(hostname)) {
    return complain("--hostname is not checked with --insecure: leave one of them out")
  }
  return complain(
    insecure || Option.isSome(ca)
      ? undefined
      : "--dtls needs --ca with the certificates to trust, or --insecure to trust anybody"
  )
}

/** Tells of options in the words of a user who gave flags; `flags` says which one an option came from. */
const inFlags = (flags: Readonly<Record<string, string>>) => (error: DtlsError | CliError.UserError) => {
  const reason = error._tag === "DtlsError" ? error.reason : undefined
  if (reason?._tag !== "InvalidOption") return Layer.effect(DatagramSocket, Effect.fail(error))
  const userMessage = `${flags[reason.field] ?? reason.field} must be ${reason.expected}, got ${reason.actual}`
  return Layer.effect(DatagramSocket, Effect.fail(new CliError.UserError({ cause: error, userMessage })))
}

/** What stands between a host and its socket. */
type Between = Layer.Layer<DatagramSocket, DtlsError | CliError.UserError, DatagramSocket | FileSystem.FileSystem>

const nothing: Between = Layer.effect(DatagramSocket, DatagramSocket)

const fileOf = (flag: Option.Option<string>): string => Option.getOrElse(flag, () => "")

/** For flags that `validateServer` has let pass. */
export const serverLayer = (flags: ServerFlags): Between => {
  if (!flags.dtls) return nothing
  const [cert, key] = [fileOf(flags.cert), fileOf(flags.key)]
  const options = Effect.all({ key: Effect.map(readText(key), Redacted.make), certificate: readText(cert) })
  return Layer.unwrap(Effect.map(options, Dtls.layerServer)).pipe(
    Layer.catch(inFlags({ key: `--key ${key}`, certificate: `--cert ${cert}` }))
  )
}

/** For flags that `validateClient` has let pass, and the host that the user named. */
export const clientLayer = (flags: ClientFlags, host: string): Between => {
  if (!flags.dtls) return nothing
  const roots = Option.isSome(flags.ca) ? readText(flags.ca.value) : Effect.undefined
  const hostName = flags.insecure ? undefined : Option.getOrElse(flags.hostname, () => host)
  const options = Effect.map(roots, (roots) => ({ roots, hostName, unsafe: flags.insecure }))
  return Layer.unwrap(Effect.map(options, Dtls.layerClient)).pipe(
    Layer.catch(inFlags({ roots: `--ca ${fileOf(flags.ca)}`, hostName: "--hostname" }))
  )
}
