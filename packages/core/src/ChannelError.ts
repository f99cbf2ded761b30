/**
 * The error of typed channels, with a tagged `reason`. What fails below them is an `EnetError`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The message is none of the channel's schema, so it was not sent. `detail` says what does not fit.
 *
 * @since 0.1.0
 * @category reasons
 */
export class NotEncodable extends Schema.TaggedError<NotEncodable>()("NotEncodable", {
  channel: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `not a message of channel "${this.channel}": ${this.detail}`
  }
}

/**
 * Both sides check their channels, and they differ: in a name, an id, a mode or a layout. One of the two is probably an
 * older version of the program.
 *
 * @since 0.1.0
 * @category reasons
 */
export class DifferentChannels extends Schema.TaggedError<DifferentChannels>()("DifferentChannels", {
  address: Schema.String
}) {
  override get message() {
    return `${this.address} has other channels than we have: both sides need the same version of the channel set`
  }
}

/**
 * The remote is connected and did not say which channels it has. Its channel set is not checked, or it has none.
 *
 * @since 0.1.0
 * @category reasons
 */
export class ChannelsUnknown extends Schema.TaggedError<ChannelsUnknown>()("ChannelsUnknown", {
  address: Schema.String
}) {
  override get message() {
    return `${this.address} does not say which channels it has: is its channel set made with { check: true } as well?`
  }
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ChannelErrorReason = Schema.Union([NotEncodable, DifferentChannels, ChannelsUnknown])

/**
 * @since 0.1.0
 * @category models
 */
export type ChannelErrorReason = typeof ChannelErrorReason.Type

/**
 * @since 0.1.0
 * @category errors
 */
export class ChannelError extends Schema.TaggedError<ChannelError>("~effect-enet/core/ChannelError")("ChannelError", {
  reason: ChannelErrorReason
}) {
  override get message() {
    return this.reason.message
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const fromReason = (reason: ChannelErrorReason): ChannelError => new ChannelError({ reason })
