/**
 * What typed channels cost: processor time for each message of ten fields, sent in batches by one host and received by
 * another in the same process, on a network without a kernel. Raw sends the same bytes and only counts them.
 *
 * npm run bench:channels
 */
import { Channel, ChannelSet, Encoding, EnetHost, TypedHost } from "@effect-enet/core"
import { Effect, Result, Schema, Stream } from "effect"
import { readFlags } from "../scripts/flags.ts"
import { arrivals, BATCH, hosts, median, micros, ROUNDS, timed } from "./memory.ts"

readFlags({})

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

const raw = (payloads: ReadonlyArray<Uint8Array>) =>
  Effect.scoped(Effect.gen(function*() {
    const { client, server } = yield* hosts
    const { after, count } = arrivals()
    yield* Effect.forkScoped(
      server.serve((peer) => Stream.runForEachArray(peer.messages, count)),
      { startImmediately: true }
    )
    const peer = yield* client.connect({ address: "127.0.0.1", port: server.address.port })
    const send = Effect.gen(function*() {
      for (const payload of payloads) yield* peer.send(0, payload)
    })
    return yield* timed(after(send))
  }))

const typedHosts = <C extends Channel.Any>(set: ChannelSet.ChannelSet<C>) =>
  Effect.gen(function*() {
    const { client, server } = yield* hosts
    const typed = (host: typeof client) => Effect.provideService(TypedHost.make(set), EnetHost.EnetHost, host)
    return { client: yield* typed(client), server: yield* typed(server) }
  })

const typed = (encoding: keyof typeof encodings) =>
  Effect.scoped(Effect.gen(function*() {
    const State = channelOf(encoding)
    const { client, server } = yield* typedHosts(ChannelSet.make([State]))
    const { after, count } = arrivals()
    yield* Effect.forkScoped(Stream.runForEachArray(server.messages(State), count), { startImmediately: true })
    const peer = yield* client.connect({ address: "127.0.0.1", port: server.raw.address.port })
    const send = Effect.gen(function*() {
      for (const message of messages) yield* peer.send(State, message)
    })
    return yield* timed(after(send))
  }))

/** Packets that are no messages: the host counts them as undecoded. */
const garbage = (payloads: ReadonlyArray<Uint8Array>) =>
  Effect.scoped(Effect.gen(function*() {
    const State = channelOf("packed")
    const { client, server } = yield* typedHosts(ChannelSet.make([State]))
    yield* Effect.forkScoped(Stream.runDrain(server.messages(State)), { startImmediately: true })
    const peer = yield* client.connect({ address: "127.0.0.1", port: server.raw.address.port })
    let expected = 0
    const one = Effect.gen(function*() {
      expected += payloads.length
      for (const payload of payloads) yield* peer.raw.send(0, payload)
      while ((yield* server.statistics(State)).undecoded < expected) yield* Effect.promise(nextTurn)
    })
    return yield* timed(one)
  }))

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Half a message, and what looks like nothing. */
const damaged = (payloads: ReadonlyArray<Uint8Array>) =>
  payloads.map((payload, index) =>
    index % 2 === 0
      ? payload.map((byte, at) => at > 4 ? byte : 0xff)
      : payload.map((_, at) => at < 20 ? payload[at]! : 9)
  )

const main = Effect.gen(function*() {
  const codec = channelOf("packed")
  const payloads = messages.map((message) => Result.getOrThrow(codec.encode(message)))
  const kinds = {
    raw: raw(payloads),
    packed: typed("packed"),
    schemaBinary: typed("schemaBinary"),
    json: typed("json"),
    rawGarbage: raw(damaged(payloads)),
    typedGarbage: garbage(damaged(payloads))
  }
  const measured: Record<string, Array<number>> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, kind] of Object.entries(kinds)) (measured[name] ??= []).push(yield* kind)
  }
  const of = (name: keyof typeof kinds) => median(measured[name] ?? [])
  console.log(`processor time for each message, both hosts together, batches of ${BATCH}, medians of ${ROUNDS} rounds`)
  console.log(`  raw, ${payloads[0]?.length} bytes   ${micros(of("raw"))}`)
  for (const name of ["packed", "schemaBinary", "json"] as const) {
    const size = Result.getOrThrow(channelOf(name).encode(message(1))).length
    const above = micros(of(name) - of("raw"))
    console.log(`  ${name}, ${size} bytes   ${micros(of(name))}: ${above} above raw (at most 1.50 for the default)`)
  }
  console.log(`  garbage, raw   ${micros(of("rawGarbage"))}`)
  const ratio = (of("typedGarbage") / of("rawGarbage")).toFixed(2)
  console.log(`  garbage, typed   ${micros(of("typedGarbage"))}: ratio ${ratio} (at most 1.00)`)
})

await Effect.runPromise(main)
