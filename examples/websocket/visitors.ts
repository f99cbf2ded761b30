/**
 * Scripted members, so that nobody is alone.
 */
import { EnetHost } from "@effect-enet/core"
import { WebSocketHost } from "@effect-enet/websocket"
import { Effect, Stream } from "effect"

export interface Script {
  readonly name: string
  /** What to say, and after how many milliseconds. */
  readonly says: ReadonlyArray<readonly [after: number, line: string]>
  /** Leaves when it has said everything. */
  readonly leaves: boolean
}

/** A member's side of a connection. */
interface Seat<E> {
  readonly lines: Stream.Stream<string>
  readonly say: (line: string) => Effect.Effect<void, E>
  readonly leave: Effect.Effect<void, E>
  readonly over: Effect.Effect<unknown>
}

const decoder = new TextDecoder()

export const overEnet = (port: number) =>
  Effect.gen(function*() {
    const host = yield* EnetHost.EnetHost
    const peer = yield* host.connect({ address: "127.0.0.1", port })
    return {
      lines: Stream.map(peer.messages, ({ packet }) => decoder.decode(packet)),
      say: (line: string) => peer.send(0, line),
      leave: peer.disconnectLater(),
      over: peer.closed
    }
  })

export const overWebSocket = Effect.gen(function*() {
  const host = yield* WebSocketHost.WebSocketHost
  const peer = yield* host.peer(1)
  return {
    lines: Stream.map(peer.messages, (packet) => decoder.decode(packet)),
    say: (line: string) => peer.send(line),
    leave: peer.disconnect(),
    over: peer.closed
  }
})

/** Says its lines, and answers to its name. */
export const visit = <E, R>({ leaves, name, says }: Script, enter: Effect.Effect<Seat<E>, E, R>) =>
  Effect.gen(function*() {
    const { leave, lines, over, say } = yield* enter
    const isFor = (line: string) => !line.startsWith("*") && !line.startsWith(`${name}:`) && line.includes(name)
    yield* lines.pipe(
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
    if (leaves) yield* leave
    yield* over
  }).pipe(Effect.scoped)
