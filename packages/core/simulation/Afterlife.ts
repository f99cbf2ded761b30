/**
 * What an application may still try when its host is closed: every call ends, as it says.
 */
import type { EnetError } from "@effect-enet/core/EnetError"
import type { EnetHost } from "@effect-enet/core/EnetHost"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { World } from "./World.ts"

/** In which time every call must end, although nobody answers any more. */
const PATIENCE = 10_000

/** The call ends, and with one of these reasons if it fails; without any it may do what it likes. */
const ends =
  (world: World, what: string, reasons: ReadonlyArray<string>) =>
  <A>(call: Effect.Effect<A, EnetError>): Effect.Effect<void> =>
    call.pipe(
      Effect.match({
        onFailure: ({ reason }) => {
          if (!reasons.includes(reason._tag)) world.violate("calls fail as documented", `${what}: ${reason._tag}`)
        },
        onSuccess: () => {
          if (reasons.length > 0) world.violate("calls fail as documented", `${what} succeeds on a closed host`)
        }
      }),
      Effect.timeoutOrElse({
        duration: PATIENCE,
        orElse: () => Effect.sync(() => world.violate("every call ends", `${what} on a closed host`))
      })
    )

export const haunt = (
  world: World,
  host: EnetHost["Service"],
  peers: ReadonlyArray<EnetPeer>
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const gone = ["PeerDisconnected"]
    yield* ends(world, "connect", ["HostClosed"])(Effect.scoped(host.connect({ address: "10.9.9.9", port: 9 })))
    yield* ends(world, "serve", ["HostClosed"])(host.serve(() => Effect.void))
    yield* ends(world, "events", [])(Stream.runDrain(host.events))
    yield* ends(world, "flush", [])(host.flush)
    yield* ends(world, "statistics", [])(host.statistics)
    yield* ends(world, "popStatistics", [])(host.popStatistics)
    yield* ends(world, "broadcast", [])(Effect.ignore(host.broadcast(0, "x")))
    yield* ends(world, "bandwidthLimit", [])(host.bandwidthLimit({ incoming: 1 }))
    yield* ends(world, "socketSend", [])(Effect.ignore(host.socketSend({ address: "10.9.9.9", port: 9 }, "x")))
    for (const peer of peers) {
      yield* ends(world, "send", gone)(peer.send(0, "x"))
      yield* ends(world, "receive", gone)(peer.receive)
      yield* ends(world, "messages", [])(Stream.runDrain(peer.messages))
      yield* ends(world, "ping", gone)(peer.ping)
      yield* ends(world, "peer statistics", gone)(peer.statistics)
      yield* ends(world, "disconnect", gone)(peer.disconnect(1))
      yield* ends(world, "closed", [])(peer.closed)
      if ((yield* peer.state) !== "Disconnected") world.violate("peers of a closed host are gone", peer.toString())
    }
  })
