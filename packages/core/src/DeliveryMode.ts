/**
 * How a packet travels. The names are ENet's packet flags in words.
 *
 * | mode | ENet flags | guarantee |
 * | --- | --- | --- |
 * | `reliable` | `ENET_PACKET_FLAG_RELIABLE` | arrives once, in order on its channel |
 * | `unreliable` | none | may be lost; never arrives behind a newer one of its channel |
 * | `unsequenced` | `ENET_PACKET_FLAG_UNSEQUENCED` | may be lost or arrive in any order |
 * | `unreliable-fragment` | `ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT` | as `unreliable`, also when it needs several datagrams |
 * | `unsequenced-fragment` | both of the two above | unsequenced when it fits a datagram, otherwise unreliable fragments |
 *
 * An `unreliable` or `unsequenced` packet that does not fit one datagram is sent as reliable fragments, as ENet does.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category schemas
 */
export const DeliveryMode = Schema.Literals([
  "reliable",
  "unreliable",
  "unsequenced",
  "unreliable-fragment",
  "unsequenced-fragment"
])

/**
 * @since 0.1.0
 * @category models
 */
export type DeliveryMode = typeof DeliveryMode.Type

/**
 * The ENet packet flags (`ENetPacketFlag`) of a mode.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toFlags = (mode: DeliveryMode): number => {
  switch (mode) {
    case "reliable":
      return 1
    case "unreliable":
      return 0
    case "unsequenced":
      return 2
    case "unreliable-fragment":
      return 8
    case "unsequenced-fragment":
      return 10
  }
}

/**
 * The mode of a received packet, from the flags that the receiver reconstructs.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromFlags = (flags: number): DeliveryMode =>
  (flags & 1) !== 0
    ? "reliable"
    : (flags & 2) !== 0
    ? (flags & 8) !== 0 ? "unsequenced-fragment" : "unsequenced"
    : (flags & 8) !== 0
    ? "unreliable-fragment"
    : "unreliable"
