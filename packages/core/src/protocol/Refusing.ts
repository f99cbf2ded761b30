/**
 * Refusals: a DISCONNECT with a reason that wants no answer, which ENet programs understand as the end of their attempt.
 */
import { CONTROL_CHANNEL, PROTOCOL_COMMAND_FLAG_UNSEQUENCED } from "../wire/Constants.ts"
import { sendTo, type Target } from "./Datagram.ts"
import type { DropReason } from "./Output.ts"
import type { Step } from "./Step.ts"
import { span } from "./Time.ts"

/** So many are answered in each second; nobody is told of more. */
const SECOND = 1000

const mayAnswer = ({ host, now }: Step): boolean => {
  if (span(now, host.refusalsSince) >= SECOND) {
    host.refusalsSince = now
    host.refusals = 0
  }
  return ++host.refusals <= (host.settings.proving?.refusalsPerSecond ?? 0)
}

/** Ten bytes in answer to the 52 of a CONNECT. */
export const refuse = (step: Step, target: Target, reason: DropReason, code: number): void => {
  step.drop(reason)
  if (!mayAnswer(step)) return
  sendTo(step, target, {
    _tag: "Disconnect",
    flags: PROTOCOL_COMMAND_FLAG_UNSEQUENCED,
    channelID: CONTROL_CHANNEL,
    reliableSequenceNumber: 1,
    data: code >>> 0
  }, undefined)
}
