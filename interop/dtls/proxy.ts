/**
 * A proxy on loopback that loses datagrams.
 */
import { Effect, type Scope } from "effect"
import { createSocket, type Socket } from "node:dgram"

const bound = Effect.acquireRelease(
  Effect.callback<Socket>((resume) => {
    const socket = createSocket("udp4")
    socket.bind(0, "127.0.0.1", () => resume(Effect.succeed(socket)))
  }),
  (socket) => Effect.sync(() => socket.close())
)

/**
 * Passes datagrams on to a port, and the answers back, for one client. Of the first datagrams in each direction those are
 * lost for which `loses` holds.
 */
export const lossyProxy = (
  port: number,
  loses: (index: number) => boolean
): Effect.Effect<number, never, Scope.Scope> =>
  Effect.gen(function*() {
    const front = yield* bound
    const back = yield* bound
    let client: number | undefined
    const counts = { up: 0, down: 0 }
    front.on("message", (bytes, from) => {
      client = from.port
      if (!loses(counts.up++)) back.send(bytes, port, "127.0.0.1")
    })
    back.on("message", (bytes) => {
      if (client !== undefined && !loses(counts.down++)) front.send(bytes, client, "127.0.0.1")
    })
    return front.address().port
  })
