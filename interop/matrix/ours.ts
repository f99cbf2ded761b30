/**
 * Our side of the matrix: hosts on real loopback sockets.
 */
import { Checksum, Compressor, type DeliveryMode, EnetEvent, type EnetHost, type EnetPeer } from "@effect-enet/core"
import { NodeEnetHost } from "@effect-enet/node"
import { Effect, Queue, type Scope, Stream } from "effect"
import { fail } from "./CPeer.ts"

export interface HostChoice {
  readonly maxPeers?: number
  readonly checksum?: boolean
  readonly compressor?: Compressor.Compressor | undefined
}

type Host = EnetHost.EnetHost["Service"]

/** A host of the enclosing scope. */
export const ourHost = (choice: HostChoice = {}): Effect.Effect<Host, unknown, Scope.Scope> =>
  NodeEnetHost.make({ bind: { address: "127.0.0.1" }, maxPeers: choice.maxPeers ?? 8 }).pipe(
    Effect.provideService(Checksum.Checksum, choice.checksum === true ? Checksum.crc32 : undefined),
    Effect.provideService(Compressor.Compressor, choice.compressor)
  )

/** Holds the throttle of both sides open: on a busy machine round trips jump, and unreliable packets would be dropped. */
const holdOpen = (peer: EnetPeer.EnetPeer) => peer.throttleConfigure({ acceleration: 32, deceleration: 0 })

/** A server that echoes each packet as it came; `ends` tells how its peers went. */
export const ourEcho = Effect.fnUntraced(function*(choice: HostChoice = {}) {
  const host = yield* ourHost(choice)
  const ends = yield* Queue.unbounded<EnetEvent.DisconnectReason>()
  yield* Effect.forkScoped(Stream.runForEach(
    host.events,
    EnetEvent.match({
      Connect: ({ peer }) => Effect.ignore(holdOpen(peer)),
      Receive: ({ channel, mode, packet, peer }) => Effect.ignore(peer.send(channel, packet, { mode })),
      Disconnect: ({ reason }) => Effect.asVoid(Queue.offer(ends, reason))
    })
  ))
  return { host, port: host.address.port, ends }
})

const pattern = (length: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  let state = seed | 1
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  return bytes
}

export const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

export interface Exchange {
  readonly messages: number
  readonly size: number
  readonly mode: DeliveryMode.DeliveryMode
  /** Default: 0 for all. */
  readonly channelOf?: (index: number) => number
}

/** Sends packets one after the other and checks that each comes back as it was. */
export const exchange = Effect.fnUntraced(function*(peer: EnetPeer.EnetPeer, options: Exchange) {
  yield* holdOpen(peer)
  for (let index = 0; index < options.messages; index++) {
    const packet = pattern(options.size, index * 2 + 1)
    const channel = options.channelOf?.(index) ?? 0
    yield* peer.send(channel, packet, { mode: options.mode })
    const [echo] = yield* peer.messages.pipe(Stream.take(1), Stream.runCollect)
    if (echo === undefined) return yield* fail(`the connection ended at packet ${index}`)
    if (echo.channel !== channel || echo.mode !== options.mode || !equal(echo.packet, packet)) {
      return yield* fail(
        `packet ${index} came back as ${echo.packet.length} bytes, ${echo.mode}, channel ${echo.channel}`
      )
    }
  }
})
