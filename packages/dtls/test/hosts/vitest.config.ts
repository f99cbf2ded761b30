/**
 * Every test of a host of `packages/core`, with DTLS between the hosts and their sockets.
 */
import { defineConfig, mergeConfig } from "vitest/config"
import { shared } from "../../../../vitest.shared.ts"

export default mergeConfig(
  { ssr: shared.ssr },
  defineConfig({
    test: { name: "hosts over dtls", root: import.meta.dirname, include: ["*.suite.ts"], testTimeout: 30_000 }
  })
)
