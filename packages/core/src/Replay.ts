/**
 * Runs a recording through the protocol again.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Host from "./protocol/Host.ts"
import type { Outputs } from "./protocol/Output.ts"
import { step } from "./protocol/Reducer.ts"
import type { Recording, Step } from "./Recording.ts"
import type { Checksum, Compressor } from "./wire/Hooks.ts"

/**
 * A step of the recording, what came out of it now, and whether that is what was sent then.
 *
 * @since 0.1.0
 * @category models
 */
export interface Replayed {
  readonly step: Step
  readonly outputs: Outputs
  readonly same: boolean
}

/**
 * The recording cannot be replayed; `detail` says why.
 *
 * @since 0.1.0
 * @category errors
 */
export class ReplayError extends Schema.TaggedError<ReplayError>("~effect-enet/core/ReplayError")("ReplayError", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

const isSame = (step: Step, { transmits }: Outputs): boolean =>
  transmits.length === step.sent.length && transmits.every(({ address, bytes }, index) => {
    const sent = step.sent[index]
    return sent !== undefined && sent.address.host === address.host && sent.address.port === address.port &&
      sent.bytes.length === bytes.length && sent.bytes.every((byte, at) => byte === bytes[at])
  })

/**
 * Replays all steps. What the recorded host had as checksum and compressor must be given again.
 *
 * Fails when the recording does not start with a new host, or when checksum or compressor are missing.
 *
 * @since 0.1.0
 * @category replaying
 */
export const replay = (
  recording: Recording,
  options: { readonly checksum?: Checksum | undefined; readonly compressor?: Compressor | undefined } = {}
): Effect.Effect<ReadonlyArray<Replayed>, ReplayError> =>
  Effect.suspend(() => {
    const { checksum, complete, compressor, recording: _, version: _version, ...settings } = recording.header
    const fail = (detail: string) => Effect.fail(new ReplayError({ detail }))
    if (!complete) return fail("the recording has lost its first steps: it can be decoded, but not replayed")
    if (checksum !== (options.checksum !== undefined)) {
      return fail(checksum ? "the recorded host used a checksum" : "the recorded host used no checksum")
    }
    if (compressor !== (options.compressor !== undefined)) {
      return fail(compressor ? "the recorded host used a compressor" : "the recorded host used no compressor")
    }
    let state = Host.make({ ...settings, checksum: options.checksum, compressor: options.compressor })
    return Effect.succeed(recording.steps.map((recorded): Replayed => {
      const { outputs, state: next } = step(state, recorded.inputs, recorded.now, { eventSlots: recorded.eventSlots })
      state = next
      return { step: recorded, outputs, same: isSame(recorded, outputs) }
    }))
  })
