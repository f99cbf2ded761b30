/**
 * The optional compressor of datagrams (`ENetHost.compressor`). Both sides of a connection must use the same; nothing in
 * the handshake says which.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import type { Compressor as CompressorFunctions } from "./wire/Hooks.ts"

/**
 * Replaces the commands of a datagram by fewer bytes and back.
 *
 * Both functions write into `output` and return how many bytes they wrote; 0 says that the result does not fit or that
 * the input is malformed. They must not throw, must not keep the arrays, and a result must not depend on earlier calls:
 * datagrams get lost. What does not become smaller is sent as it is, so `compress` may return 0 whenever it likes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Compressor extends CompressorFunctions {}

/**
 * The compressor that hosts use: `undefined` for none, which is the default.
 *
 * @since 0.1.0
 * @category services
 */
export const Compressor = Context.Reference<Compressor | undefined>("@effect-enet/core/Compressor", {
  defaultValue: () => undefined
})

/**
 * A compressor for the hosts of a layer, made when the layer is built.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (make: () => Compressor): Layer.Layer<never> => Layer.sync(Compressor, make)
