import { Effect } from "effect"
import * as Dgram from "node:dgram"

const bound = Effect.acquireRelease(
  Effect.callback<Dgram.Socket>((resume) => {
    const socket = Dgram.createSocket("udp4")
    socket.bind(0, "127.0.0.1", () => resume(Effect.succeed(socket)))
  }),
  (socket) => Effect.sync(() => socket.close())
)

/** Passes datagrams on to a port of loopback, and the answers back, for one client, and keeps all of them. */
export const recordingProxy = Effect.fnUntraced(function*(port: string) {
  const front = yield* bound
  const back = yield* bound
  const seen: Array<Buffer> = []
  let client: Dgram.RemoteInfo | undefined
  front.on("message", (bytes, from) => {
    client = from
    seen.push(bytes)
    back.send(bytes, Number(port), "127.0.0.1")
  })
  back.on("message", (bytes) => {
    seen.push(bytes)
    if (client !== undefined) front.send(bytes, client.port, client.address)
  })
  return { port: String(front.address().port), seen }
})
