/**
 * @since 0.1.0
 */

/**
 * ENet's CRC-32 with the help of `node:zlib`.
 *
 * @since 0.1.0
 */
export * as Crc32 from "./Crc32.ts"

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

/**
 * zlib as a compressor of datagrams.
 *
 * @since 0.1.0
 */
export * as Zlib from "./Zlib.ts"

/**
 * Zstandard as a compressor of datagrams.
 *
 * @since 0.1.0
 */
export * as Zstd from "./Zstd.ts"
