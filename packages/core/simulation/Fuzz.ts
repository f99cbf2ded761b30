/**
 * A host under attack: a connected remote sends it hostile datagrams, while an honest one talks to it. Nothing may
 * throw, what the host keeps stays bounded, and the honest connection works before, during and after.
 */
import * as Checksum from "@effect-enet/core/Checksum"
import * as EnetHost from "@effect-enet/core/EnetHost"
import type { EnetPeer } from "@effect-enet/core/EnetPeer"
import * as Entropy from "@effect-enet/core/Entropy"
import type { PacketRecord } from "@effect-enet/core/testing/NetworkEmulator"
import { SeededRandom } from "@effect-enet/core/testing/SeededRandom"
import * as SimulatedNetwork from "@effect-enet/core/testing/SimulatedNetwork"
import { formatRecord } from "@effect-enet/core/testing/Timeline"
import { crc32 } from "@effect-enet/core/wire/Crc32"
import { decodeDatagram } from "@effect-enet/core/wire/Decode"
import * as Effect from "effect/Effect"
import { inetAddressFromIpStringUnsafe } from "effect/net/NetAddress"
import * as DatagramSocket from "effect/socket/DatagramSocket"
import * as Stream from "effect/Stream"
import { Attacker, type Wire } from "./Attacker.ts"
import { Auditor, driverOf, sizeOf } from "./Audit.ts"
import { Fibers, services, type Violate } from "./Runtime.ts"
import { VirtualTime } from "./VirtualTime.ts"
import type { Violation } from "./World.ts"

const VICTIM = { host: "10.2.0.1", port: 7000 }
const ATTACKER = { host: "10.2.0.3", port: 8000 }
const MAX_PEERS = 8

/** Records that a host may keep for all its peers together. */
const RECORDS = 100_000

export interface FuzzResult {
  readonly seed: number
  readonly inputs: number
  readonly violation: Violation | undefined
  readonly timeline: string
  /** How many datagrams the host dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  readonly echoes: number
}

interface Outcome {
  dropped: Readonly<Record<string, number>>
  echoes: number
  /** Looks at the books of the host, between two steps. */
  audit: () => void
}

/** A socket that speaks no ENet. */
const rawSocket = (network: SimulatedNetwork.SimulatedNetwork, host: string, port: number) =>
  Effect.gen(function*() {
    const socket = yield* DatagramSocket.DatagramSocket.pipe(Effect.provide(network.layer({ host, port })))
    const reader = yield* socket.reader
    const writer = yield* socket.writer
    const inbox: Array<Uint8Array> = []
    const reading = Effect.map(reader.pull, (batch) => {
      for (const { payload } of batch) inbox.push(payload)
    })
    yield* Effect.forkScoped(Effect.ignore(Effect.forever(reading)), { startImmediately: true })
    const address = inetAddressFromIpStringUnsafe(VICTIM.host, VICTIM.port)
    return {
      inbox,
      send: (payload: Uint8Array) => Effect.runSync(Effect.orDie(writer.write({ payload, address })))
    }
  }).pipe(Effect.orDie)

/** Sends each packet back. */
const echo = (peer: EnetPeer): Effect.Effect<void> =>
  Stream.runForEach(
    peer.messages,
    ({ channel, mode, packet }) => Effect.ignore(peer.send(channel, packet, { mode, whenFull: "drop" }))
  )

/** Asks the host for an echo, and wants it within a few seconds. */
const check = (peer: EnetPeer, heard: Array<string>, violate: Violate, text: string): Effect.Effect<void> =>
  Effect.gen(function*() {
    yield* peer.send(0, text)
    const wait = Effect.repeat(Effect.sleep(10), { until: () => heard.at(-1) === text })
    const late = yield* Effect.timeoutOption(wait, 5_000)
    if (late._tag === "None") violate("an honest connection works", `no echo of ${text}`)
  }).pipe(Effect.catch((error) => Effect.sync(() => violate("an honest connection lives", error.reason._tag))))

const checkDecoding = (bytes: Uint8Array, violate: Violate): void => {
  for (const checksum of [false, true]) {
    const datagram = decodeDatagram(bytes, { checksum })
    if (datagram !== undefined && datagram.end > bytes.length) violate("decoding stays within", `${bytes.length} B`)
  }
}

const scenario = (options: {
  readonly seed: number
  readonly inputs: number
  readonly time: VirtualTime
  readonly violate: Violate
  readonly observe: (record: PacketRecord) => void
  readonly outcome: Outcome
}): Effect.Effect<void> =>
  Effect.scoped(Effect.gen(function*() {
    const { inputs, observe, outcome, seed, time, violate } = options
    const random = new SeededRandom(seed).fork("attack")
    const checksum = seed % 2 === 0 ? crc32 : undefined
    const network = yield* SimulatedNetwork.make({ seed, conditions: { latency: 2 }, observe })
    const host = (ip: string, port: number) =>
      EnetHost.make({ maxPeers: MAX_PEERS, maximumPacketSize: 20_000, maximumWaitingData: 50_000 }).pipe(
        Effect.orDie,
        Effect.provide(network.layer({ host: ip, port })),
        Effect.provideService(Checksum.Checksum, checksum),
        Effect.provideService(Entropy.Entropy, () => random.word())
      )
    const victim = yield* host(VICTIM.host, VICTIM.port)
    // the victim reads some of its peers, and lets others wait
    yield* Effect.forkScoped(Effect.ignore(victim.serve((peer) =>
      peer.address.port === ATTACKER.port && random.chance(0.5) ? Effect.never : echo(peer)
    )))
    const honest = yield* host("10.2.0.2", 0)
    const peer = yield* Effect.orDie(honest.connect({ address: VICTIM.host, port: VICTIM.port, channels: 2 }))
    const heard: Array<string> = []
    yield* Effect.forkScoped(Stream.runForEach(peer.messages, ({ packet }) =>
      Effect.sync(() => {
        heard[0] = new TextDecoder().decode(packet)
      })))
    // and it calls the attacker, who may answer what it likes
    const call = Effect.scoped(Effect.andThen(
      victim.connect({ address: ATTACKER.host, port: ATTACKER.port, channels: 4, timeout: 3_000 }),
      Effect.sleep(20_000)
    ))
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.ignore(call), Effect.sleep(1_000))))
    const near = yield* rawSocket(network, ATTACKER.host, ATTACKER.port)
    const far = yield* rawSocket(network, ATTACKER.host, ATTACKER.port + 1)
    const attacker = new Attacker(random, VICTIM, checksum)
    const auditor = new Auditor("victim", violate, false)
    outcome.audit = () => {
      const driver = Effect.runSync(victim.peers).map((other) =>
        driverOf(other)
      ).find((one) => one !== undefined)
      if (driver === undefined) return
      auditor.check(driver)
      const records = sizeOf(driver)
      if (records > RECORDS) violate("what a host keeps is bounded", `${records} records`)
    }
    for (let round = 0; attacker.sent < inputs; round++) {
      const wire: Wire = { now: Math.floor(time.now), send: near.send, sendFromElsewhere: far.send }
      attacker.behave(wire, near.inbox.splice(0))
      for (let count = random.integer(0, 24); count > 0 && attacker.sent < inputs; count--) {
        attacker.attack(wire, (bytes) => checkDecoding(bytes, violate))
      }
      yield* Effect.sleep(random.chance(0.02) ? random.integer(100, 3_000) : random.integer(1, 20))
      if (round % 100 === 0) {
        yield* check(peer, heard, violate, `echo ${round}`)
        outcome.echoes++
      }
    }
    // what the attack has left behind times out, and then there is room again
    yield* Effect.sleep(90_000)
    yield* check(peer, heard, violate, "the last echo")
    outcome.dropped = (yield* victim.statistics).dropped
    const late = yield* host("10.2.0.4", 0)
    yield* late.connect({ address: VICTIM.host, port: VICTIM.port }).pipe(
      Effect.catch((error) => Effect.sync(() => violate("a new connection is possible", error.reason._tag)))
    )
    outcome.audit = () => {}
  }))

/** Attacks one host with so many hostile datagrams. */
export const runFuzz = (seed: number, inputs: number, kept = 300): FuzzResult => {
  const time = new VirtualTime()
  const fibers = new Fibers()
  const lines: Array<PacketRecord> = []
  const outcome: Outcome = { dropped: {}, echoes: 0, audit: () => {} }
  let violation: Violation | undefined
  const violate: Violate = (invariant, detail) => {
    violation ??= { invariant, detail, time: time.now }
    time.stop()
  }
  const observe = (record: PacketRecord) => {
    lines.push(record)
    if (lines.length > 2 * kept) lines.splice(0, lines.length - kept)
  }
  const fork = Effect.runForkWith(services({ seed, time, fibers, violate }))
  try {
    fork(scenario({ seed, inputs, time, violate, observe, outcome }))
    time.run(Infinity, () => outcome.audit())
    if (violation === undefined && fibers.alive > 0) violate("no fiber is left", `${fibers.alive} are`)
  } catch (error) {
    violate("no defect", error instanceof Error ? error.stack ?? error.message : String(error))
  }
  const timeline = lines.slice(-kept).map((record) => formatRecord(record, { checksum: seed % 2 === 0 })).join("\n")
  const { dropped, echoes } = outcome
  return { seed, inputs, violation, timeline: `${timeline}\n`, dropped, echoes }
}
