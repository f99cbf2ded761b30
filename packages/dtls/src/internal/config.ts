/**
 * From options to what the state machines take, with everything checked that can be checked beforehand.
 */
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Crypto from "node:crypto"
import { domainToASCII } from "node:url"
import type { PublicKey } from "../crypto/CryptoProvider.ts"
import { nodeCrypto, nodePrivateKey, nodePublicKey } from "../crypto/NodeCrypto.ts"
import { type DtlsError, fromReason, InvalidOption } from "../DtlsError.ts"
import type { ClientOptions, CommonOptions, ServerOptions } from "../DtlsOptions.ts"
import type { ClientConfig, CommonConfig, ServerConfig, Verdict } from "../protocol/Config.ts"
import { type CipherSuiteName, cipherSuiteNames, cipherSuites } from "../wire/CipherSuite.ts"
import { type GroupName, groupNames, namedGroups } from "../wire/Groups.ts"
import type { Certificate } from "../x509/Certificate.ts"
import { certificatesFromPem, derFromPem, makeTrustStore, type TrustStore } from "../x509/TrustStore.ts"
import { isFor, isStrongKey, namesOf, verifyChain } from "../x509/Verify.ts"
import type { Remote } from "./Endpoint.ts"
import type { ServerLimits } from "./ServerEndpoint.ts"

type Checked<A> = Effect.Effect<A, DtlsError>

const invalid = (field: string, expected: string, actual: unknown): DtlsError =>
  fromReason(
    new InvalidOption({ field, expected, actual: typeof actual === "string" ? JSON.stringify(actual) : String(actual) })
  )

const integer = (
  field: string,
  value: number | undefined,
  fallback: number,
  minimum: number,
  maximum: number
): Checked<number> => {
  const number = value ?? fallback
  return Number.isInteger(number) && number >= minimum && number <= maximum
    ? Effect.succeed(number)
    : Effect.fail(invalid(field, `an integer from ${minimum} to ${maximum}`, number))
}

const choice = <Name extends string, A extends { readonly name: Name }>(
  field: string,
  wanted: ReadonlyArray<Name>,
  all: ReadonlyArray<A>
): Checked<ReadonlyArray<A>> => {
  const chosen = wanted.flatMap((name) => all.find((candidate) => candidate.name === name) ?? [])
  return wanted.length > 0 && chosen.length === wanted.length && new Set(wanted).size === wanted.length
    ? Effect.succeed(chosen)
    : Effect.fail(invalid(field, `some of ${all.map(({ name }) => name).join(", ")}`, wanted.join(", ")))
}

const common = Effect.fnUntraced(function*(
  options: CommonOptions,
  handshakeTimeout: number
): Effect.fn.Return<CommonConfig, DtlsError> {
  const suites: ReadonlyArray<CipherSuiteName> = options.cipherSuites ?? cipherSuiteNames
  const groups: ReadonlyArray<GroupName> = options.groups ?? groupNames
  return {
    crypto: nodeCrypto,
    suites: yield* choice("cipherSuites", suites, cipherSuites),
    groups: yield* choice("groups", groups, namedGroups),
    mtu: yield* integer("mtu", options.mtu, 1200, 256, 16_384),
    handshakeTimeout: yield* integer(
      "handshakeTimeout",
      options.handshakeTimeout,
      handshakeTimeout,
      1,
      600_000
    ),
    idleTimeout: yield* integer("idleTimeout", options.idleTimeout, 60_000, 1, 86_400_000)
  }
})

/** The capacity of the queue of received datagrams. */
export const receiveBuffer = (options: CommonOptions): Checked<number> =>
  integer("receiveBuffer", options.receiveBuffer, 8192, 1, 1_048_576)

const privateKeyOf = (pem: string): Crypto.KeyObject | undefined => {
  try {
    return Crypto.createPrivateKey(pem)
  } catch {
    return undefined
  }
}

const isDefined = <A>(value: A | undefined): value is A => value !== undefined

export interface ResolvedServer {
  readonly config: ServerConfig
  readonly limits: ServerLimits
  readonly isRefusing: boolean
}

export const resolveServer = Effect.fnUntraced(function*(
  options: ServerOptions
): Effect.fn.Return<ResolvedServer, DtlsError> {
  const keyObject = privateKeyOf(Redacted.isRedacted(options.key) ? Redacted.value(options.key) : options.key)
  const privateKey = keyObject === undefined ? undefined : nodePrivateKey(keyObject)
  if (keyObject === undefined || privateKey === undefined || !isStrongKey(keyObject)) {
    return yield* invalid("key", "a private key in PEM, RSA of 2048 bits or more or P-256, P-384", "something else")
  }
  // hellos have no way to name the group of another curve
  if (privateKey.authentication === "ECDSA" && privateKey.group === undefined) {
    return yield* invalid("key", "a key on P-256 or P-384, or an RSA key", "a key on another curve")
  }
  const chain = derFromPem(options.certificate)
  const [leaf] = chain
  if (leaf === undefined || !chain.every(isDefined)) {
    return yield* invalid("certificate", "one certificate or more in PEM", "something else")
  }
  if (!new Crypto.X509Certificate(leaf).checkPrivateKey(keyObject)) {
    return yield* invalid("certificate", "the certificate of the key first", "the certificate of another key")
  }
  const shared = yield* common(options, 8000)
  if (!shared.suites.some(({ authentication }) => authentication === privateKey.authentication)) {
    const actual = shared.suites.map(({ name }) => name).join(", ")
    return yield* invalid("cipherSuites", `one or more with ${privateKey.authentication}, as the key is`, actual)
  }
  return {
    config: { ...shared, role: "server", chain, privateKey },
    limits: {
      pendingLimit: yield* integer("pendingLimit", options.pendingLimit, 16, 1, 65_535),
      maxAssociations: yield* integer("maxAssociations", options.maxAssociations, 4095, 1, 65_535)
    },
    isRefusing: options.refuseNewConnections ?? false
  }
})

/** Who a server must be. */
type Host = { readonly name: string } | { readonly ip: string }

const isHostName = (name: string): boolean =>
  name.length <= 253 && /^(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*$/.test(name)

const hostOf = (text: string): Host | undefined => {
  const literal = Option.getOrUndefined(Result.getSuccess(NetAddress.ipFromString(text)))
  if (literal !== undefined) return { ip: NetAddress.formatIp(NetAddress.toCanonical(literal)) }
  // as in URLs: international names in their ASCII form, no dot at the end (RFC 6066 section 3); but what is left out of a
  // URL, and what would be made an address of, is no name
  if (/[/\\?#@:%]/.test(text)) return undefined
  const name = domainToASCII(text).toLowerCase().replace(/\.$/, "")
  return isHostName(name) && !/(?:^|\.)\d+$/.test(name) ? { name } : undefined
}

const textOf = (host: Host): string => "ip" in host ? host.ip : host.name

const accepted = (publicKey: PublicKey | undefined): Verdict =>
  publicKey === undefined
    ? {
      _tag: "Refused",
      alert: "unsupported_certificate",
      reason: { _tag: "CertificateRefused", detail: "its key is of a kind that is not spoken here" }
    }
    : { _tag: "Accepted", publicKey }

const malformed: Verdict = {
  _tag: "Refused",
  alert: "bad_certificate",
  reason: { _tag: "CertificateRefused", detail: "the certificate is malformed" }
}

/** Takes any certificate whatsoever. */
const verifyNothing = (chain: ReadonlyArray<Uint8Array>): Verdict => {
  const [leaf] = chain
  if (leaf === undefined) return malformed
  try {
    return accepted(nodePublicKey(new Crypto.X509Certificate(leaf).publicKey))
  } catch {
    return malformed
  }
}

const isCertificate = (result: ReturnType<typeof verifyChain>): result is Certificate => "der" in result

const verifyWith = (roots: TrustStore, host: Host | undefined): ClientConfig["verify"] => (chain, date) => {
  const result = verifyChain(chain, roots, date)
  if (!isCertificate(result)) {
    return { _tag: "Refused", alert: result.alert, reason: { _tag: "CertificateRefused", detail: result.detail } }
  }
  if (host !== undefined && !isFor(result, host)) {
    const reason = { _tag: "HostNameMismatch", expected: textOf(host), names: namesOf(result) } as const
    return { _tag: "Refused", alert: "bad_certificate", reason }
  }
  return accepted(nodePublicKey(result.publicKey))
}

const rootsOf = Effect.fnUntraced(function*(
  roots: string | ReadonlyArray<string>
): Effect.fn.Return<TrustStore, DtlsError> {
  const certificates = (typeof roots === "string" ? [roots] : roots).flatMap(certificatesFromPem)
  if (certificates.length === 0 || !certificates.every(isDefined)) {
    return yield* invalid("roots", "one trusted certificate or more in PEM", "something else")
  }
  return makeTrustStore(certificates)
})

export interface ResolvedClient {
  readonly configFor: (remote: Remote) => ClientConfig
}

export const resolveClient = Effect.fnUntraced(function*(
  options: ClientOptions
): Effect.fn.Return<ResolvedClient, DtlsError> {
  const shared = yield* common(options, 30_000)
  const isUnsafe = options.unsafe ?? false
  const roots = options.roots === undefined ? undefined : yield* rootsOf(options.roots)
  if (roots === undefined && !isUnsafe) {
    return yield* invalid("roots", "trusted certificates in PEM, unless unsafe is true", undefined)
  }
  if (options.hostName !== undefined && isUnsafe) {
    return yield* invalid("hostName", "left out when unsafe is true, since it would not be checked", options.hostName)
  }
  const host = options.hostName === undefined ? undefined : hostOf(options.hostName)
  if (options.hostName !== undefined && host === undefined) {
    return yield* invalid("hostName", "a host name or an IP address", options.hostName)
  }
  const clientFor = (host: Host | undefined): ClientConfig => ({
    ...shared,
    role: "client",
    serverName: host !== undefined && "name" in host ? host.name : undefined,
    verify: roots === undefined ? verifyNothing : verifyWith(roots, host)
  })
  // one for all remotes, unless it is the remote's address that counts
  const fixed = isUnsafe || host !== undefined ? clientFor(host) : undefined
  return {
    configFor: ({ inet }) => fixed ?? clientFor({ ip: NetAddress.formatIp(NetAddress.toCanonical(inet.address)) })
  }
})
