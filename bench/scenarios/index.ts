import type { Scenario } from "../harness/Scenario.ts"
import { scenario as echo } from "./echo.ts"
import { scenario as echoServer } from "./echoServer.ts"
import { scenario as flood } from "./flood.ts"

/** In the order of their letters. */
export const scenarios: ReadonlyArray<Scenario> = [flood, echo, echoServer]
