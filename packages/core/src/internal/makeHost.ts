/**
 * Puts a host together: socket, driver, the fibers that keep it going, and the service that the application sees.
 */
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Admission } from "../Admission.ts"
import { Checksum } from "../Checksum.ts"
import { Compressor } from "../Compressor.ts"
import { toFlags } from "../DeliveryMode.ts"
import { type EnetError, fromReason, HostClosed, InvalidChannel, PacketTooLarge } from "../EnetError.ts"
import type { EnetEvent } from "../EnetEvent.ts"
import type { EnetHost } from "../EnetHost.ts"
import { Entropy } from "../Entropy.ts"
import { decodeOptions, type HostOptions, integer, resolve as resolveOptions } from "../HostOptions.ts"
import { Intercept } from "../Intercept.ts"
import { LostRemotes } from "../LostRemotes.ts"
import * as Host from "../protocol/Host.ts"
import { Recorder } from "../Recorder.ts"
import { makeAdmitting } from "./admitting.ts"
import { connect } from "./Connection.ts"
import { Driver } from "./Driver.ts"
import { leave, lose } from "./leaving.ts"
import { PeerHandle } from "./PeerHandle.ts"
import { settingsOf } from "./settings.ts"
import { resolver, unmapped } from "./SocketAddress.ts"
import * as SocketLoop from "./SocketLoop.ts"

const closed = fromReason(new HostClosed({}))

/** A loop whose turns wait by themselves; `Effect.forever` alone would also pass through the scheduler each time. */
const loop = Effect.forever({ disableYield: true })

const receiving = (driver: Driver, socket: SocketLoop.SocketLoop): Effect.Effect<never, EnetError> =>
  loop(Effect.flatMap(socket.receive, (datagrams) => driver.receive(datagrams) ? Effect.yieldNow : Effect.void))

/** What other fibers are ready to do in this turn comes first, so that what they send leaves with the acknowledgements. */
const later = Effect.map(Scheduler.Scheduler, (scheduler) => {
  const dispatcher = scheduler.makeDispatcher()
  return (call: () => void) => dispatcher.scheduleTask(call, 0)
})

const keepingTime = (driver: Driver): Effect.Effect<never> =>
  loop(Effect.suspend(() => {
    const version = driver.deadlineMoved.version
    const delay = driver.setAlarm()
    const moved = driver.deadlineMoved.waitAfter(version)
    return delay === undefined
      ? moved
      : Effect.raceFirst(Effect.andThen(Effect.sleep(delay), Effect.sync(() => driver.alarm())), moved)
  }))

const events = (driver: Driver): EnetHost["Service"]["events"] => {
  const pull = Effect.suspend((): Effect.Effect<NonEmptyReadonlyArray<EnetEvent>, EnetError | Cause.Done> => {
    const ready = driver.takeEvents()
    if (isReadonlyArrayNonEmpty(ready)) return Effect.succeed(ready)
    if (driver.isClosed) return driver.failure === undefined ? Cause.done() : Effect.fail(driver.failure)
    return Effect.andThen(driver.eventsReady, pull)
  })
  return Stream.scoped(Stream.fromPull(Effect.acquireRelease(
    Effect.sync(() => {
      driver.books.readers++
      return pull
    }),
    () => Effect.sync(() => driver.books.readers--)
  )))
}

/** One fiber for each peer that connects from elsewhere, as long as the effect runs. */
const serve = (driver: Driver): EnetHost["Service"]["serve"] => (handler) =>
  Effect.scoped(Effect.gen(function*() {
    const fibers = yield* FiberSet.make()
    yield* Effect.acquireRelease(
      Effect.sync(() => driver.startServing()),
      () => Effect.sync(() => driver.stopServing())
    )
    const serveOne = (peer: PeerHandle, data: number) =>
      handler(peer, data).pipe(
        Effect.raceFirst(peer.finished),
        Effect.catchCause((cause) =>
          Cause.hasInterruptsOnly(cause)
            ? Effect.void
            : Effect.logError(`the handler of peer ${peer.toString()} failed`, cause)
        ),
        Effect.ensuring(Effect.sync(() => leave(driver, peer)))
      )
    yield* Stream.runForEach(events(driver), (event) =>
      event._tag === "Connect" && event.peer instanceof PeerHandle && !event.peer.isOutgoing
        ? FiberSet.run(fibers, serveOne(event.peer, event.data))
        : Effect.void)
    return yield* Effect.fail(driver.failure ?? closed)
  }))

const Limits = Schema.Struct({
  incoming: Schema.optionalKey(integer(0, 0xffffffff)),
  outgoing: Schema.optionalKey(integer(0, 0xffffffff))
})
const Limit = Schema.Struct({ limit: integer(0, 255) })

export const makeHost = Effect.fnUntraced(function*(given: HostOptions) {
  const options = yield* resolveOptions(given)
  const entropy = yield* Entropy
  const resolve = yield* resolver
  const admission = yield* Admission
  const state = Host.make({
    ...settingsOf(options, [entropy(), entropy(), entropy(), entropy()]),
    admission: admission !== undefined,
    checksum: yield* Checksum,
    compressor: yield* Compressor,
    intercept: yield* Intercept
  })
  const socket = yield* SocketLoop.make
  const recorder = yield* Recorder
  const driver = new Driver(state, options, yield* Clock.Clock, socket, yield* later, recorder?.(state.settings))
  yield* Effect.addFinalizer(() => {
    driver.close()
    return socket.drain
  })
  if (admission !== undefined) {
    const { options, policy } = admission
    driver.onApplicants = yield* makeAdmitting(driver, policy, options)
    driver.denies = ({ inet }) => policy.denies(unmapped(inet).address)
  }
  yield* receiving(driver, socket).pipe(
    Effect.catch((error) => Effect.sync(() => driver.close(error))),
    Effect.forkScoped({ startImmediately: true })
  )
  yield* Effect.forkScoped(Stream.runForEach(yield* LostRemotes, (remote) => Effect.sync(() => lose(driver, remote))), {
    startImmediately: true
  })
  yield* Effect.forkScoped(keepingTime(driver), { startImmediately: true })

  const service: EnetHost["Service"] = {
    address: socket.address,
    events: events(driver),
    serve: serve(driver),
    connect: (options) => connect(driver, socket.address, resolve, entropy, options),
    broadcast: (channel, packet, sendOptions) =>
      Effect.suspend(() => {
        if (driver.isClosed) return Effect.fail(driver.failure ?? closed)
        const payload = driver.copy(packet)
        const { channelLimit, maximumPacketSize } = driver.settings
        if (!Number.isInteger(channel) || channel < 0 || channel >= channelLimit) {
          return Effect.fail(fromReason(new InvalidChannel({ channel, channelCount: channelLimit })))
        }
        if (payload.length > maximumPacketSize) {
          return Effect.fail(fromReason(new PacketTooLarge({ size: payload.length, maximum: maximumPacketSize })))
        }
        const flags = toFlags(sendOptions?.mode ?? "reliable")
        driver.defer({ _tag: "Broadcast", channelID: channel, packet: { payload, flags } })
        return Effect.void
      }),
    flush: Effect.sync(() => driver.run([{ _tag: "Flush" }])),
    bandwidthLimit: (limits) =>
      Effect.map(decodeOptions(Limits, limits), ({ incoming, outgoing }) => {
        const { incomingBandwidth, outgoingBandwidth } = driver.settings
        driver.run([{
          _tag: "BandwidthLimit",
          incoming: incoming ?? incomingBandwidth,
          outgoing: outgoing ?? outgoingBandwidth
        }])
      }),
    channelLimit: (limit) =>
      Effect.map(decodeOptions(Limit, { limit }), () => driver.run([{ _tag: "ChannelLimit", limit }])),
    maxChannels: Effect.sync(() => driver.settings.channelLimit),
    refuseNewConnections: (refuse) => Effect.sync(() => driver.run([{ _tag: "RefuseNewConnections", refuse }])),
    statistics: Effect.sync(() => driver.statistics()),
    popStatistics: Effect.sync(() => driver.popStatistics()),
    peers: Effect.sync(() => driver.peers()),
    socketSend: (destination, datagram) =>
      Effect.flatMap(
        resolve(destination, socket.address),
        ({ inet }) => driver.isClosed ? Effect.fail(driver.failure ?? closed) : socket.sendRaw(inet, datagram)
      )
  }
  return service
})
