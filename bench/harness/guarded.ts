/** Preloaded into the partner of `unguarded.ts`, so that the modules of both are loaded in the same way. */
import { registerHooks } from "node:module"

registerHooks({ resolve: (specifier, context, nextResolve) => nextResolve(specifier, context) })
