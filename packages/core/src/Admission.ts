/**
 * Who may connect: decided for each connection before its Connect event.
 *
 * A policy has two parts. `denies` looks at the address of every connection request, before anything is kept for it; who
 * is denied is told so. `admit` is an Effect that is asked once the remote has proved its address, so that nobody can use
 * up what it counts with addresses that are not theirs. Until it answers, the remote's packets wait at the remote.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as IpNetwork from "effect/net/IpNetwork"
import type { InetAddress, IpAddress } from "effect/net/NetAddress"
import * as NetAddress from "effect/net/NetAddress"
import * as Result from "effect/Result"
import { type EnetError, fromReason, InvalidOption } from "./EnetError.ts"
import { networkOf, parse, type PrefixLengths } from "./protocol/Prefix.ts"
import { ReasonCode } from "./ReasonCode.ts"

/**
 * A connection that waits for an answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  readonly address: InetAddress
  /** The 32-bit value that the remote gave. */
  readonly data: number
  /** Channels of the connection. */
  readonly channels: number
  /** Other connections of the host with the same IP address. */
  readonly connections: number
}

/**
 * @since 0.1.0
 * @category models
 */
export type Decision = { readonly _tag: "Accept" } | {
  readonly _tag: "Refuse"
  /** What the remote gets as the data of its DISCONNECT: a `ReasonCode`, or one of the application's own. */
  readonly code: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Policy {
  /** The code with which a request from this address is refused; `undefined` lets it pass. Synchronous and quick. */
  readonly denies: (address: IpAddress) => number | undefined
  /** Decides. It fails with nothing; a defect is logged and refuses with `Denied`. */
  readonly admit: (request: Request) => Effect.Effect<Decision>
}

/**
 * How a host asks its policy.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Decisions at a time. Default 64. */
  readonly concurrency?: number | undefined
  /** Connections that may wait for their turn; others are refused with `Busy`. Default 1,024. */
  readonly waiting?: number | undefined
  /** After it, turn included, a connection is refused with `AdmissionTimeout`. Default 5 seconds. */
  readonly deadline?: Duration.Input | undefined
}

/**
 * The policy of hosts; `undefined`, which is the default, accepts everybody at once.
 *
 * @since 0.1.0
 * @category services
 */
export const Admission = Context.Reference<{ readonly policy: Policy; readonly options: Options } | undefined>(
  "@effect-enet/core/Admission",
  { defaultValue: () => undefined }
)

/**
 * @since 0.1.0
 * @category constructors
 */
export const accept: Decision = { _tag: "Accept" }

/**
 * @since 0.1.0
 * @category constructors
 */
export const refuse = (code: number = ReasonCode.Denied): Decision => ({ _tag: "Refuse", code })

const nobodyDenied = () => undefined

/**
 * A policy of one Effect.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (admit: Policy["admit"]): Policy => ({ denies: nobodyDenied, admit })

/**
 * Accepts whom all policies accept; the first refusal counts.
 *
 * @since 0.1.0
 * @category combinators
 */
export const all = (...policies: ReadonlyArray<Policy>): Policy => ({
  denies: (address) => {
    for (const { denies } of policies) {
      const code = denies(address)
      if (code !== undefined) return code
    }
    return undefined
  },
  admit: Effect.fnUntraced(function*(request) {
    for (const { admit } of policies) {
      const decision = yield* admit(request)
      if (decision._tag === "Refuse") return decision
    }
    return accept
  })
})

const invalidNetwork = (network: string): EnetError =>
  fromReason(
    new InvalidOption({
      field: "networks",
      expected: "IP networks such as 192.0.2.0/24",
      actual: JSON.stringify(network)
    })
  )

/**
 * Denies addresses and networks, such as `192.0.2.7` and `2001:db8::/32`, with a code, which is `Denied` by default.
 * Fails with `InvalidOption` for what is neither.
 *
 * @since 0.1.0
 * @category policies
 */
export const ban = (
  networks: ReadonlyArray<string>,
  code: number = ReasonCode.Denied
): Effect.Effect<Policy, EnetError> =>
  Effect.map(
    Effect.forEach(networks, (text) => {
      const whole = text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`
      return Effect.fromResult(Result.mapError(IpNetwork.fromString(whole), () => invalidNetwork(text)))
    }),
    (banned) => ({
      denies: (address) => banned.some((network) => IpNetwork.contains(network, address)) ? code : undefined,
      admit: () => Effect.succeed(accept)
    })
  )

/**
 * At most so many connections of one IP address at a time; more are refused with `TooManyFromAddress`.
 *
 * @since 0.1.0
 * @category policies
 */
export const maxPerAddress = (connections: number): Policy =>
  make((request) => Effect.succeed(request.connections < connections ? accept : refuse(ReasonCode.TooManyFromAddress)))

/** Networks that are remembered; then those go that have their full allowance again. */
const REMEMBERED = 16_384

/**
 * So many new connections of one network in each window of time, all at once or one after the other; more are refused
 * with `RateLimited`. A network is the first 24 bits of an IPv4 address, or 64 of an IPv6 address. Counts on its own, so
 * make one for each host.
 *
 * @since 0.1.0
 * @category policies
 */
export const rateLimit = (options: {
  readonly connections: number
  readonly milliseconds: number
  readonly prefix?: PrefixLengths | undefined
}): Effect.Effect<Policy> =>
  Effect.sync(() => {
    const { connections, milliseconds, prefix = { ipv4: 24, ipv6: 64 } } = options
    const allowances = new Map<string, { readonly left: number; readonly at: number }>()
    const leftOf = (allowance: { readonly left: number; readonly at: number }, now: number): number =>
      Math.min(connections, allowance.left + ((now - allowance.at) * connections) / milliseconds)
    const forget = (now: number): void => {
      for (const [key, allowance] of allowances) if (leftOf(allowance, now) >= connections) allowances.delete(key)
      // floods of true addresses: the oldest go
      for (const key of allowances.keys()) {
        if (allowances.size < REMEMBERED) break
        allowances.delete(key)
      }
    }
    return make(({ address }) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const text = NetAddress.formatHost(address)
        const words = parse(text)
        const key = words === undefined ? text : networkOf(words, prefix).join()
        const known = allowances.get(key)
        const left = known === undefined ? connections : leftOf(known, now)
        if (left < 1) return refuse(ReasonCode.RateLimited)
        if (known === undefined && allowances.size >= REMEMBERED) forget(now)
        allowances.set(key, { left: left - 1, at: now })
        return accept
      })
    )
  })

/**
 * A policy for the hosts of a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <E = never, R = never>(
  policy: Policy | Effect.Effect<Policy, E, R>,
  options: Options = {}
): Layer.Layer<never, E, R> =>
  Layer.effect(
    Admission,
    Effect.map(Effect.isEffect(policy) ? policy : Effect.succeed(policy), (made) => ({ policy: made, options }))
  )
