/**
 * What must be true some time after the faults are over: both ends of every connection agree that it is one, and what
 * was sent reliably has arrived.
 */
import * as Effect from "effect/Effect"
import { send } from "./Conversation.ts"
import type { Side } from "./Ledger.ts"
import type { Node, World } from "./World.ts"

/** Why the end of a connection was not told, or `undefined` when it was. */
const untold = (node: Node, side: Side): string | undefined => {
  const { closed } = side
  if (closed === undefined) return `${side.name} is gone, and nobody is told`
  if (side.isServed) return `${side.name} is gone, and its handler goes on`
  const silent = closed._tag === "Closed" || side.isDeaf || !side.sawConnectEvent || node.plan.consumption === "serve"
  return silent || side.disconnected !== undefined ? undefined : `${side.name} ended without Disconnect`
}

const different = (node: Node, nodes: ReadonlyArray<Node>): string | undefined => {
  const { host } = node
  if (host === undefined) return `${node.name} has no host`
  const peers = Effect.runSync(host.peers)
  for (const peer of peers) {
    const state = Effect.runSync(peer.state)
    const side = node.sides.find((one) => one.peer === peer)
    if (side === undefined) return `${node.name}/${peer.id} in state ${state} is unknown to its application`
    if (state !== "Connected") return `${side.name} is still in state ${state}`
    const { remote } = side
    if (remote === undefined) return `${side.name} has no remote`
    const home = nodes.find(({ name }) => name === remote.node)
    if (remote.closed !== undefined || home?.sides.includes(remote) !== true) {
      return `${side.name} is connected to ${remote.name}, which is gone`
    }
    if (side.missing > 0) return `${remote.name} misses ${side.missing} reliable packets of ${side.name}`
  }
  for (const side of node.sides) {
    if (peers.includes(side.peer)) continue
    const reason = untold(node, side)
    if (reason !== undefined) return reason
  }
  return undefined
}

/**
 * In a network without losses nothing is lost, not even what may be: every peer sends some packets of each kind, and
 * some time later all have arrived. The throttle of a peer must not hold back anything.
 */
export const coda = (world: World): Effect.Effect<void> =>
  Effect.gen(function*() {
    const expected = new Map<Side, number>()
    for (const node of world.nodes) {
      for (const side of node.sides) {
        const { peer, remote } = side
        if (side.closed !== undefined || remote === undefined) continue
        const home = world.nodes.find(({ name }) => name === remote.node)
        // what an incomplete packet takes up may leave no room for others
        if (home?.plan.options.maximumWaitingData !== undefined) continue
        if ((yield* Effect.orDie(peer.statistics)).packetThrottle < 31) continue
        const before = remote.unreliableReceived
        for (
          const mode of ["unreliable", "reliable", "unreliable", "unreliable", "unsequenced", "unreliable"] as const
        ) {
          yield* send(world, side, 0, mode, "wait", 20)
          yield* Effect.sleep(1)
        }
        expected.set(remote, before + 5)
      }
    }
    yield* Effect.sleep(5_000)
    for (const [side, count] of expected) {
      // a router may have forgotten one of the two, and neither knows yet
      const isDead = side.closed !== undefined || side.remote === undefined || side.remote.missing > 0
      if (side.unreliableReceived === count || isDead) continue
      world.violate("nothing is lost without losses", `${side.name} got ${side.unreliableReceived} instead of ${count}`)
    }
  })

/** What is not as it must be yet, or `undefined`. */
export const difference = (world: World): string | undefined => {
  for (const node of world.nodes) {
    const found = different(node, world.nodes)
    if (found !== undefined) return found
  }
  return undefined
}
