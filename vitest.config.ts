import { defineConfig } from "vitest/config"
import { ClosingLine } from "./scripts/closing-line.ts"

export default defineConfig({
  test: {
    projects: [
      "packages/*/vitest.config.ts",
      "packages/dtls/test/hosts/vitest.config.ts",
      "examples/vitest.config.ts",
      "scripts/vitest.config.ts"
    ],
    // tests that must fail, and do, have nothing to say
    silent: "passed-only",
    reporters: ["default", new ClosingLine()]
  }
})
