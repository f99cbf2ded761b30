/**
 * A host's inputs as text, so that what happened can be looked at and happen again.
 *
 * A recording is a list of lines of JSON: the settings of the host first, then one line for each step of the protocol,
 * with its inputs and the datagrams that it sent. The protocol is a pure function of these inputs, so replaying them
 * gives the same datagrams.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type * as Host from "./protocol/Host.ts"
import type * as Input from "./protocol/Input.ts"

const Address = Schema.Struct({ host: Schema.String, port: Schema.Natural })
const PeerRef = Schema.Struct({ slot: Schema.Natural, connection: Schema.Natural })
const Bytes = Schema.Uint8ArrayFromBase64
const Packet = Schema.Struct({ payload: Bytes, flags: Schema.Natural })

/** A limit; none is written as null. */
const Count = Schema.NullOr(Schema.Natural).pipe(Schema.decodeTo(
  Schema.Number,
  SchemaTransformation.transform({
    decode: (count) => count ?? Infinity,
    encode: (count) => Number.isFinite(count) ? count : null
  })
))

const forPeer = { peer: PeerRef }

const InputSchema = Schema.Union([
  Schema.TaggedStruct("Datagram", {
    address: Address,
    bytes: Bytes,
    denied: Schema.optionalKey(Schema.Natural)
  }),
  Schema.TaggedStruct("Service", {}),
  Schema.TaggedStruct("Flush", {}),
  Schema.TaggedStruct("Dispatch", { packets: Schema.optionalKey(Count), bytes: Schema.optionalKey(Count) }),
  Schema.TaggedStruct("Receive", { ...forPeer, packets: Count, bytes: Count }),
  Schema.TaggedStruct("Hold", { ...forPeer, held: Schema.Boolean }),
  Schema.TaggedStruct("Connect", {
    address: Address,
    channelCount: Schema.Natural,
    data: Schema.Natural,
    connectID: Schema.Natural
  }),
  Schema.TaggedStruct("Send", { ...forPeer, channelID: Schema.Natural, packet: Packet }),
  Schema.TaggedStruct("Broadcast", { channelID: Schema.Natural, packet: Packet }),
  Schema.TaggedStruct("Disconnect", { ...forPeer, data: Schema.Natural }),
  Schema.TaggedStruct("DisconnectNow", { ...forPeer, data: Schema.Natural }),
  Schema.TaggedStruct("DisconnectLater", { ...forPeer, data: Schema.Natural }),
  Schema.TaggedStruct("Reset", forPeer),
  Schema.TaggedStruct("Ping", forPeer),
  Schema.TaggedStruct("PingInterval", { ...forPeer, interval: Schema.Natural }),
  Schema.TaggedStruct("Timeout", {
    ...forPeer,
    limit: Schema.Natural,
    minimum: Schema.Natural,
    maximum: Schema.Natural
  }),
  Schema.TaggedStruct("ThrottleConfigure", {
    ...forPeer,
    interval: Schema.Natural,
    acceleration: Schema.Natural,
    deceleration: Schema.Natural
  }),
  Schema.TaggedStruct("BandwidthLimit", { incoming: Schema.Natural, outgoing: Schema.Natural }),
  Schema.TaggedStruct("ChannelLimit", { limit: Schema.Natural }),
  Schema.TaggedStruct("Admit", { ...forPeer, refusal: Schema.optionalKey(Schema.Natural) }),
  Schema.TaggedStruct("RefuseNewConnections", { refuse: Schema.Boolean }),
  Schema.TaggedStruct("HoldIncoming", { held: Schema.Boolean }),
  Schema.TaggedStruct("ResetStatistics", {})
])

const HeaderSchema = Schema.fromJsonString(Schema.Struct({
  recording: Schema.Literal("effect-enet"),
  version: Schema.Literal(1),
  /** Whether the steps start with those of a new host: only then they can be replayed. */
  complete: Schema.Boolean,
  /** Whether the host used a checksum and a compressor; which ones cannot be recorded. */
  checksum: Schema.Boolean,
  compressor: Schema.Boolean,
  maxPeers: Schema.Natural,
  channelLimit: Schema.Natural,
  incomingBandwidth: Schema.Natural,
  outgoingBandwidth: Schema.Natural,
  mtu: Schema.Natural,
  duplicatePeers: Schema.Natural,
  maximumPacketSize: Schema.Natural,
  maximumWaitingData: Schema.Natural,
  refuseNewConnections: Schema.Boolean,
  /** What the host kept for its peers at most; none for ENet's own limits. */
  budgets: Schema.optionalKey(Schema.Struct({
    memoryPerHost: Schema.Natural,
    reassemblyPerPeer: Schema.Natural,
    reassemblyTimeout: Schema.Natural,
    acknowledgementsPerPeer: Schema.Natural,
    queuedPerPeer: Schema.Natural,
    malformedPerPeer: Schema.Natural,
    workPerDatagram: Schema.Natural
  })),
  /** Whether peers wait for an `Admit`. */
  admission: Schema.optionalKey(Schema.Boolean),
  /** How strangers are treated; none for ENet's own handshake. The secret is one only while the host lives. */
  proving: Schema.optionalKey(Schema.Struct({
    secret: Schema.Tuple([Schema.Natural, Schema.Natural, Schema.Natural, Schema.Natural]),
    halfOpenLimit: Schema.Natural,
    connectsPerPrefix: Schema.Natural,
    prefix: Schema.Struct({ ipv4: Schema.Natural, ipv6: Schema.Natural }),
    refusalsPerSecond: Schema.Natural
  }))
}))

const StepSchema = Schema.fromJsonString(Schema.Struct({
  now: Schema.Natural,
  eventSlots: Count,
  inputs: Schema.Array(InputSchema),
  sent: Schema.Array(Schema.Struct({ address: Address, bytes: Bytes }))
}))

/**
 * The settings of the recorded host.
 *
 * @since 0.1.0
 * @category models
 */
export type Header = typeof HeaderSchema.Type

/**
 * One step: when, for how many events there was room, its inputs, and what it sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step {
  readonly now: number
  readonly eventSlots: number
  readonly inputs: ReadonlyArray<Input.Input>
  readonly sent: (typeof StepSchema.Type)["sent"]
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Recording {
  readonly header: Header
  readonly steps: ReadonlyArray<Step>
  /** Whether the text ends in the middle of a line, which is left out: the program that wrote it ended too early. */
  readonly truncated: boolean
}

/**
 * The text is not a recording, or not one of this version; `line` is counted from 1.
 *
 * @since 0.1.0
 * @category errors
 */
export class RecordingError extends Schema.TaggedError<RecordingError>("~effect-enet/core/RecordingError")(
  "RecordingError",
  { line: Schema.Natural, detail: Schema.String }
) {
  override get message() {
    return `line ${this.line}: ${this.detail}`
  }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeHeader = (settings: Host.Settings, complete: boolean): string => {
  const { budgets, checksum, compressor, intercept: _, proving, ...plain } = settings
  return Schema.encodeSync(HeaderSchema)({
    recording: "effect-enet",
    version: 1,
    complete,
    checksum: checksum !== undefined,
    compressor: compressor !== undefined,
    ...plain,
    ...(budgets === undefined ? {} : { budgets }),
    ...(proving === undefined ? {} : { proving })
  })
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const encodeStep = (step: Step): string => Schema.encodeSync(StepSchema)(step)

const decodeLine = <A>(schema: Schema.ConstraintDecoder<A, never>, text: string, line: number) =>
  Result.mapError(
    Schema.decodeUnknownResult(schema)(text),
    (error) => new RecordingError({ line, detail: error.message.replace(/\s*\n\s*/g, " ") })
  )

/**
 * Reads a recording from its lines; empty ones are passed over, and a last one that is incomplete: see `truncated`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (text: string): Effect.Effect<Recording, RecordingError> =>
  Effect.fromResult(Result.gen(function*() {
    const lines = text.split("\n")
    const header = yield* decodeLine(HeaderSchema, lines[0] ?? "", 1)
    const steps: Array<Step> = []
    for (let index = 1; index < lines.length; index++) {
      const line = lines[index] ?? ""
      if (line.trim() === "") continue
      const step = decodeLine(StepSchema, line, index + 1)
      // No newline follows it, so more of it was to come.
      if (Result.isFailure(step) && index === lines.length - 1) return { header, steps, truncated: true }
      steps.push(yield* step)
    }
    return { header, steps, truncated: false }
  }))
