/**
 * Where randoms, ephemeral keys and the secrets of cookies come from.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Random } from "./crypto/CryptoProvider.ts"
import { secureRandom } from "./crypto/NodeCrypto.ts"

/**
 * Draws unpredictable bytes; by default from the platform's cryptographic source. Tests may provide one that repeats
 * itself.
 *
 * @since 0.1.0
 * @category services
 */
export const DtlsRandom = Context.Reference<Random>("@effect-enet/dtls/DtlsRandom", {
  defaultValue: () => secureRandom
})
