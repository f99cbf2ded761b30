/**
 * @since 0.1.0
 */

/**
 * ENet hosts on UDP sockets of Node.
 *
 * @since 0.1.0
 */
export * as NodeEnetHost from "./NodeEnetHost.ts"

/**
 * Recordings of hosts in files.
 *
 * @since 0.1.0
 */
export * as NodeRecorder from "./NodeRecorder.ts"

/**
 * Options of a host's UDP socket.
 *
 * @since 0.1.0
 */
export * as SocketOptions from "./SocketOptions.ts"
