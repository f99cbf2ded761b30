/**
 * What typed channels cost: processor time for each message of ten fields, sent in batches by one host and received by
 * another in the same process, on a network without a kernel. Raw sends the same bytes.
 *
 * npm run bench:channels -- [--json] [--fours N]
 */
import { Channel, ChannelSet, Encoding, type EnetEvent, EnetHost, TypedHost } from "@effect-enet/core"
import { Effect, Result, Schema, Stream } from "effect"
import { readFlags, wholeNumber } from "../scripts/flags.ts"
import { arrivals, BATCH, hosts, micros } from "./memory.ts"
import { compare, type Comparison, type Contestant, half } from "./paired.ts"

const schema = Schema.Struct({
  tick: Schema.Natural,
  x: Schema.Finite,
  y: Schema.Finite,
  z: Schema.Finite,
  yaw: Schema.Finite,
  pitch: Schema.Finite,
  health: Schema.Int,
  weapon: Schema.Literals(["sword", "bow", "staff"]),
  jumping: Schema.Boolean,
  name: Schema.String
})

const message = (tick: number): typeof schema.Type => ({
  tick,
  x: 12.345678 + tick / 7,
  y: -3.25,
  z: 100.125,
  yaw: 1.5707963,
  pitch: 0.25,
  health: 87,
  weapon: "bow",
  jumping: true,
  name: "Ada"
})

const messages = Array.from({ length: BATCH }, (_, tick) => message(tick))

const encodings = { packed: Encoding.packed, schemaBinary: Encoding.schemaBinary, json: Encoding.json }

const channelOf = (encoding: keyof typeof encodings) =>
  Channel.make("state", { id: 0, schema, encoding: encodings[encoding], bufferLimit: 10_000_000 })

type Reader = (
  host: EnetHost.EnetHost["Service"],
  count: (batch: ReadonlyArray<unknown>) => Effect.Effect<void>
) => Effect.Effect<unknown, unknown>

/** Packets without channels, to a server that reads them in one way or another. */
const raw = (payloads: ReadonlyArray<Uint8Array>, read: Reader): Contestant =>
  Effect.gen(function*() {
    const { client, server } = yield* hosts
    const { after, count } = arrivals()
    yield* Effect.forkScoped(read(server, count), { startImmediately: true })
    const peer = yield* client.connect({ address: "127.0.0.1", port: server.address.port })
    return after(Effect.gen(function*() {
      for (const payload of payloads) yield* peer.send(0, payload)
    }))
  })

const isPacket = ({ _tag }: EnetEvent.EnetEvent) => _tag === "Receive"

/** Takes packets from their peers, in arrays, and looks at none. */
const unseen: Reader = (host, count) => host.serve((peer) => Stream.runForEachArray(peer.messages, count))

/** Takes the host's events, in arrays. */
const inArrays: Reader = (host, count) =>
  Stream.runForEachArray(host.events, (events) => count(events.filter(isPacket)))

/** Takes the host's events one by one. */
const oneByOne: Reader = (host, count) =>
  Stream.runForEach(host.events, (event) => isPacket(event) ? count([event]) : Effect.void)

const typedHost = <C extends Channel.Any>(set: ChannelSet.ChannelSet<C>, host: EnetHost.EnetHost["Service"]) =>
  Effect.provideService(TypedHost.make(set), EnetHost.EnetHost, host)

const typed = (encoding: keyof typeof encodings): Contestant =>
  Effect.gen(function*() {
    const State = channelOf(encoding)
    const set = ChannelSet.make([State])
    const { client, server } = yield* hosts
    const { after, count } = arrivals()
    const typed = yield* typedHost(set, server)
    yield* Effect.forkScoped(Stream.runForEachArray(typed.messages(State), count), { startImmediately: true })
    const sender = yield* typedHost(set, client)
    const peer = yield* sender.connect({ address: "127.0.0.1", port: server.address.port })
    return after(Effect.gen(function*() {
      for (const message of messages) yield* peer.send(State, message)
    }))
  })

/** Packets that are no messages; the last one is, and tells that the others have arrived. */
const garbage = (payloads: ReadonlyArray<Uint8Array>): Contestant =>
  Effect.gen(function*() {
    const State = channelOf("packed")
    const { client, server } = yield* hosts
    const { after, count } = arrivals()
    const typed = yield* typedHost(ChannelSet.make([State]), server)
    const all = () => count(payloads)
    yield* Effect.forkScoped(Stream.runForEachArray(typed.messages(State), all), { startImmediately: true })
    const peer = yield* client.connect({ address: "127.0.0.1", port: server.address.port })
    const send = Effect.gen(function*() {
      for (const payload of payloads) yield* peer.send(0, payload)
    })
    const batch = after(send)
    yield* batch
    const { received, undecoded } = yield* typed.statistics(State)
    if (received !== 1 || undecoded !== BATCH - 1) return yield* Effect.die(new Error("not the garbage that was meant"))
    return batch
  })

/** Half a message, and what looks like nothing; whole is only the last one. */
const damaged = (payloads: ReadonlyArray<Uint8Array>) =>
  payloads.map((payload, index) =>
    index === payloads.length - 1
      ? payload
      : index % 2 === 0
      ? payload.map((byte, at) => at > 4 ? byte : 0xff)
      : payload.map((_, at) => at < 20 ? payload[at]! : 9)
  )

/** Each beside raw: of messages those that nobody looks at, of garbage the same packets on a raw channel. */
export interface ChannelFigures {
  readonly packed: Comparison
  readonly schemaBinary: Comparison
  readonly json: Comparison
  readonly garbageUnseen: Comparison
  readonly garbageInArrays: Comparison
  readonly garbageOneByOne: Comparison
}

const measure = (fours: number): Effect.Effect<ChannelFigures, unknown> => {
  const amount = { fours, batches: 8 }
  const codec = channelOf("packed")
  const payloads = messages.map((message) => Result.getOrThrow(codec.encode(message)))
  const beside = (encoding: keyof typeof encodings) => compare(raw(payloads, unseen), typed(encoding), amount)
  const broken = damaged(payloads)
  const besideRaw = (read: Reader) => compare(raw(broken, read), garbage(broken), amount)
  return Effect.all({
    packed: beside("packed"),
    schemaBinary: beside("schemaBinary"),
    json: beside("json"),
    garbageUnseen: besideRaw(unseen),
    garbageInArrays: besideRaw(inArrays),
    garbageOneByOne: besideRaw(oneByOne)
  })
}

const tell = (figures: ChannelFigures, fours: number): void => {
  console.log(`processor time for each message, both hosts together, batches of ${BATCH}, medians of ${fours} fours`)
  for (const name of ["packed", "schemaBinary", "json"] as const) {
    const { a, above, b } = figures[name]
    const size = Result.getOrThrow(channelOf(name).encode(message(1))).length
    const bound = name === "packed" ? " (at most 1.50)" : ""
    console.log(`  ${name}, ${size} bytes   ${micros(b)}, raw ${micros(a)}: ${micros(above)} above raw${bound}`)
  }
  const line = (name: string, comparison: Comparison, bound = "") => {
    const { a, b, ratio } = comparison
    const spread = `half of the fours ${half(comparison)}`
    console.log(`    ${name}: ${micros(a)}, typed ${micros(b)}: ratio ${ratio.toFixed(3)}${bound}, ${spread}`)
  }
  console.log("  packets that are no messages, beside the same ones raw")
  line("the host's events, in arrays", figures.garbageInArrays, " (at most 1.00)")
  line("the host's events, one by one", figures.garbageOneByOne)
  line("packets of a peer, in arrays, and nobody looks at them", figures.garbageUnseen)
}

const values = readFlags({ json: { type: "boolean", default: false }, fours: { type: "string", default: "150" } })
const fours = wholeNumber("fours", values.fours, 1)
const figures = await Effect.runPromise(measure(fours))
if (values.json) console.log(JSON.stringify(figures))
else tell(figures, fours)
