/**
 * Options of a host, with their ranges. A value outside its range is an `InvalidOption` that names the field and what
 * it takes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { type EnetError, fromReason, InvalidOption } from "./EnetError.ts"

/**
 * An integer option: `minimum` to `maximum`, both included.
 *
 * @since 0.1.0
 * @category schemas
 */
export const integer = (minimum: number, maximum: number) => {
  const expected = `an integer from ${minimum} to ${maximum}`
  // the message is for what is not a number at all
  return Schema.Number.annotate({ message: `Expected ${expected}` }).check(
    Schema.makeFilter((n: number) => Number.isInteger(n) && n >= minimum && n <= maximum, { expected })
  )
}

const optional = <S extends Schema.Top & { readonly Encoded: unknown }>(schema: S, fallback: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(fallback)))

const U32 = 0xffffffff

/**
 * @since 0.1.0
 * @category schemas
 */
export const HostOptions = Schema.Struct({
  /** Peer slots, 1 to 4,095 (`peerCount`). Default 32. */
  maxPeers: optional(integer(1, 4095), 32),
  /** Channels granted to an incoming connection, 0 to 255; 0 means 255 (`channelLimit`). Default 255. */
  channelLimit: optional(integer(0, 255), 255),
  /** Bytes per second that this host can receive; 0 = unlimited (`incomingBandwidth`). Default 0. */
  incomingBandwidth: optional(integer(0, U32), 0),
  /** Bytes per second that this host may send; 0 = unlimited (`outgoingBandwidth`). Default 0. */
  outgoingBandwidth: optional(integer(0, U32), 0),
  /** Largest datagram, 576 to 4,096 bytes; each connection uses the smaller one of both sides. Default 1,392. */
  mtu: optional(integer(576, 4096), 1392),
  /** Connections from one IP address, 1 to 4,095 (`duplicatePeers`). Default 4,095. */
  duplicatePeers: optional(integer(1, 4095), 4095),
  /** Largest packet sent or accepted, bytes (`maximumPacketSize`). Default 32 MiB. */
  maximumPacketSize: optional(integer(1, 0x7fffffff), 33_554_432),
  /** Received bytes that may wait for the application, per peer (`maximumWaitingData`). Default 32 MiB. */
  maximumWaitingData: optional(integer(1, 0x7fffffff), 33_554_432),
  /** Payload bytes that may wait in a peer's outgoing queue before `send` waits, fails or drops. Default 256 KiB. */
  outgoingQueueLimit: optional(integer(1, 0x7fffffff), 262_144),
  /** Refuse connection requests from the start. Default false. */
  refuseNewConnections: optional(Schema.Boolean, false),
  /**
   * `proving`: who asks for a connection must prove its address before it gets a slot, see `docs/security.md`. `enet`: the
   * handshake of the C library, which holds a slot for every request and repeats its answer. Both are the same to every
   * ENet program. Default `proving`.
   */
  handshake: optional(Schema.Literals(["proving", "enet"]), "proving"),
  /** Connections that have not proved their address yet, 16 to 1,048,576; the oldest makes room. Default 32,768. */
  halfOpenLimit: optional(integer(16, 1_048_576), 32_768),
  /** Connection requests of one network that are answered, per second and at once, 1 to 1,048,576. Default 4,096. */
  connectsPerPrefix: optional(integer(1, 1_048_576), 4096),
  /** Leading bits that make an IPv4 network, 0 to 32. Default 24. */
  ipv4PrefixLength: optional(integer(0, 32), 24),
  /** Leading bits that make an IPv6 network, 0 to 128. Default 64. */
  ipv6PrefixLength: optional(integer(0, 128), 64),
  /** Refused requests that are told so, per second, with a `ReasonCode`; 0 keeps silent, as ENet does. Default 1,000. */
  refusalsPerSecond: optional(integer(0, 1_000_000), 1000),
  /**
   * Bytes that the host keeps for all peers together: what waits for the application, incomplete packets, and what waits to
   * be sent, 64 KiB to 2^40. Half of it is for whoever needs it, of the other half each peer has an equal share; beyond
   * these, packets are refused, and who sends incomplete ones is disconnected. Default 1 GiB.
   */
  memoryLimit: optional(integer(65_536, 2 ** 40), 1_073_741_824),
  /** Bytes received of incomplete packets of one peer before it is disconnected, 4 KiB to 2^40. Default 64 MiB. */
  reassemblyLimit: optional(integer(4096, 2 ** 40), 67_108_864),
  /** Milliseconds without another fragment after which an incomplete packet is given up, from 100 on. Default 120,000. */
  reassemblyTimeout: optional(integer(100, 0x7fffffff), 120_000),
  /** Acknowledgements that may wait to be sent to one peer, 64 to 1,048,576. Default 65,536. */
  acknowledgementLimit: optional(integer(64, 1_048_576), 65_536),
  /** Bytes that `broadcast` may leave waiting for one peer before it is disconnected. Default 64 MiB. */
  broadcastQueueLimit: optional(integer(1, 2 ** 40), 67_108_864),
  /** Datagrams of one peer that make no sense before it is disconnected, from 1 on. Default 100. */
  malformedLimit: optional(integer(1, 0x7fffffff), 100)
})

/**
 * What a user writes: every field may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export type HostOptions = { readonly [K in keyof typeof HostOptions.Type]?: (typeof HostOptions.Type)[K] | undefined }

/**
 * Options with the defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export type ResolvedHostOptions = typeof HostOptions.Type

const invalid = (issue: SchemaIssue.Issue, input: Record<string, unknown>): EnetError => {
  const [first] = SchemaIssue.makeFormatterStandardSchemaV1()(issue).issues
  const key = first?.path?.[0]
  const field = typeof key === "string" ? key : "options"
  const actual = input[field]
  return fromReason(
    new InvalidOption({
      field,
      expected: (first?.message ?? "valid").replace(/^Expected /, ""),
      actual: typeof actual === "string" ? JSON.stringify(actual) : String(actual)
    })
  )
}

const withoutUndefined = (options: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/**
 * Checks a record of options against a schema; a key that is `undefined` counts as left out.
 *
 * @since 0.1.0
 * @category validation
 */
export const decodeOptions = <A>(
  schema: Schema.ConstraintDecoder<A, never>,
  options: object
): Effect.Effect<A, EnetError> => {
  const given = withoutUndefined(options)
  return Effect.mapError(
    Schema.decodeUnknownEffect(schema)(given),
    (error) => invalid(error.issue, given)
  )
}

/**
 * @since 0.1.0
 * @category validation
 */
export const resolve = (options: HostOptions): Effect.Effect<ResolvedHostOptions, EnetError> =>
  decodeOptions(HostOptions, options)
