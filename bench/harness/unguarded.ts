/**
 * Preloaded into a process of ours, this takes away what protects its hosts: the handshake that asks for a proof, and the
 * budgets. No option does that; it is for measuring what they cost.
 */
import { registerHooks } from "node:module"

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === "./settings.ts" && context.parentURL?.endsWith("/internal/makeHost.ts") === true
      ? nextResolve(new URL("unguardedSettings.ts", import.meta.url).href, context)
      : nextResolve(specifier, context)
})
