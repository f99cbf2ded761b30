/**
 * ENet's CRC-32 with the help of `node:zlib`: the same function as `Checksum.crc32` of the core, faster for long datagrams.
 *
 * @since 0.1.0
 */
import * as Checksum from "@effect-enet/core/Checksum"
import * as Layer from "effect/Layer"
import * as NodeZlib from "node:zlib"

/** Below, the call into native code costs more than the loop in JavaScript. */
const LONG = 320

/**
 * The checksum of `bytes` as an unsigned 32-bit integer.
 *
 * @since 0.1.0
 * @category checksums
 */
export const crc32 = (bytes: Uint8Array): number => bytes.length < LONG ? Checksum.crc32(bytes) : NodeZlib.crc32(bytes)

/**
 * CRC-32 for the hosts of a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<never> = Layer.succeed(Checksum.Checksum, crc32)
