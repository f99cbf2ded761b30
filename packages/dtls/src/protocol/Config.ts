/**
 * What a side of an association knows before it begins. Values are valid already: nothing here checks them again.
 *
 * @since 0.1.0
 */
import type { CryptoProvider, PrivateKey, PublicKey } from "../crypto/CryptoProvider.ts"
import type { AlertName } from "../wire/Alert.ts"
import type { CipherSuite } from "../wire/CipherSuite.ts"
import type { NamedGroup } from "../wire/Groups.ts"
import type { EndReason } from "./Output.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface CommonConfig {
  readonly crypto: CryptoProvider
  /** The preferred ones first. */
  readonly suites: ReadonlyArray<CipherSuite>
  readonly groups: ReadonlyArray<NamedGroup>
  /** Largest datagram of a handshake, in bytes. Only a ClientHello may be longer. */
  readonly mtu: number
  /** Milliseconds from the first message to the last. */
  readonly handshakeTimeout: number
  /** Milliseconds without an authentic record after which an association ends. */
  readonly idleTimeout: number
}

/**
 * What a client thinks of a server's certificates.
 *
 * @since 0.1.0
 * @category models
 */
export type Verdict =
  | { readonly _tag: "Accepted"; readonly publicKey: PublicKey }
  | { readonly _tag: "Refused"; readonly alert: AlertName; readonly reason: EndReason }

/**
 * @since 0.1.0
 * @category models
 */
export interface ClientConfig extends CommonConfig {
  readonly role: "client"
  /** The host name for the server_name extension, which never holds an IP address (RFC 6066 section 3). */
  readonly serverName: string | undefined
  /**
   * Judges a chain in DER, the server's own certificate first.
   *
   * @param date Unix time in milliseconds
   */
  readonly verify: (chain: ReadonlyArray<Uint8Array>, date: number) => Verdict
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ServerConfig extends CommonConfig {
  readonly role: "server"
  /** DER, the server's own certificate first. */
  readonly chain: ReadonlyArray<Uint8Array>
  readonly privateKey: PrivateKey
}
