/**
 * Which TCP connections a server attends to before they are peers: a pure state machine.
 *
 * While new connections are refused, as many as fit into Godot's listen backlog are held without a word, and are
 * attended to when refusing ends. Of too many unfinished handshakes the oldest goes, so that those who never finish
 * keep nobody out.
 *
 * @since 0.1.0
 */
import { type Choice, choose } from "./Subprotocol.ts"

/**
 * Connections that are held while new ones are refused.
 *
 * @since 0.1.0
 * @category constants
 */
export const BACKLOG = 8

/**
 * @since 0.1.0
 * @category models
 */
export interface Waiting {
  readonly key: number
  /** When the handshake began, milliseconds. */
  readonly since: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Admission {
  readonly isRefusing: boolean
  readonly held: ReadonlyArray<number>
  /** Unfinished handshakes, the oldest first. */
  readonly pending: ReadonlyArray<Waiting>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface AdmissionLimits {
  /** Milliseconds. */
  readonly handshakeTimeout: number
  readonly pendingLimit: number
  readonly maxPeers: number
  readonly supportedProtocols: ReadonlyArray<string>
}

/**
 * Why a connection never became a peer.
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal =
  | "HandshakeTimeout"
  | "TooManyPending"
  | "Refusing"
  | "ServerFull"
  | "NoCommonProtocol"
  | "MalformedRequest"

/**
 * @since 0.1.0
 * @category models
 */
export type AdmissionInput =
  /** A TCP connection was accepted. */
  | { readonly _tag: "Accepted"; readonly key: number; readonly now: number }
  /** Its request for an upgrade is there; `peers` counts those who have their id. */
  | {
    readonly _tag: "Requested"
    readonly key: number
    readonly isWellFormed: boolean
    readonly protocols: ReadonlyArray<string>
    readonly peers: number
  }
  | { readonly _tag: "Gone"; readonly key: number }
  | { readonly _tag: "Refuse"; readonly refuse: boolean; readonly now: number }
  | { readonly _tag: "Passed"; readonly now: number }

/**
 * @since 0.1.0
 * @category models
 */
export type AdmissionOutput =
  /** Let the handshake go on. */
  | { readonly _tag: "Attend"; readonly key: number }
  /** Close the TCP connection. */
  | { readonly _tag: "Drop"; readonly key: number; readonly refusal: Refusal }
  /** Answer the request with an HTTP status. */
  | { readonly _tag: "Deny"; readonly key: number; readonly status: 400 | 503; readonly refusal: Refusal }
  | { readonly _tag: "Upgrade"; readonly key: number; readonly protocol: string | undefined }

type Result = readonly [state: Admission, outputs: ReadonlyArray<AdmissionOutput>]

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (isRefusing: boolean): Admission => ({ isRefusing, held: [], pending: [] })

/**
 * When the oldest handshake is to be given up, milliseconds.
 *
 * @since 0.1.0
 * @category getters
 */
export const deadline = ({ pending }: Admission, { handshakeTimeout }: AdmissionLimits): number | undefined =>
  pending[0] === undefined ? undefined : pending[0].since + handshakeTimeout

const without = (state: Admission, key: number): Admission => ({
  ...state,
  held: state.held.filter((held) => held !== key),
  pending: state.pending.filter((waiting) => waiting.key !== key)
})

const accepted = (state: Admission, limits: AdmissionLimits, key: number, now: number): Result => {
  if (state.isRefusing) {
    return state.held.length < BACKLOG
      ? [{ ...state, held: [...state.held, key] }, []]
      : [state, [{ _tag: "Drop", key, refusal: "Refusing" }]]
  }
  const pending = [...state.pending, { key, since: now }]
  const surplus = pending.splice(0, Math.max(0, pending.length - limits.pendingLimit))
  return [{ ...state, pending }, [
    ...surplus.map(({ key }): AdmissionOutput => ({ _tag: "Drop", key, refusal: "TooManyPending" })),
    { _tag: "Attend", key }
  ]]
}

const verdict = (
  { isRefusing }: Admission,
  { maxPeers, supportedProtocols }: AdmissionLimits,
  { isWellFormed, key, peers, protocols }: Extract<AdmissionInput, { readonly _tag: "Requested" }>
): AdmissionOutput => {
  const deny = (status: 400 | 503, refusal: Refusal): AdmissionOutput => ({ _tag: "Deny", key, status, refusal })
  if (!isWellFormed) return deny(400, "MalformedRequest")
  if (isRefusing) return deny(503, "Refusing")
  if (peers >= maxPeers) return deny(503, "ServerFull")
  const choice: Choice = choose(protocols, supportedProtocols)
  switch (choice._tag) {
    case "NoAgreement":
      return deny(400, "NoCommonProtocol")
    case "None":
      return { _tag: "Upgrade", key, protocol: undefined }
    case "Chosen":
      return { _tag: "Upgrade", key, protocol: choice.protocol }
  }
}

/**
 * @since 0.1.0
 * @category transitions
 */
export const step = (state: Admission, limits: AdmissionLimits, input: AdmissionInput): Result => {
  switch (input._tag) {
    case "Accepted":
      return accepted(state, limits, input.key, input.now)
    case "Requested":
      // a request of somebody who was dropped in the meantime
      return state.pending.some(({ key }) => key === input.key)
        ? [without(state, input.key), [verdict(state, limits, input)]]
        : [state, []]
    case "Gone":
      return [without(state, input.key), []]
    case "Refuse": {
      const released = input.refuse ? [] : state.held
      const held = input.refuse ? state.held : []
      const pending = [...state.pending, ...released.map((key) => ({ key, since: input.now }))]
      return [
        { isRefusing: input.refuse, held, pending },
        released.map((key) => ({ _tag: "Attend", key }))
      ]
    }
    case "Passed": {
      const late = state.pending.filter(({ since }) => since + limits.handshakeTimeout <= input.now)
      return late.length === 0 ? [state, []] : [
        { ...state, pending: state.pending.filter((waiting) => !late.includes(waiting)) },
        late.map(({ key }) => ({ _tag: "Drop", key, refusal: "HandshakeTimeout" }))
      ]
    }
  }
}
