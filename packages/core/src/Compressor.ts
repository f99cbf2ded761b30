/**
 * The optional compressor of datagrams (`ENetHost.compressor`). Both sides of a connection must use the same.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Compressor as CompressorFunctions } from "./wire/Hooks.ts"

/**
 * The compressor that hosts use: `undefined` for none, which is the default.
 *
 * @since 0.1.0
 * @category services
 */
export const Compressor = Context.Reference<CompressorFunctions | undefined>("@effect-enet/core/Compressor", {
  defaultValue: () => undefined
})
