/**
 * The optional checksum of every datagram (`ENetHost.checksum`). Both sides of a connection must use the same.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import { crc32 as enetCrc32 } from "./wire/Crc32.ts"
import type { Checksum as ChecksumFunction } from "./wire/Hooks.ts"

/**
 * The checksum that hosts use: `undefined` for none, which is the default.
 *
 * @since 0.1.0
 * @category services
 */
export const Checksum = Context.Reference<ChecksumFunction | undefined>("@effect-enet/core/Checksum", {
  defaultValue: () => undefined
})

/**
 * CRC-32 as `enet_crc32` computes it.
 *
 * @since 0.1.0
 * @category checksums
 */
export const crc32: ChecksumFunction = enetCrc32

/**
 * CRC-32 for the hosts of a layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerCrc32: Layer.Layer<never> = Layer.succeed(Checksum, crc32)
