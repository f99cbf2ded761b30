/**
 * Effect RPC over ENet.
 *
 * @since 0.1.0
 */
export * as EnetRpc from "./EnetRpc.ts"
