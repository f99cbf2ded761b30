/**
 * Options of the two sides. Nothing insecure happens by leaving one out: a client without trusted certificates must say
 * that it wants to be unsafe.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import type { CipherSuiteName } from "./wire/CipherSuite.ts"
import type { GroupName } from "./wire/Groups.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface CommonOptions {
  /** Cipher suites, the preferred ones first; a server's preference counts. Default: all, AES-128-GCM first. */
  readonly cipherSuites?: ReadonlyArray<CipherSuiteName> | undefined
  /** Groups for the key exchange, the preferred ones first. Default: x25519, secp256r1, secp384r1. */
  readonly groups?: ReadonlyArray<GroupName> | undefined
  /**
   * Largest datagram of a handshake in bytes, 256 to 16,384. A ClientHello may be longer, since it is sent in one piece.
   * Application data is not cut: each datagram is one record, 29 or 37 bytes longer. Default 1,200.
   */
  readonly mtu?: number | undefined
  /**
   * Milliseconds that a handshake may take, 1 to 600,000. Default 30,000 for a client, and for a server 8,000 until the
   * client has sent its first datagram, as in Godot.
   */
  readonly handshakeTimeout?: number | undefined
  /**
   * Milliseconds without anything authentic from the other side after which an association is closed, 1 to 86,400,000.
   * Default 60,000. Peers of ENet hear from each other more than once a second.
   */
  readonly idleTimeout?: number | undefined
  /** Received datagrams that may wait to be read. Default 8,192; more are dropped. */
  readonly receiveBuffer?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ServerOptions extends CommonOptions {
  /** The private key in PEM: RSA of 2,048 bits or more, or P-256, P-384. */
  readonly key: string | Redacted.Redacted<string>
  /** The certificate of that key in PEM, and behind it those that lead to one that clients trust. */
  readonly certificate: string
  /** Whether strangers get no answer from the start; a live switch is in `DtlsSocket`. Default false. */
  readonly refuseNewConnections?: boolean | undefined
  /** Handshakes at a time, 1 to 65,535. Default 16. */
  readonly pendingLimit?: number | undefined
  /** Associations at a time, 1 to 65,535. Default 4,095. */
  readonly maxAssociations?: number | undefined
}

/**
 * Three kinds of clients, as in Godot:
 *
 * - with `roots`: the server's certificate must lead to one of them, and be for `hostName`
 * - with `roots` and `unsafe`: it must lead to one of them, whoever it is for
 * - with `unsafe` alone: any certificate will do, so anybody in between can be the server
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends CommonOptions {
  /**
   * Trusted certificates in PEM, in one text or in several. `tls.rootCertificates` of Node is a list of this kind. A
   * server's own certificate may be among them.
   */
  readonly roots?: string | ReadonlyArray<string> | undefined
  /**
   * Who the server's certificate must be for: a host name, which the server is told, or an IP address. Default: the IP
   * address that is connected to.
   */
  readonly hostName?: string | undefined
  /** Do not check who the certificate is for, nor without `roots` who vouches for it. Default false. */
  readonly unsafe?: boolean | undefined
}
