/**
 * Scripted members, so that nobody is alone.
 */
import { EnetHost } from "@effect-enet/core"
import { EnetLike, WebSocketHost } from "@effect-enet/websocket"
import { Effect, Stream } from "effect"

export interface Script {
  readonly name: string
  /** What to say, and after how many milliseconds. */
  readonly says: ReadonlyArray<readonly [after: number, line: string]>
  /** Leaves when it has said everything. */
  readonly leaves: boolean
}

const decoder = new TextDecoder()

export const overEnet = (port: number) =>
  Effect.flatMap(EnetHost.EnetHost, (host) => host.connect({ address: "127.0.0.1", port }))

export const overWebSocket = Effect.gen(function*() {
  const host = yield* WebSocketHost.WebSocketHost
  return EnetLike.fromPeer(yield* host.peer(1))
})

/** Says its lines, and answers to its name. */
export const visit = <E, R>({ leaves, name, says }: Script, enter: Effect.Effect<EnetLike.EnetLike, E, R>) =>
  Effect.gen(function*() {
    const peer = yield* enter
    const say = (line: string) => peer.send(0, line)
    const isFor = (line: string) => !line.startsWith("*") && !line.startsWith(`${name}:`) && line.includes(name)
    yield* peer.messages.pipe(
      Stream.map(({ packet }) => decoder.decode(packet)),
      Stream.filter(isFor),
      Stream.runForEach((line) => say(`Yes, ${line.slice(0, line.indexOf(":"))}?`)),
      Effect.ignore,
      Effect.forkScoped({ startImmediately: true })
    )
    yield* say(name)
    for (const [after, line] of says) {
      yield* Effect.sleep(after)
      yield* say(line)
    }
    if (leaves) yield* peer.disconnectLater()
    yield* peer.closed
  }).pipe(Effect.scoped)
