/**
 * Where Effect meets the state machines: a `DatagramSocket` on top of another one.
 *
 * One fiber reads, one writes, one keeps time; whatever happens is applied at once, and datagrams leave in batches.
 */
import { isReadonlyArrayNonEmpty } from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as NetAddress from "effect/net/NetAddress"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as DatagramSocket from "effect/socket/DatagramSocket"
import * as Stream from "effect/Stream"
import type { Random } from "../crypto/CryptoProvider.ts"
import { DatagramTooLarge, fromReason, NotAssociated } from "../DtlsError.ts"
import { DtlsRandom } from "../DtlsRandom.ts"
import type { DtlsEvent, DtlsSocket } from "../DtlsSocket.ts"
import type { EndReason, OpenEvent } from "../protocol/Output.ts"
import { cipherSuites } from "../wire/CipherSuite.ts"
import { MAXIMUM_PLAINTEXT } from "../wire/Constants.ts"
import { namedGroups } from "../wire/Groups.ts"
import type { Endpoint, Remote, Sink, Time } from "./Endpoint.ts"
import { errorOf, shown, writeError } from "./errors.ts"

/** Events that a slow reader may be behind. */
const EVENTS = 1024

/** Datagrams that may wait for the socket; more are lost, as with a full socket buffer. */
const OUTBOX_LIMIT = 16_384

/** Makes the endpoint of a role. */
export type MakeEndpoint = (sink: Sink, random: Random, time: Time) => Endpoint

export interface DtlsParts {
  readonly socket: DatagramSocket.DatagramSocket
  readonly service: DtlsSocket["Service"]
  /** What was ignored since the socket was opened, by reason. */
  readonly dropped: () => Readonly<Record<string, number>>
}

type Done = (error?: DatagramSocket.DatagramSocketError) => void

const keyOf = (host: string, port: number): string => `${host} ${port}`

const remoteOf = (inet: NetAddress.InetAddress): Remote => {
  const host = NetAddress.formatHost(inet)
  return { key: keyOf(host, inet.port), host, port: inet.port, inet }
}

/** Datagrams on their way to the socket below, and who waits for them. */
class Outbox {
  readonly filled = Latch.makeUnsafe(false)
  lost = 0
  private datagrams: Array<DatagramSocket.OutgoingDatagram> = []
  private waiting: Array<Done> = []

  push(remote: Remote, payload: Uint8Array): void {
    if (this.datagrams.length >= OUTBOX_LIMIT) {
      this.lost++
      return
    }
    this.datagrams.push({ address: remote.inet, payload })
    this.filled.openUnsafe()
  }

  /** Calls back when everything so far has gone. */
  await(done: Done): void {
    if (this.datagrams.length === 0) return done()
    this.waiting.push(done)
  }

  take(): {
    readonly datagrams: ReadonlyArray<DatagramSocket.OutgoingDatagram>
    readonly waiting: ReadonlyArray<Done>
  } {
    const taken = { datagrams: this.datagrams, waiting: this.waiting }
    this.datagrams = []
    this.waiting = []
    this.filled.closeUnsafe()
    return taken
  }
}

/** Hands everything in the outbox to the socket below. */
const flush = (outbox: Outbox, writer: DatagramSocket.Writer): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { datagrams, waiting } = outbox.take()
    const settle = (error?: DatagramSocket.DatagramSocketError) =>
      Effect.sync(() => {
        for (const done of waiting) done(error)
      })
    if (!isReadonlyArrayNonEmpty(datagrams)) return settle()
    return Effect.matchEffect(writer.writeAll(datagrams), { onFailure: settle, onSuccess: () => settle() })
  })

/** Reads a clock for the state machines. */
const timeOf = (clock: Clock.Clock): Time => ({
  now: Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n),
  date: clock.currentTimeMillisUnsafe()
})

const keepTime = (endpoint: Endpoint, moved: Latch.Latch, clock: Clock.Clock): Effect.Effect<never> =>
  Effect.forever(Effect.suspend(() => {
    moved.closeUnsafe()
    const time = timeOf(clock)
    const at = endpoint.nextAlarm
    if (at === undefined) return moved.await
    if (at <= time.now) return Effect.sync(() => endpoint.tick(time))
    return Effect.raceFirst(Effect.sleep(at - time.now), moved.await)
  }))

const eventOf = (remote: Remote, event: OpenEvent): DtlsEvent | undefined => {
  const suite = cipherSuites.find(({ name }) => name === event.cipherSuite)
  const group = namedGroups.find(({ name }) => name === event.group)
  if (suite === undefined || group === undefined) return undefined
  return { _tag: "Opened", address: remote.inet, cipherSuite: suite.name, group: group.name }
}

/** Puts DTLS on the socket of the context. */
export const makeSocket = Effect.fnUntraced(function*(
  makeEndpoint: MakeEndpoint,
  capacity: number,
  refuse: (endpoint: Endpoint | undefined, refuse: boolean) => void
): Effect.fn.Return<DtlsParts, never, DatagramSocket.DatagramSocket | Scope.Scope> {
  const lower = yield* DatagramSocket.DatagramSocket
  const clock = yield* Clock.Clock
  const random = yield* DtlsRandom
  const happenings = yield* PubSub.sliding<DtlsEvent>(EVENTS)
  let endpoint: Endpoint | undefined
  /** What did not fit into a queue, on the way in and out. */
  let queues = (): Readonly<Record<string, number>> => ({})

  const tell = (event: DtlsEvent | undefined) => {
    if (event !== undefined) PubSub.publishUnsafe(happenings, event)
  }

  const open = Effect.fnUntraced(function*(events: DatagramSocket.BackingEvents) {
    const reader = yield* lower.reader
    const writer = yield* lower.writer
    const outbox = new Outbox()
    const moved = Latch.makeUnsafe(false)
    const sink: Sink = {
      transmit: (remote, datagram) => outbox.push(remote, datagram),
      deliver: (remote, payload) => events.onPacket(payload, remote.host, remote.port),
      opened: (remote, event) => tell(eventOf(remote, event)),
      ended: (remote: Remote, reason: EndReason) =>
        tell({ _tag: "Ended", address: remote.inet, error: errorOf(remote, reason) })
    }
    const mine = makeEndpoint(sink, random, timeOf(clock))
    endpoint = mine
    queues = () => ({ ReceiveQueueFull: reader.dropped(), NotSent: outbox.lost })

    /** Wakes the timekeeper if something is due earlier than before. */
    const watch = <A>(run: () => A): A => {
      const before = mine.nextAlarm
      const result = run()
      const after = mine.nextAlarm
      if (after !== undefined && (before === undefined || after < before)) moved.openUnsafe()
      return result
    }

    const receive = (datagrams: ReadonlyArray<DatagramSocket.Datagram>) => {
      const time = timeOf(clock)
      watch(() => {
        for (const { address, payload } of datagrams) mine.receive(remoteOf(address), payload, time)
      })
    }

    const sendOne = (
      payload: Uint8Array,
      to: DatagramSocket.BackingAddress | undefined,
      time: Time
    ): DatagramSocket.DatagramSocketError | undefined => {
      if (to === undefined) return undefined
      const remote = mine.find(keyOf(to.host, to.port)) ??
        remoteOf(NetAddress.inetAddressFromNativeUnsafe(to.host, to.port))
      if (payload.length > MAXIMUM_PLAINTEXT) {
        const cause = new DatagramTooLarge({ size: payload.length, maximum: MAXIMUM_PLAINTEXT })
        return writeError("MessageTooLarge", remote, fromReason(cause))
      }
      return mine.send(remote, payload, time)
        ? undefined
        : writeError("Unreachable", remote, fromReason(new NotAssociated({ address: shown(remote) })))
    }

    const send = (
      payloads: ReadonlyArray<Uint8Array>,
      destinations: ReadonlyArray<DatagramSocket.BackingAddress | undefined>,
      done: Done
    ) => {
      const time = timeOf(clock)
      const failure = watch(() => {
        let first: DatagramSocket.DatagramSocketError | undefined
        payloads.forEach((payload, index) => {
          const error = sendOne(payload, destinations[index], time)
          first ??= error
        })
        return first
      })
      if (failure !== undefined) done(failure)
      else outbox.await(done)
    }

    // after the reader has closed: the farewells go out, then the socket below closes
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        mine.closeAll(timeOf(clock))
        if (endpoint === mine) endpoint = undefined
        return flush(outbox, writer)
      })
    )
    yield* Effect.forever(Effect.andThen(outbox.filled.await, Effect.uninterruptible(flush(outbox, writer)))).pipe(
      Effect.forkScoped({ startImmediately: true })
    )
    yield* Effect.forever(Effect.map(reader.pull, receive)).pipe(
      Effect.catch((error) => Effect.sync(() => events.onReadError(error))),
      Effect.forkScoped({ startImmediately: true })
    )
    yield* Effect.forkScoped(keepTime(mine, moved, clock), { startImmediately: true })

    const backing: DatagramSocket.BackingSocket = {
      address: { host: NetAddress.formatHost(reader.address), port: reader.address.port },
      send: (payload, to, done) => send([payload], [to], done),
      sendMany: send,
      joinMulticast: () =>
        Effect.fail(
          new DatagramSocket.DatagramSocketError({
            reason: new DatagramSocket.DatagramSocketUnsupportedError({ capability: "multicast", runtime: "DTLS" })
          })
        ),
      close: () => {}
    }
    return backing
  })

  const socket = yield* DatagramSocket.makeFromBackingSocket(open, { receiveBuffer: { capacity } })
  const dropped = () => {
    const overflowed = Object.entries(queues()).filter(([, count]) => count > 0)
    return { ...Object.fromEntries(endpoint?.dropped ?? []), ...Object.fromEntries(overflowed) }
  }
  const service: DtlsSocket["Service"] = {
    events: Stream.fromPubSub(happenings),
    statistics: Effect.sync(() => ({
      associations: endpoint?.size ?? 0,
      handshaking: endpoint?.halfOpen ?? 0,
      dropped: dropped()
    })),
    associations: Effect.sync(() => endpoint?.open.map(({ inet }) => inet) ?? []),
    close: (address) => Effect.sync(() => endpoint?.close(remoteOf(address), timeOf(clock))),
    refuseNewConnections: (value) => Effect.sync(() => refuse(endpoint, value))
  }
  return { socket, service, dropped }
})
