/**
 * What tests of hosts and of programs on them need: networks without a kernel.
 *
 * @since 0.1.0
 */
export * as MemoryNetwork from "./MemoryNetwork.ts"
