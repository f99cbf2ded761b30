/**
 * What a DTLS layer knows and can do besides carrying datagrams. A program that only sends and receives does not need it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { InetAddress } from "effect/net/NetAddress"
import type * as Stream from "effect/Stream"
import type { DtlsError } from "./DtlsError.ts"
import type { CipherSuiteName } from "./wire/CipherSuite.ts"
import type { GroupName } from "./wire/Groups.ts"

/**
 * A handshake is complete: from now on datagrams to and from the address are encrypted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Opened {
  readonly _tag: "Opened"
  readonly address: InetAddress
  readonly cipherSuite: CipherSuiteName
  readonly group: GroupName
}

/**
 * There is no association with the address any more, or none came about. The error says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ended {
  readonly _tag: "Ended"
  readonly address: InetAddress
  readonly error: DtlsError
}

/**
 * @since 0.1.0
 * @category models
 */
export type DtlsEvent = Opened | Ended

/**
 * @since 0.1.0
 * @category models
 */
export interface DtlsStatistics {
  /** Associations, those with an unfinished handshake included. */
  readonly associations: number
  /** Those among them whose handshake is not complete. */
  readonly handshaking: number
  /** Records and datagrams that were ignored, by reason. Only reasons that occurred are there. */
  readonly dropped: Readonly<Record<string, number>>
}

/**
 * @since 0.1.0
 * @category services
 */
export class DtlsSocket extends Context.Service<DtlsSocket, {
  /** Beginnings and ends of associations from now on. A reader that is slow misses the oldest ones. */
  readonly events: Stream.Stream<DtlsEvent>
  readonly statistics: Effect.Effect<DtlsStatistics>
  /** With whom associations are open. */
  readonly associations: Effect.Effect<ReadonlyArray<InetAddress>>
  /** Closes an association, if there is one: the other side is told. */
  readonly close: (address: InetAddress) => Effect.Effect<void>
  /**
   * While true, a server answers no strangers; associations and handshakes that have begun go on. Clients have no
   * strangers.
   */
  readonly refuseNewConnections: (refuse: boolean) => Effect.Effect<void>
}>()("@effect-enet/dtls/DtlsSocket") {}
