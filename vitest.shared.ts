import type { ViteUserConfig } from "vitest/config"

/** What every package's tests share: they run against the sources, no build needed. */
export const shared: ViteUserConfig = {
  ssr: { resolve: { conditions: ["@effect-enet/source"] } },
  test: { include: ["test/**/*.test.ts"] }
}
