/**
 * The state of an association: plain data that no step changes, only replaces.
 *
 * @since 0.1.0
 */
import type { KeyShare, PublicKey } from "../crypto/CryptoProvider.ts"
import type { SessionKeys } from "../crypto/KeySchedule.ts"
import type { Protection } from "../crypto/Protection.ts"
import type { CipherSuite } from "../wire/CipherSuite.ts"
import type { NamedGroup } from "../wire/Groups.ts"
import type { HandshakeMessage } from "../wire/Handshake.ts"
import type { DtlsRecord } from "../wire/Record.ts"
import type { ClientConfig, ServerConfig } from "./Config.ts"
import type { EndReason } from "./Output.ts"
import type { Reassembly } from "./Reassembly.ts"
import type { ReplayWindow } from "./ReplayWindow.ts"

/**
 * What both sides know after the hellos.
 *
 * @since 0.1.0
 * @category models
 */
export interface Negotiated {
  readonly suite: CipherSuite
  readonly clientRandom: Uint8Array
  readonly serverRandom: Uint8Array
}

/**
 * What both sides know when they have agreed on keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keyed extends Negotiated {
  readonly group: NamedGroup
  readonly masterSecret: Uint8Array
}

/**
 * Where a client stands: what it waits for, and what it knows by then.
 *
 * @since 0.1.0
 * @category models
 */
export type ClientPhase =
  | {
    readonly _tag: "AwaitServerHello"
    readonly config: ClientConfig
    readonly clientRandom: Uint8Array
    readonly cookie: Uint8Array
    /** How many HelloVerifyRequests have been answered. */
    readonly verifications: number
  }
  | ({ readonly _tag: "AwaitCertificate"; readonly config: ClientConfig } & Negotiated)
  | ({
    readonly _tag: "AwaitServerKeyExchange"
    readonly config: ClientConfig
    readonly publicKey: PublicKey
  } & Negotiated)
  | ({
    readonly _tag: "AwaitServerHelloDone"
    readonly config: ClientConfig
    readonly group: NamedGroup
    /** The server's ephemeral key. */
    readonly point: Uint8Array
    readonly certificateRequested: boolean
  } & Negotiated)
  | ({
    readonly _tag: "AwaitServerFinished"
    readonly config: ClientConfig
    readonly ticketSeen: boolean
  } & Keyed)

/**
 * Where a server stands.
 *
 * @since 0.1.0
 * @category models
 */
export type ServerPhase =
  | { readonly _tag: "AwaitClientHello"; readonly config: ServerConfig }
  | ({
    readonly _tag: "AwaitClientKeyExchange"
    readonly config: ServerConfig
    readonly group: NamedGroup
    readonly keyShare: KeyShare
  } & Negotiated)
  | ({
    readonly _tag: "AwaitClientFinished"
    readonly config: ServerConfig
    readonly keys: SessionKeys
  } & Keyed)

/**
 * @since 0.1.0
 * @category models
 */
export type Phase =
  | ClientPhase
  | ServerPhase
  | { readonly _tag: "Open"; readonly role: "client" | "server"; readonly idleTimeout: number }
  | { readonly _tag: "Ended"; readonly reason: EndReason }

/**
 * A part of a flight.
 *
 * @since 0.1.0
 * @category models
 */
export type FlightItem =
  | { readonly _tag: "Message"; readonly epoch: 0 | 1; readonly message: HandshakeMessage }
  | { readonly _tag: "ChangeCipherSpec" }

/**
 * Messages that are sent together, and again until they are answered (RFC 6347 section 4.2.4).
 *
 * @since 0.1.0
 * @category models
 */
export interface Flight {
  readonly items: ReadonlyArray<FlightItem>
  readonly mtu: number
  /** How often it has been sent because time was up. */
  readonly timeouts: number
  readonly sentAt: number
  /** Milliseconds until it is sent again; `undefined` for a last flight, which only the other side can ask for again. */
  readonly interval: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Association {
  readonly phase: Phase
  /** `message_seq` of our next handshake message. */
  readonly sendSequence: number
  /** Record sequence numbers of the next records of ours, in epoch 0 and in epoch 1. */
  readonly recordSequences: readonly [number, number]
  readonly writing: Protection | undefined
  readonly reading: Protection | undefined
  readonly window: ReplayWindow
  readonly reassembly: Reassembly
  /** Every handshake message so far that Finished vouches for. */
  readonly transcript: ReadonlyArray<Uint8Array>
  readonly flight: Flight | undefined
  /** Records of epoch 1 that came before their keys. */
  readonly early: ReadonlyArray<DtlsRecord>
  /** Received before the handshake was complete. */
  readonly received: ReadonlyArray<Uint8Array>
  /** To be sent when the handshake is complete. */
  readonly waiting: ReadonlyArray<Uint8Array>
  /** What to add to the times of steps to get Unix time. */
  readonly epochOffset: number
  /** When a handshake, or a server's wait for first data, is given up; `undefined` afterwards. */
  readonly deadline: number | undefined
  /** When the present attempt of a handshake is given up for a new one. */
  readonly attemptDeadline: number | undefined
  /** When an authentic record came last. */
  readonly heardAt: number
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isHandshaking = ({ _tag }: Phase): boolean => _tag !== "Open" && _tag !== "Ended"

/**
 * When the association next needs a `Tick` without further input; `undefined` when it waits for nothing.
 *
 * @since 0.1.0
 * @category getters
 */
export const deadline = (self: Association): number | undefined => {
  const { attemptDeadline, flight, heardAt, phase } = self
  if (phase._tag === "Ended") return undefined
  const times = [self.deadline, attemptDeadline]
  if (flight?.interval !== undefined) times.push(flight.sentAt + flight.interval)
  if (phase._tag === "Open") times.push(heardAt + phase.idleTimeout)
  return times.reduce((a, b) => a === undefined ? b : b === undefined ? a : Math.min(a, b), undefined)
}
