/**
 * @since 0.1.0
 */

/**
 * The layers that put DTLS between a host and its socket.
 *
 * @since 0.1.0
 */
export * as Dtls from "./Dtls.ts"

/**
 * The one error of this package.
 *
 * @since 0.1.0
 */
export * as DtlsError from "./DtlsError.ts"

/**
 * Options of the two sides.
 *
 * @since 0.1.0
 */
export * as DtlsOptions from "./DtlsOptions.ts"

/**
 * Where randomness comes from.
 *
 * @since 0.1.0
 */
export * as DtlsRandom from "./DtlsRandom.ts"

/**
 * What a DTLS layer knows and can do besides carrying datagrams.
 *
 * @since 0.1.0
 */
export * as DtlsSocket from "./DtlsSocket.ts"
