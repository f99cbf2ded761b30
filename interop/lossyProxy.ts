/**
 * A proxy on loopback that loses datagrams.
 */
import { Effect, type Scope } from "effect"
import { createSocket, type Socket } from "node:dgram"

export interface LossyProxy {
  readonly port: number
  /** From now on nothing is lost. */
  readonly heal: () => void
}

const bound = Effect.acquireRelease(
  Effect.callback<Socket>((resume) => {
    const socket = createSocket("udp4")
    socket.bind(0, "127.0.0.1", () => resume(Effect.succeed(socket)))
  }),
  (socket) => Effect.sync(() => socket.close())
)

/** Every third datagram, in the beginning. */
export const everyThird = (index: number): boolean => index < 12 && index % 3 === 0

export type Way = "up" | "down"

/**
 * Passes datagrams on to a port, and the answers back, for one client; loses those that `loses` picks, which counts each
 * direction for itself.
 */
export const lossyProxy = (
  port: number,
  loses: (index: number, way: Way) => boolean
): Effect.Effect<LossyProxy, never, Scope.Scope> =>
  Effect.gen(function*() {
    const front = yield* bound
    const back = yield* bound
    let client: number | undefined
    let healed = false
    const counts = { up: 0, down: 0 }
    front.on("message", (bytes, from) => {
      client = from.port
      if (healed || !loses(counts.up++, "up")) back.send(bytes, port, "127.0.0.1")
    })
    back.on("message", (bytes) => {
      if (client !== undefined && (healed || !loses(counts.down++, "down"))) front.send(bytes, client, "127.0.0.1")
    })
    return {
      port: front.address().port,
      heal: () => {
        healed = true
      }
    }
  })
