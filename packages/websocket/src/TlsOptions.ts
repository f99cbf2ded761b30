/**
 * TLS of `wss`, with the options of `@effect-enet/dtls`. Nothing insecure happens by leaving one out.
 *
 * @since 0.1.0
 */
import type * as DtlsOptions from "@effect-enet/dtls/DtlsOptions"

/**
 * `TLSOptions.server`: a private key and its certificate, both in PEM.
 *
 * @since 0.1.0
 * @category models
 */
export type ServerTls = Pick<DtlsOptions.ServerOptions, "key" | "certificate">

/**
 * `TLSOptions.client` and `TLSOptions.client_unsafe`:
 *
 * - nothing: the server's certificate must lead to one that Node trusts, and be for the host of the URL
 * - with `roots`: it must lead to one of them, and be for `hostName`, by default the host of the URL
 * - with `roots` and `unsafe`: it must lead to one of them, whoever it is for
 * - with `unsafe` alone: any certificate will do, so anybody in between can be the server
 *
 * @since 0.1.0
 * @category models
 */
export type ClientTls = Pick<DtlsOptions.ClientOptions, "roots" | "hostName" | "unsafe">
