/**
 * Who gets a packet (`set_target_peer`).
 *
 * @since 0.1.0
 */
import { SERVER } from "./PeerId.ts"

/**
 * One peer by its id, all peers, or all but one.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = number | "all" | { readonly allBut: number }

/**
 * Godot's number: 0 for all, negative for all but one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromGodot = (target: number): Target => target === 0 ? "all" : target < 0 ? { allBut: -target } : target

/**
 * The ids that a server sends to; `undefined` when the target is one peer and there is no such peer. Who is left out
 * need not exist.
 *
 * @since 0.1.0
 * @category getters
 */
export const recipients = (target: Target, peers: Iterable<number>): ReadonlyArray<number> | undefined => {
  const all = [...peers]
  if (target === "all") return all
  if (typeof target === "number") return all.includes(target) ? [target] : undefined
  return all.filter((id) => id !== target.allBut)
}

/**
 * A client knows nobody but the server: whatever the target, that is who gets it.
 *
 * @since 0.1.0
 * @category getters
 */
export const fromClient: ReadonlyArray<number> = [SERVER]
