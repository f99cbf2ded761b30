/**
 * Puts a typed host together: the fiber of each peer that sorts its packets, and the service that the application sees.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import { formatSocketAddress } from "effect/net/NetAddress"
import * as Stream from "effect/Stream"
import type * as Channel from "../../Channel.ts"
import {
  type ChannelError,
  ChannelsUnknown,
  DifferentChannels,
  fromReason as fromChannelReason,
  NotEncodable
} from "../../ChannelError.ts"
import { type ChannelSet, DIFFERENT_CHANNELS } from "../../ChannelSet.ts"
import { type EnetError, fromReason, HostClosed, InvalidOption } from "../../EnetError.ts"
import type { EnetHost } from "../../EnetHost.ts"
import type { Connection, TypedHost } from "../../TypedHost.ts"
import type { Received } from "../../TypedPeer.ts"
import { Hub } from "./Hub.ts"
import { TypedPeerHandle } from "./TypedPeerHandle.ts"

/** How long a connected remote has for its word about its channels, milliseconds. */
const PATIENCE = 5000

/** What a host with a checked set says to whoever connects with the same one. */
const wordOf = (fingerprint: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, fingerprint, true)
  return bytes
}

const areEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

/** Sorts the packets of a peer until it is gone. */
const pump = <Channels extends Channel.Any>(peer: TypedPeerHandle<Channels>): Effect.Effect<void> =>
  peer.raw.messages.pipe(
    Stream.runForEachArray((packets) => peer.deliver(packets)),
    Effect.andThen(peer.closed),
    Effect.map((reason) => peer.finish(reason)),
    Effect.onInterrupt(() => Effect.sync(() => peer.finish({ _tag: "Closed" })))
  )

const admit = <Channels extends Channel.Any>(
  hub: Hub<Channels>
): (raw: TypedPeerHandle<Channels>["raw"], data: number) => Effect.Effect<void> => {
  const { checkChannel, fingerprint } = hub.set
  const word = wordOf(fingerprint)
  return (raw, data) => {
    if (checkChannel !== undefined && data !== fingerprint) {
      return Effect.andThen(Effect.ignore(raw.disconnect(DIFFERENT_CHANNELS)), raw.closed)
    }
    const peer = new TypedPeerHandle(hub, raw, false)
    hub.join(peer)
    // a peer that is gone already needs no word
    const greeting = checkChannel === undefined ? Effect.void : Effect.ignore(raw.send(checkChannel, word))
    return Effect.andThen(greeting, pump(peer))
  }
}

/** Waits until the remote has said that it has the same channels. */
const agreed = <Channels extends Channel.Any>(
  peer: TypedPeerHandle<Channels>,
  fingerprint: number,
  timeout: number | undefined
): Effect.Effect<void, ChannelError> => {
  const address = formatSocketAddress(peer.address)
  const different = fromChannelReason(new DifferentChannels({ address }))
  const unknown = fromChannelReason(new ChannelsUnknown({ address }))
  return Deferred.await(peer.word).pipe(
    Effect.map((word) => areEqual(word, wordOf(fingerprint)) ? undefined : different),
    Effect.raceFirst(Effect.map(
      peer.closed,
      (reason) => reason._tag === "Remote" && reason.data === DIFFERENT_CHANNELS ? different : unknown
    )),
    Effect.timeoutOrElse({ duration: timeout ?? PATIENCE, orElse: () => Effect.succeed(unknown) }),
    Effect.flatMap((error) => error === undefined ? Effect.void : Effect.fail(error))
  )
}

const connect = <Channels extends Channel.Any>(hub: Hub<Channels>): TypedHost<Channels>["connect"] =>
  Effect.fnUntraced(function*(options) {
    const { channelCount, checkChannel, fingerprint } = hub.set
    if (checkChannel !== undefined && options.data !== undefined) {
      const expected = "left out, as the fingerprint of the channel set goes there"
      const actual = String(options.data)
      return yield* Effect.fail(fromReason(new InvalidOption({ field: "data", expected, actual })))
    }
    const raw = yield* hub.host.connect({
      ...options,
      channels: Math.max(channelCount, 1),
      ...(checkChannel === undefined ? {} : { data: fingerprint })
    })
    const peer = new TypedPeerHandle(hub, raw, true)
    hub.fork(pump(peer))
    if (checkChannel !== undefined) {
      yield* Effect.onError(agreed(peer, fingerprint, options.timeout), () => Effect.ignore(raw.disconnectNow()))
    }
    if (peer.end === undefined) hub.join(peer)
    return peer
  })

const connections = <Channels extends Channel.Any>(hub: Hub<Channels>) =>
  Stream.suspend(() => {
    const known = new Set<TypedPeerHandle<Channels>>()
    const take = () => {
      const news: Array<Connection<Channels> & { readonly peer: TypedPeerHandle<Channels> }> = []
      for (const peer of known) {
        if (hub.peers.has(peer)) continue
        known.delete(peer)
        news.push({ _tag: "Disconnected", peer, reason: peer.end ?? { _tag: "Closed" } })
      }
      for (const peer of hub.peers) {
        if (known.has(peer)) continue
        known.add(peer)
        news.push({ _tag: "Connected", peer })
      }
      return news
    }
    const hasNews = () => known.size !== hub.peers.size || [...known].some((peer) => !hub.peers.has(peer))
    return hub.stream(take, hub.peersChanged, hasNews)
  })

const serve = <Channels extends Channel.Any>(hub: Hub<Channels>): TypedHost<Channels>["serve"] => (handler) =>
  Effect.scoped(Effect.gen(function*() {
    const fibers = yield* FiberSet.make()
    const serveOne = (peer: TypedPeerHandle<Channels>) =>
      handler(peer).pipe(
        Effect.raceFirst(peer.finished),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : Effect.logError(`the handler of peer ${peer.toString()} failed`, cause)
        ),
        Effect.ensuring(Effect.ignore(peer.disconnect()))
      )
    yield* Stream.runForEach(
      connections(hub),
      ({ _tag, peer }) => _tag === "Connected" && !peer.isOutgoing ? FiberSet.run(fibers, serveOne(peer)) : Effect.void
    )
    return yield* Effect.never
  }))

const broadcast =
  <Channels extends Channel.Any>(hub: Hub<Channels>): TypedHost<Channels>["broadcast"] => (channel, message) =>
    Effect.suspend((): Effect.Effect<void, EnetError | ChannelError> => {
      const track = hub.trackOf(channel)
      const encoded = channel.encode(message)
      if (encoded._tag === "Failure") {
        return Effect.fail(fromChannelReason(new NotEncodable({ channel: channel.name, detail: encoded.failure })))
      }
      const bytes = encoded.success
      if (channel.latest) {
        return Effect.forEach(hub.peers, (peer) => Effect.ignore(peer.sendLatest(channel.id, bytes)), { discard: true })
      }
      track.totals.sent++
      return hub.host.broadcast(channel.id, bytes, track.options)
    })

/** What waits on these channels, of all peers. */
const taking = <Channels extends Channel.Any, const Cs extends ReadonlyArray<Channels>>(
  hub: Hub<Channels>,
  channels: Cs
) => {
  const tracks = channels.map((channel) => ({ channel, ready: hub.trackOf(channel).ready }))
  return {
    isReady: () => tracks.some(({ ready }) => ready.size > 0),
    take: () => {
      const batch: Array<Received<Cs[number], Channels>> = []
      for (const { channel, ready } of tracks) {
        const peers = [...ready]
        ready.clear()
        for (const peer of peers) peer.read<Cs[number]>(channel, batch)
      }
      return batch
    }
  }
}

export const makeTypedHost = Effect.fnUntraced(function*<Channels extends Channel.Any>(
  host: EnetHost["Service"],
  set: ChannelSet<Channels>
) {
  const granted = yield* host.maxChannels
  if (granted < set.channelCount) {
    const expected = `at least ${set.channelCount} for this channel set`
    return yield* Effect.fail(
      fromReason(new InvalidOption({ field: "channelLimit", expected, actual: String(granted) }))
    )
  }
  const fork = yield* FiberSet.makeRuntime<never, void, never>()
  const hub = new Hub<Channels>(host, set, (effect) => void fork(effect))
  yield* Effect.addFinalizer(() => Effect.sync(() => hub.end(fromReason(new HostClosed({})))))
  yield* host.serve(admit(hub)).pipe(
    Effect.catch((error) => Effect.sync(() => hub.end(error))),
    Effect.forkScoped({ startImmediately: true })
  )
  const typed: TypedHost<Channels> = {
    raw: host,
    channelSet: set,
    messages: (...channels) =>
      Stream.suspend(() => {
        const { isReady, take } = taking(hub, channels)
        return hub.stream(take, hub.arrived, isReady)
      }),
    poll: (...channels) => Effect.sync(() => taking(hub, channels).take()),
    broadcast: broadcast(hub),
    connect: connect(hub),
    serve: serve(hub),
    peers: Effect.sync(() => [...hub.peers]),
    connections: connections(hub),
    undecoded: hub.undecoded,
    statistics: (channel) => Effect.sync(() => ({ ...hub.trackOf(channel).totals })),
    strayPackets: Effect.sync(() => hub.strayPackets)
  }
  return typed
})
