/**
 * The channels that two sides share, and whether they check that they have the same.
 *
 * @since 0.1.0
 */
import type * as Channel from "./Channel.ts"
import { fromReason, InvalidOption } from "./EnetError.ts"
import { crc32 } from "./wire/Crc32.ts"

/**
 * The disconnect data with which a side refuses a peer whose channels differ from its own.
 *
 * @since 0.1.0
 * @category constants
 */
export const DIFFERENT_CHANNELS = 0x43480001

/**
 * @since 0.1.0
 * @category models
 */
export interface ChannelSet<out C extends Channel.Any> {
  readonly channels: ReadonlyArray<C>
  /** ENet channels that a connection needs: up to the highest id, and one more when the set is checked. */
  readonly channelCount: number
  /**
   * The channel that the answer to a checked connection goes over, the last one; `undefined` when the set is not checked.
   */
  readonly checkChannel: number | undefined
  /**
   * 32 bits, never 0, over names, ids, modes and layouts of all channels. Checks of the schemas are not part of it: two
   * sides that differ in those understand each other's bytes.
   */
  readonly fingerprint: number
}

const duplicate = (values: ReadonlyArray<string | number>): string | number | undefined =>
  values.find((value, index) => values.indexOf(value) !== index)

/**
 * A set of channels with ids and names of their own. Throws an `EnetError` with `InvalidOption` when two have the same.
 *
 * With `check` the fingerprint goes out as connect data; the other side refuses the connection with `DIFFERENT_CHANNELS`
 * when its own is another, and otherwise answers with its own on `checkChannel`. Both sides have to check, or neither.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Channels extends ReadonlyArray<Channel.Any>>(
  channels: Channels,
  options?: { readonly check?: boolean | undefined }
): ChannelSet<Channels[number]> => {
  const twice = duplicate(channels.map(({ id }) => id)) ?? duplicate(channels.map(({ name }) => name))
  if (twice !== undefined) {
    throw fromReason(
      new InvalidOption({ field: "channels", expected: "different ids and names", actual: `${twice} twice` })
    )
  }
  const sorted = [...channels].sort((a, b) => a.id - b.id)
  const text = sorted.map(({ id, layout, mode, name }) => `${id} ${name} ${mode} ${layout}\n`).join("")
  const count = Math.max(0, ...channels.map(({ id }) => id + 1))
  const isChecked = options?.check === true
  return {
    channels,
    channelCount: count + (isChecked ? 1 : 0),
    checkChannel: isChecked ? count : undefined,
    fingerprint: crc32(new TextEncoder().encode(text)) || 1
  }
}
