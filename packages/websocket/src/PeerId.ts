/**
 * Ids of peers.
 *
 * @since 0.1.0
 */
import { Entropy } from "@effect-enet/core/Entropy"
import * as Effect from "effect/Effect"
import { fromBits } from "./protocol/PeerId.ts"

/**
 * The server's id (`TARGET_PEER_SERVER`).
 *
 * @since 0.1.0
 * @category constants
 */
export { SERVER } from "./protocol/PeerId.ts"

/**
 * An id from 2 to 2,147,483,647 from the `Entropy` of the context (`generate_unique_id`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const generate: Effect.Effect<number> = Effect.map(Entropy, (entropy) => fromBits(entropy(), () => false))
