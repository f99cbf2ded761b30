/**
 * The moment when a handshake is complete.
 *
 * @since 0.1.0
 */
import type { Keyed } from "./Association.ts"
import type { CommonConfig } from "./Config.ts"
import { emptyReassembly } from "./Reassembly.ts"
import type { Turn } from "./Turn.ts"

/**
 * What waited for this moment goes out and comes in. Secrets that only the handshake needed are let go.
 *
 * @since 0.1.0
 * @category handshakes
 */
export const open = (
  turn: Turn,
  role: "client" | "server",
  { config, group, suite }: Keyed & { readonly config: CommonConfig }
): void => {
  const { reassembly, received, waiting } = turn.state
  turn.update({
    reassembly: emptyReassembly(reassembly.next),
    phase: { _tag: "Open", role, idleTimeout: config.idleTimeout },
    transcript: [],
    early: [],
    received: [],
    waiting: [],
    attemptDeadline: undefined,
    heardAt: turn.now
  })
  turn.emit({ _tag: "Open", cipherSuite: suite.name, group: group.name })
  for (const payload of waiting) turn.sendData(payload)
  for (const payload of received) turn.emit({ _tag: "Receive", payload })
}
