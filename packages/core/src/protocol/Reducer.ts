/**
 * The protocol as a pure function: `step(host, inputs, now)` gives the next host and what is to be done. It never
 * changes a host that it was given or has returned, reads no clock and draws no random numbers.
 */
import { bandwidthDeadline, bandwidthStep, needsBandwidthStep } from "./Bandwidth.ts"
import * as Calls from "./Calls.ts"
import { append } from "./collections/append.ts"
import { earlier, NEVER } from "./collections/Radix.ts"
import { connect } from "./Connecting.ts"
import { dispatch, hold, holdIncoming, receive } from "./Dispatching.ts"
import { type Host, peerOf } from "./Host.ts"
import type { Input, Send } from "./Input.ts"
import type { CallFailure, Outputs, PeerRef } from "./Output.ts"
import type { Peer } from "./Peer.ts"
import { sweep, sweepDeadline } from "./Proving.ts"
import { receiveDatagram } from "./Receiving.ts"
import { send, sendFailure } from "./Sending.ts"
import { ping, sendPass } from "./SendPass.ts"
import { resetPeer, Step } from "./Step.ts"
import { Workspace } from "./Workspace.ts"

/** More than can come in a step. */
const MOST_PACKETS = 0x3fffffff

export interface StepOptions {
  /**
   * Events that the caller takes. Without a free slot, connections wait in ConnectionPending or ConnectionSucceeded,
   * ended ones in Zombie, and packets with their peer, until a later `Dispatch`. Default: no limit.
   */
  readonly eventSlots?: number | undefined
  /** Default: one of its own. */
  readonly workspace?: Workspace | undefined
}

export interface StepResult {
  readonly state: Host
  readonly outputs: Outputs
}

/**
 * Applies the inputs in their order.
 *
 * @param now the host's clock in milliseconds, as an unsigned 32-bit number that may wrap; start it at 1 or later
 */
export const step = (
  host: Host,
  inputs: ReadonlyArray<Input>,
  now: number,
  options?: StepOptions
): StepResult => {
  const context = new Step(host, now, options?.eventSlots ?? Infinity, options?.workspace ?? new Workspace())
  const last = inputs.at(-1)
  if (last?._tag === "Dispatch") context.takes = Math.min(last.packets ?? MOST_PACKETS, context.eventSlots)
  for (let index = 0; index < inputs.length; index++) {
    const result = apply(context, inputs[index]!)
    if (result !== undefined) context.answers = append(context.answers, { input: index, result })
  }
  context.settle()
  const { answers, applicants, events, transmits, unreadable } = context
  const touched = context.touched.map((peer) => {
    peer.shareEmpty()
    return peer.slot
  })
  const outputs = { transmits, events, answers, touched }
  return {
    state: context.host,
    outputs: unreadable.length === 0 && applicants.length === 0 ? outputs : {
      ...outputs,
      ...(unreadable.length === 0 ? undefined : { unreadable }),
      ...(applicants.length === 0 ? undefined : { applicants })
    }
  }
}

/**
 * When the host next needs a `Service` without further input: a time on the clock of `step`, at or before its last
 * `now` when there is work already; `undefined` when nothing is to be waited for.
 */
export const deadline = (host: Host): number | undefined => {
  const peers = needsBandwidthStep(host) ? earlier(host.peers.wake, bandwidthDeadline(host)) : host.peers.wake
  const wake = earlier(peers, sweepDeadline(host))
  return wake === NEVER ? undefined : wake
}

const apply = (step: Step, input: Input): PeerRef | CallFailure | undefined => {
  switch (input._tag) {
    case "Datagram":
      receiveDatagram(step, input)
      break
    case "Send":
      return sendPacket(step, input)
    case "Service":
      sweep(step)
      bandwidthStep(step)
      sendPass(step, { timeouts: true })
      break
    case "Flush":
      sendPass(step, { timeouts: false })
      break
    case "Dispatch":
      dispatch(step, input)
      break
    case "Connect":
      return connect(step, input)
    case "Broadcast":
      Calls.broadcast(step, input)
      break
    case "BandwidthLimit":
      Calls.bandwidthLimit(step, input)
      break
    case "ChannelLimit":
      Calls.channelLimit(step, input)
      break
    case "RefuseNewConnections":
      Calls.refuseNewConnections(step, input)
      break
    case "HoldIncoming":
      holdIncoming(step, input.held)
      break
    case "ResetStatistics":
      Calls.resetStatistics(step)
      break
    default: {
      const peer = peerOf(step.host, input.peer)
      return peer === undefined ? "NotConnected" : applyToPeer(step, step.edit(peer), input)
    }
  }
  return undefined
}

const sendPacket = (step: Step, { channelID, packet, peer: ref }: Send): CallFailure | undefined => {
  const peer = peerOf(step.host, ref)
  const failure = sendFailure(step.host, peer, channelID, packet.payload.length)
  if (peer !== undefined && failure === undefined) send(step, step.edit(peer), channelID, packet)
  return failure
}

type PeerInput = Exclude<Extract<Input, { readonly peer: PeerRef }>, Send>

const applyToPeer = (step: Step, peer: Peer, input: PeerInput): CallFailure | undefined => {
  switch (input._tag) {
    case "Receive":
      receive(step, peer, input)
      break
    case "Hold":
      hold(step, peer, input.held)
      break
    case "Disconnect":
      Calls.disconnect(step, peer, input.data)
      break
    case "DisconnectNow":
      Calls.disconnectNow(step, peer, input.data)
      break
    case "DisconnectLater":
      Calls.disconnectLater(step, peer, input.data)
      break
    case "Reset":
      resetPeer(step, peer)
      break
    case "Admit":
      Calls.admit(step, peer, input)
      break
    case "Ping":
      ping(step, peer)
      break
    case "PingInterval":
      Calls.pingInterval(peer, input)
      break
    case "Timeout":
      Calls.timeout(peer, input)
      break
    case "ThrottleConfigure":
      Calls.throttleConfigure(step, peer, input)
      break
  }
  return undefined
}
