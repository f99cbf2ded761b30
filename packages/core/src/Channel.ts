/**
 * Typed channels: an ENet channel with a name, a schema for its messages, and the way they travel. A channel is declared
 * once, in code that both sides import.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import type { DeliveryMode } from "./DeliveryMode.ts"
import { type Encoding, type MessageCodec, packed } from "./Encoding.ts"
import { fromReason, InvalidOption } from "./EnetError.ts"

/**
 * What every channel has, whatever its messages are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any {
  /** Says in a union of messages which channel one is of. */
  readonly name: string
  /** The ENet channel, 0 to 253. */
  readonly id: number
  readonly mode: DeliveryMode
  /** Whether only the newest message counts. */
  readonly latest: boolean
  /** Bytes that may wait for a reader, for each peer; a message counts as its bytes and 64 more. */
  readonly bufferLimit: number
  /** See `MessageCodec`. */
  readonly layout: string
  readonly decode: (bytes: Uint8Array) => Result.Result<unknown, string>
}

/**
 * A channel whose messages are of type `A`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channel<out Name extends string, in out A> extends Any {
  readonly name: Name
  readonly encode: (message: A) => Result.Result<Uint8Array, string>
  readonly decode: (bytes: Uint8Array) => Result.Result<A, string>
}

/**
 * The type of a channel's messages.
 *
 * @since 0.1.0
 * @category models
 */
export type Message<C extends Any> = Result.Result.Success<ReturnType<C["decode"]>>

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<A> {
  /** The ENet channel, 0 to 253; each of a set has its own. */
  readonly id: number
  /** Of the messages. It needs no services, and decodes without waiting. */
  readonly schema: Schema.Codec<A, unknown>
  /** Default `reliable`. */
  readonly mode?: DeliveryMode | undefined
  /** Default `Encoding.packed`. */
  readonly encoding?: Encoding<A> | undefined
  /**
   * For states, of which only the newest counts. Each peer has at most one message that waits to be sent while its queue
   * is long, and one that waits to be read: a newer one takes its place. Default false.
   */
  readonly latest?: boolean | undefined
  /**
   * Bytes that may wait for a reader, for each peer, 1 to 2,147,483,647; a message counts as its bytes and 64 more. Then
   * a reliable channel waits, and another drops its oldest message. Default 65,536.
   */
  readonly bufferLimit?: number | undefined
}

const inRange = (field: string, value: number, minimum: number, maximum: number): number => {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value
  throw fromReason(
    new InvalidOption({ field, expected: `an integer from ${minimum} to ${maximum}`, actual: String(value) })
  )
}

/** An encoding of one's own, or a check of a schema, may throw nevertheless: then it is no message, and nothing ends. */
const guarded = <I, O>(convert: (input: I) => Result.Result<O, string>) => (input: I): Result.Result<O, string> => {
  try {
    return convert(input)
  } catch (cause) {
    return Result.fail(`the encoding threw: ${cause instanceof Error ? cause.message : typeof cause}`)
  }
}

/**
 * Declares a channel. Throws an `EnetError` with `InvalidOption` when a number is out of its range: that is a mistake in
 * the program, and shows when it starts.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Name extends string, A>(name: Name, options: Options<A>): Channel<Name, A> => {
  const codec: MessageCodec<A> = (options.encoding ?? packed)(options.schema)
  return {
    name,
    id: inRange("id", options.id, 0, 253),
    mode: options.mode ?? "reliable",
    latest: options.latest ?? false,
    bufferLimit: inRange("bufferLimit", options.bufferLimit ?? 65_536, 1, 0x7fffffff),
    layout: codec.layout,
    encode: guarded(codec.encode),
    decode: guarded(codec.decode)
  }
}
