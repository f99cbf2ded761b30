/**
 * TLS options in the form of `node:tls`.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Net from "node:net"
import * as Tls from "node:tls"
import type { ClientTls, ServerTls } from "../TlsOptions.ts"
import { fromReason, InvalidOption, type WebSocketError } from "../WebSocketError.ts"

const minVersion = "TLSv1.2"

const invalid = (field: string, expected: string, actual: string) =>
  fromReason(new InvalidOption({ field, expected, actual }))

const isCertificate = (pem: string): boolean => pem.includes("-----BEGIN CERTIFICATE-----")

const contextOf = (
  options: Tls.SecureContextOptions,
  error: WebSocketError
): Effect.Effect<Tls.SecureContext, WebSocketError> =>
  Effect.try({ try: () => Tls.createSecureContext({ ...options, minVersion }), catch: () => error })

export const serverContext = (
  { certificate, key }: ServerTls
): Effect.Effect<Tls.SecureContext, WebSocketError> => {
  const pem = Redacted.isRedacted(key) ? Redacted.value(key) : key
  const error = invalid("tls", "a private key and its certificate, both in PEM", "something else")
  // what is empty would count as left out
  return pem.includes(" PRIVATE KEY-----") && isCertificate(certificate)
    ? contextOf({ key: pem, cert: certificate }, error)
    : Effect.fail(error)
}

export interface ClientSecurity {
  readonly secureContext: Tls.SecureContext
  readonly servername: string
  readonly rejectUnauthorized: boolean
  readonly checkServerIdentity: (host: string, certificate: Tls.PeerCertificate) => Error | undefined
}

/** @param urlHost without brackets */
export const clientSecurity = Effect.fnUntraced(function*(
  { hostName, roots, unsafe = false }: ClientTls,
  urlHost: string
): Effect.fn.Return<ClientSecurity, WebSocketError> {
  if (hostName !== undefined && unsafe) {
    const expected = "left out when unsafe is true, since it would not be checked"
    return yield* Effect.fail(invalid("hostName", expected, JSON.stringify(hostName)))
  }
  if (hostName === "") return yield* Effect.fail(invalid("hostName", "a host name or an IP address", "\"\""))
  const texts = roots === undefined ? undefined : typeof roots === "string" ? [roots] : [...roots]
  const noRoots = invalid("roots", "one trusted certificate or more in PEM", "something else")
  if (texts !== undefined && !texts.some(isCertificate)) {
    return yield* Effect.fail(noRoots)
  }
  const host = hostName ?? urlHost
  return {
    // a server's own certificate may be among the roots
    secureContext: yield* contextOf({ ...(texts && { ca: texts }), allowPartialTrustChain: true }, noRoots),
    servername: unsafe || Net.isIP(host) !== 0 ? "" : host,
    rejectUnauthorized: !(unsafe && texts === undefined),
    checkServerIdentity: (_, certificate) => unsafe ? undefined : Tls.checkServerIdentity(host, certificate)
  }
})
