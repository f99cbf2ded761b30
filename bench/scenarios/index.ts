import type { Scenario } from "../harness/Scenario.ts"
import { scenario as broadcast } from "./broadcast.ts"
import { scenario as connects } from "./connects.ts"
import { scenario as dtls } from "./dtls.ts"
import { scenario as echo } from "./echo.ts"
import { scenario as echoServer } from "./echoServer.ts"
import { scenario as flood } from "./flood.ts"
import { scenario as idlePeers } from "./idlePeers.ts"
import { scenario as largePackets } from "./largePackets.ts"
import { scenario as longQueue } from "./longQueue.ts"
import { scenario as manyPeers } from "./manyPeers.ts"
import { scenario as memory } from "./memory.ts"
import { scenario as protections } from "./protections.ts"
import { scenario as step } from "./step.ts"
import { scenario as typed } from "./typed.ts"

/** In the order of their letters. */
export const scenarios: ReadonlyArray<Scenario> = [
  flood,
  echo,
  echoServer,
  manyPeers,
  connects,
  largePackets,
  idlePeers,
  longQueue,
  broadcast,
  step,
  memory,
  dtls,
  typed,
  protections
]
