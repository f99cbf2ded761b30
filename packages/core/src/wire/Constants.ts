/**
 * Numbers of the protocol, by their C names without the `ENET_` prefix (`protocol.h`, `enet.h`).
 *
 * @since 0.1.0
 */

export const PROTOCOL_MINIMUM_MTU = 576
export const PROTOCOL_MAXIMUM_MTU = 4096
/** Commands in one outgoing datagram, acknowledgements included; receivers do not enforce it. */
export const PROTOCOL_MAXIMUM_PACKET_COMMANDS = 32
export const PROTOCOL_MINIMUM_WINDOW_SIZE = 4096
export const PROTOCOL_MAXIMUM_WINDOW_SIZE = 65536
export const PROTOCOL_MINIMUM_CHANNEL_COUNT = 1
export const PROTOCOL_MAXIMUM_CHANNEL_COUNT = 255
/** The "no peer" id; slots are 0 to 4,094. */
export const PROTOCOL_MAXIMUM_PEER_ID = 0xfff
export const PROTOCOL_MAXIMUM_FRAGMENT_COUNT = 1024 * 1024

export const PROTOCOL_COMMAND_MASK = 0x0f
export const PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE = 0x80
export const PROTOCOL_COMMAND_FLAG_UNSEQUENCED = 0x40

export const PROTOCOL_HEADER_FLAG_SENT_TIME = 0x8000
export const PROTOCOL_HEADER_FLAG_COMPRESSED = 0x4000
export const PROTOCOL_HEADER_SESSION_MASK = 0x3000
export const PROTOCOL_HEADER_SESSION_SHIFT = 12

/** The channel id of control commands (`0xFF` in the C sources). */
export const CONTROL_CHANNEL = 0xff

export const HOST_BANDWIDTH_THROTTLE_INTERVAL = 1000
export const HOST_DEFAULT_MTU = 1392
export const HOST_DEFAULT_MAXIMUM_PACKET_SIZE = 32 * 1024 * 1024
export const HOST_DEFAULT_MAXIMUM_WAITING_DATA = 32 * 1024 * 1024

export const PEER_DEFAULT_ROUND_TRIP_TIME = 500
export const PEER_DEFAULT_PACKET_THROTTLE = 32
export const PEER_PACKET_THROTTLE_SCALE = 32
export const PEER_PACKET_THROTTLE_COUNTER = 7
export const PEER_PACKET_THROTTLE_ACCELERATION = 2
export const PEER_PACKET_THROTTLE_DECELERATION = 2
export const PEER_PACKET_THROTTLE_INTERVAL = 5000
export const PEER_PACKET_LOSS_SCALE = 65536
export const PEER_PACKET_LOSS_INTERVAL = 10000
export const PEER_WINDOW_SIZE_SCALE = 65536
export const PEER_TIMEOUT_LIMIT = 32
export const PEER_TIMEOUT_MINIMUM = 5000
export const PEER_TIMEOUT_MAXIMUM = 30000
export const PEER_PING_INTERVAL = 500
export const PEER_UNSEQUENCED_WINDOW_SIZE = 1024
export const PEER_FREE_UNSEQUENCED_WINDOWS = 32
export const PEER_RELIABLE_WINDOWS = 16
export const PEER_RELIABLE_WINDOW_SIZE = 4096
export const PEER_FREE_RELIABLE_WINDOWS = 8

/** `ENetPacketFlag`. */
export const PACKET_FLAG_RELIABLE = 1
export const PACKET_FLAG_UNSEQUENCED = 2
export const PACKET_FLAG_UNRELIABLE_FRAGMENT = 8
