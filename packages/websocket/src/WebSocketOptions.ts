/**
 * Options of a host, with their ranges. A value outside its range is an `InvalidOption` that names the field and what
 * it takes.
 *
 * @since 0.1.0
 */
import { decodeOptions as decodeWith, integer } from "@effect-enet/core/HostOptions"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isToken } from "./protocol/Subprotocol.ts"
import { fromReason, InvalidOption, type WebSocketError } from "./WebSocketError.ts"

const optional = <S extends Schema.Top & { readonly Encoded: unknown }>(schema: S, fallback: S["Encoded"]) =>
  schema.pipe(Schema.withDecodingDefaultKey(Effect.succeed(fallback)))

const trimmed = (names: ReadonlyArray<string>): ReadonlyArray<string> => names.map((name) => name.trim())

/** Names that the upgrade itself needs. */
const reserved = /^(?:connection|upgrade|host|content-length|transfer-encoding|sec-websocket-.*)$/i

const isHeaderLine = (line: string): boolean => {
  const name = /^([^:\s]+):[ \t]*[\t\x20-\x7e\x80-\xff]*$/.exec(line)?.[1]
  return name !== undefined && isToken(name) && !reserved.test(name)
}

const headerLines = "lines of the form \"Name: value\", none of them the upgrade's own"

/**
 * @since 0.1.0
 * @category schemas
 */
export const WebSocketOptions = Schema.Struct({
  /** Milliseconds for TCP, TLS and the upgrade together, 1 to 600,000 (`handshake_timeout`). Default 3,000. */
  handshakeTimeout: optional(integer(1, 600_000), 3000),
  /**
   * Bytes of the largest message that is accepted, fragmented ones included, and how many received bytes of a peer may
   * wait for the application, 4 to 2,147,483,647 (`inbound_buffer_size`). Default 65,535.
   */
  inboundBufferSize: optional(integer(4, 0x7fffffff), 65_535),
  /**
   * Unsent payload bytes per peer, 4 to 2,147,483,647, so also the largest packet that can be sent; 0 = unlimited
   * (`outbound_buffer_size`). Default 65,535.
   */
  outboundBufferSize: optional(
    Schema.Number.check(
      Schema.makeFilter((n: number) => Number.isInteger(n) && n <= 0x7fffffff && (n === 0 || n >= 4), {
        expected: "0, or an integer from 4 to 2147483647"
      })
    ),
    65_535
  ),
  /**
   * Packets of a peer that may wait, received ones and unsent ones, 1 to 1,048,576 (`max_queued_packets`). Default
   * 4,096.
   */
  maxQueuedPackets: optional(integer(1, 1_048_576), 4096),
  /**
   * Sub-protocols, the preferred ones first; white space around them is removed (`supported_protocols`). When there are
   * any, both sides must have one in common. Default none.
   */
  supportedProtocols: optional(
    Schema.Array(Schema.String).check(
      Schema.makeFilter((names: ReadonlyArray<string>) => trimmed(names).every(isToken), {
        expected: "names of sub-protocols, without spaces and separators"
      }),
      Schema.makeFilter((names: ReadonlyArray<string>) => new Set(trimmed(names)).size === names.length, {
        expected: "different names of sub-protocols"
      })
    ),
    []
  ),
  /**
   * Header lines for the request of a client or the answer of a server (`handshake_headers`). Not in browsers. Default
   * none.
   */
  handshakeHeaders: optional(
    Schema.Array(Schema.String).check(
      Schema.makeFilter((lines: ReadonlyArray<string>) => lines.every(isHeaderLine), { expected: headerLines })
    ),
    []
  ),
  /** Milliseconds that a server may take for its id message after the upgrade, 1 to 600,000. Default 30,000. */
  idTimeout: optional(integer(1, 600_000), 30_000),
  /** Milliseconds to wait for the other side's Close, 1 to 60,000; then the connection is dropped. Default 1,000. */
  closeTimeout: optional(integer(1, 60_000), 1000)
})

/**
 * What a user writes: every field may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export type WebSocketOptions = {
  readonly [K in keyof typeof WebSocketOptions.Type]?: (typeof WebSocketOptions.Type)[K] | undefined
}

/**
 * Options with the defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export type ResolvedOptions = typeof WebSocketOptions.Type

/**
 * Checks a record of options against a schema; a key that is `undefined` counts as left out.
 *
 * @since 0.1.0
 * @category validation
 */
export const decodeOptions = <A>(
  schema: Schema.ConstraintDecoder<A, never>,
  options: object
): Effect.Effect<A, WebSocketError> =>
  decodeWith(schema, options).pipe(
    Effect.catchReason("EnetError", "InvalidOption", ({ actual, expected, field }) =>
      Effect.fail(fromReason(new InvalidOption({ actual, expected, field })))),
    Effect.catchTag("EnetError", (error) =>
      Effect.die(error))
  )

/**
 * @since 0.1.0
 * @category validation
 */
export const resolve = (options: WebSocketOptions): Effect.Effect<ResolvedOptions, WebSocketError> =>
  Effect.map(decodeOptions(WebSocketOptions, options), (resolved) => ({
    ...resolved,
    supportedProtocols: trimmed(resolved.supportedProtocols)
  }))
