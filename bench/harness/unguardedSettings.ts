import { settingsOf as guarded } from "../../packages/core/src/internal/settings.ts"

/** The settings of a host without protections. */
export const settingsOf: typeof guarded = (options, secret) => ({
  ...guarded(options, secret),
  budgets: undefined,
  proving: undefined
})
