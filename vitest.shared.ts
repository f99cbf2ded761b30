import type { ViteUserConfig } from "vitest/config"

/** What every package's tests share: they run against the sources, no build needed. */
export const shared: ViteUserConfig = {
  ssr: { resolve: { conditions: ["@effect-enet/source"] } },
  // a test that hangs must end; one that waits for a busy machine must not fail
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000 }
}
